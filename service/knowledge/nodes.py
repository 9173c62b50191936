"""What an answer is made of once its Markdown is read: a small tree of plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .visible import visible_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .entry import Link

Block = Literal["paragraph", "heading", "list", "item", "quote", "code_block", "rule"]
Inline = Literal["text", "strong", "emphasis", "code", "link", "break"]
NodeData: TypeAlias = dict[str, Any]
"""The JSON form of a node: only the keys that its type has."""

_KEYS: dict[Block | Inline, tuple[str, ...]] = {
    "paragraph": ("children",),
    "heading": ("level", "children"),
    "list": ("ordered", "start", "children"),
    "item": ("children",),
    "quote": ("children",),
    "code_block": ("text", "language"),
    "rule": (),
    "text": ("text",),
    "strong": ("children",),
    "emphasis": ("children",),
    "code": ("text",),
    "link": ("url", "children"),
    "break": (),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One part of an answer. `paragraph`, `heading` and the inline types hold inline nodes, the others blocks.

    `level` is 1 to 6, `start` the first number of an ordered list that does not begin with 1, `language` that of a
    code block where it is named. `url` is http(s), mailto or tel; a link holds no other link.
    """

    type: Block | Inline
    text: str = ""
    children: tuple[Node, ...] = ()
    url: str | None = None
    level: int | None = None
    ordered: bool | None = None
    start: int | None = None
    language: str | None = None


def link_list(links: Iterable[Link]) -> tuple[Node, ...]:
    """The links that belong to an answer, as the list below it; nothing where there are none."""
    items = [Node("link", url=link.url, children=(Node("text", visible_text(link.title)),)) for link in links]
    listed = tuple(Node("item", children=(Node("paragraph", children=(item,)),)) for item in items)
    return (Node("list", ordered=False, children=listed),) if listed else ()


def nodes_as_data(nodes: Iterable[Node]) -> list[NodeData]:
    """What a client receives, ready for `json.dumps`."""
    return [_as_data(node) for node in nodes]


def plain_text(nodes: Iterable[Node]) -> str:
    """The words alone, a line for each paragraph, item and break: for screen readers, logs and embedding."""
    lines = (_words(node).strip() for node in nodes)
    return "\n".join(line for line in lines if line)


def _as_data(node: Node) -> NodeData:
    data: NodeData = {"type": node.type}
    for key in _KEYS[node.type]:
        value = getattr(node, key)
        if key == "children":
            data[key] = nodes_as_data(value)
        elif value is not None:
            data[key] = value
    return data


def _words(node: Node) -> str:
    match node.type:
        case "break":
            return "\n"
        case "list":
            first = 1 if node.start is None else node.start
            numbers = range(first, first + len(node.children))
            items = zip(numbers, node.children, strict=True)
            return "\n".join(f"{number}. {_words(item)}" if node.ordered else _words(item) for number, item in items)
        case "item" | "quote":
            return plain_text(node.children)
        case _:
            return node.text or "".join(map(_words, node.children))

"""The Markdown that answers are written in, to plain nodes: no HTML is read and none is made.

Answers come from authors and from models, and a model's words are not to be trusted. So a client builds elements from a
closed list of types, and whatever stands in a text is only text.

Left out of CommonMark, because authors of answers hit them by accident: HTML, indented code, underlined headings and
link definitions. Added: a line break is a line break, emphasis works beside Korean, a bare web address is a link.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from markdown_it import MarkdownIt

from .emphasis import CjkInlineParser
from .nodes import Node, NodeData, link_list, nodes_as_data, plain_text
from .urls import is_allowed_url, split_at_urls
from .visible import visible_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

__all__ = ["Node", "NodeData", "link_list", "nodes_as_data", "parse_markup", "plain_text", "written_links"]

MAX_DEPTH = 24
_MAX_BLOCK_LEVEL = 20
_MAX_EFFORT = 30_000  # roughly microseconds on one slow core
_EFFORT = {
    "\n": 8,
    "[": 40,
    **dict.fromkeys(("<", "://"), 25),
    **dict.fromkeys("*_", 15),
    **dict.fromkeys(("+", "-", ">", "&", ". ", ") "), 13),
    **dict.fromkeys("!#$%:=@\\]^`{}~", 6),
}
_QUOTE_LINE = re.compile(r"^[ \t>*+.)0-9-]*>", re.MULTILINE)
_MAX_PLAIN_LINES = 1_000
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,30}")


def parse_markup(text: str) -> tuple[Node, ...]:
    """The blocks of an answer. Takes any text and keeps every word a reader would see.

    What holds more marks or levels than a person would write becomes plain paragraphs instead, so that no text takes
    long: 64 KiB of the worst stay under 50 ms.
    """
    text = visible_text(text)
    if _effort(text) > _MAX_EFFORT:
        return _plain(text)
    tokens = _markdown().parse(text)
    if any(token.nesting == 1 and token.level >= _MAX_BLOCK_LEVEL - 1 for token in tokens):
        return _plain(text)  # the parser drops what is deeper, without a word
    builder = _Builder()
    builder.read(tokens)
    return builder.nodes()


def written_links(text: str) -> tuple[tuple[str, str], ...]:
    """Every address that the Markdown links to, also those no reader gets, each with the words it stands under.

    None of a text that `parse_markup` would not read as Markdown either.
    """
    if _effort(text := visible_text(text)) > _MAX_EFFORT:
        return ()
    links: list[tuple[str, str]] = []
    label: list[str] | None = None
    for token in (inner for block in _markdown().parse(text) for inner in block.children or ()):
        if token.type == "link_open":
            links.append((str(token.attrGet("href") or ""), ""))
            label = []
        elif token.type == "link_close" and label is not None:
            links[-1] = (links[-1][0], "".join(label).strip())
            label = None
        elif label is not None:
            label.append(_words(token))
        elif token.type == "text":
            links.extend((url, url) for _, url in split_at_urls(token.content) if url)
    return tuple(links)


def _effort(text: str) -> int:
    marks = sum(text.count(mark) * effort for mark, effort in _EFFORT.items())
    return marks + text.count("\n") * len(_QUOTE_LINE.findall(text))  # a quote in a list looks at all lines below it


def _plain(text: str) -> tuple[Node, ...]:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > _MAX_PLAIN_LINES:
        lines = [" ".join(lines)]
    return tuple(Node("paragraph", children=(Node("text", _one_line(line)),)) for line in lines)


class _Markdown(MarkdownIt):
    def __init__(self) -> None:
        super().__init__()
        self.inline = CjkInlineParser()
        self.configure("commonmark", {"html": False, "maxNesting": _MAX_BLOCK_LEVEL})
        self.disable(["html_block", "html_inline", "code", "lheading", "reference"])

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True  # read every link, so that one we do not allow leaves its label and not its source

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url.replace(" ", "%20")  # browsers read the rest as it is; the library's encoder takes 1 us a character

    def normalizeLinkText(self, url: str) -> str:  # noqa: N802 - the library's name
        return url


@cache
def _markdown() -> _Markdown:
    return _Markdown()


class _Builder:
    """Tokens in reading order to a tree; a stack of nodes that are still open."""

    def __init__(self) -> None:
        self._open: list[tuple[Node | None, list[Node]]] = [(None, [])]
        self._links = 0

    def nodes(self) -> tuple[Node, ...]:
        return tuple(self._open[0][1])

    def read(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            if token.type == "inline":
                self.read(token.children or ())
            elif token.nesting == 1:
                self._begin(_container(token))
            elif token.nesting == -1:
                self._end()
            else:
                self._add(token)

    def _begin(self, node: Node | None) -> None:
        """A parent takes the children of None, of a link inside a link and of what is too deep."""
        is_link = node is not None and node.type == "link"
        if node is None or len(self._open) > MAX_DEPTH or (is_link and self._links):
            self._open.append((None, self._open[-1][1]))
            return
        self._links += is_link
        self._open.append((node, []))

    def _end(self) -> None:
        node, children = self._open.pop()
        if node is None:
            return
        if node.type == "link":
            self._links -= 1
            children = children or [Node("text", node.url or "")]
        if children or node.type == "item":
            self._open[-1][1].append(replace(node, children=tuple(children)))

    def _add(self, token: Token) -> None:
        siblings = self._open[-1][1]
        match token.type:
            case "softbreak" | "hardbreak":
                siblings.append(Node("break"))
            case "code_inline":
                siblings.extend(_leaf("code", _one_line(token.content)))
            case "fence":
                siblings.extend(_code_block(token))
            case "hr":
                siblings.append(Node("rule"))
            case _:
                words = _one_line(_words(token))
                siblings.extend(_leaf("text", words) if self._links else _with_links(words))


def _container(token: Token) -> Node | None:
    match token.type:
        case "paragraph_open":
            return Node("paragraph")
        case "heading_open":
            return Node("heading", level=int(token.tag.removeprefix("h")))
        case "bullet_list_open":
            return Node("list", ordered=False)
        case "ordered_list_open":
            start = int(token.attrGet("start") or 0) if "start" in token.attrs else None
            return Node("list", ordered=True, start=start)
        case "list_item_open":
            return Node("item")
        case "blockquote_open":
            return Node("quote")
        case "strong_open":
            return Node("strong")
        case "em_open":
            return Node("emphasis")
    url = str(token.attrGet("href") or "")
    return Node("link", url=url) if is_allowed_url(url) else None


def _code_block(token: Token) -> Iterator[Node]:
    language = _LANGUAGE.match(token.info.strip())
    for node in _leaf("code_block", visible_text(token.content).rstrip("\n")):
        yield replace(node, language=language.group() if language else None)


def _with_links(text: str) -> Iterator[Node]:
    for piece, url in split_at_urls(text):
        words = Node("text", piece)
        yield Node("link", url=url, children=(words,)) if url else words


def _leaf(kind: Literal["text", "code", "code_block"], text: str) -> Iterator[Node]:
    if text:
        yield Node(kind, text)


def _words(token: Token) -> str:
    """A token's own text; for an image the words that describe it."""
    return "".join(map(_words, token.children)) if token.children else token.content


def _one_line(text: str) -> str:
    return visible_text(text).replace("\n", " ").replace("\t", " ")  # entities may spell what was removed before

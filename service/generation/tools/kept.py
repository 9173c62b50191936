"""Of what a shop's server answers, only what the operator listed: nothing else may reach a model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

Tree: TypeAlias = "dict[str, Tree]"
Plain: TypeAlias = "str | int | float | bool | None"

EACH = "*"
MAX_ITEMS = 20
_PATH = re.compile(r"/?[^/\s][^\s]{0,199}")


@dataclass(frozen=True, slots=True)
class KeptFields:
    """`status`, `/delivery/expected_on`, `/items/*/name`: keys or JSON pointers; `*` is every item of a list."""

    tree: Tree

    @classmethod
    def of(cls, paths: tuple[str, ...]) -> KeptFields:
        """Raises `ValueError` for what is no key and no pointer."""
        tree: Tree = {}
        for path in paths:
            if not _PATH.fullmatch(path):
                raise ValueError(f"'{path[:60]}' is no field. Write a key, or a path such as /items/*/name")
            place = tree
            for key in path.removeprefix("/").split("/"):
                place = place.setdefault(key.replace("~1", "/").replace("~0", "~"), {})
        return cls(tree)

    def of_document(self, document: object) -> Any:
        """What is left: texts, numbers, and lists of them. An object at the end of a path is left out."""
        return _kept(document, self.tree)


def _kept(value: object, tree: Tree) -> Any:
    if not tree:
        return _plain(value)
    if isinstance(value, list):
        inner = tree.get(EACH)
        return (
            [] if inner is None else [kept for item in value[:MAX_ITEMS] if (kept := _kept(item, inner)) not in _NONE]
        )
    if not isinstance(value, dict):
        return None
    found = {key: _kept(value[key], inner) for key, inner in tree.items() if key in value}
    return {key: kept for key, kept in found.items() if kept not in _NONE}


_NONE: tuple[object, ...] = (None, {}, [])


def _plain(value: object) -> Plain | list[Plain]:
    if isinstance(value, list):
        return [item for item in value[:MAX_ITEMS] if isinstance(item, str | int | float | bool)]
    return value if isinstance(value, str | int | float | bool) else None

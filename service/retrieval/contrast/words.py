"""The words that the guard compares by, read from `data/contrast`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ...knowledge.plain import plain_yaml
from ...resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@cache
def contrast_words(name: str) -> dict[str, Any]:
    """One file of `data/contrast` as plain mappings, lists and texts.

    Raises `FaqError` with the line where it is not plain YAML, or a repeated name.
    """
    return plain_yaml(bundled("data") / "contrast" / f"{name}.yaml")


def leaders(groups: Iterable[Sequence[str]]) -> dict[str, str]:
    """Each word of a group -> the group's first word, which stands for all of them."""
    return {word: group[0] for group in groups for word in group}

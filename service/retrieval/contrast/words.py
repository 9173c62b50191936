"""The words that the guard compares by, read from `data/contrast`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ...knowledge.faults import Faults
from ...knowledge.written import Fields, Items, Scalar, Written
from ...knowledge.yaml_file import read_yaml
from ...resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@cache
def contrast_words(name: str) -> dict[str, Any]:
    """One file of `data/contrast` as plain mappings, lists and texts.

    Raises `FaqError` with the line where it is not plain YAML, or a repeated name.
    """
    path = bundled("data") / "contrast" / f"{name}.yaml"
    faults = Faults(path)
    written = read_yaml(path.read_text(encoding="utf-8"), faults)
    faults.raise_if_any()
    if not isinstance(written, Fields):
        faults.stop(1, "this file needs named lists.")
    return {key: _plain(value) for key, (_, value) in written.values.items()}


def _plain(written: Written) -> Any:
    match written:
        case Fields(values):
            return {name: _plain(value) for name, (_, value) in values.items()}
        case Items(values):
            return [_plain(value) for value in values]
        case Scalar(text):
            return text


def leaders(groups: Iterable[Sequence[str]]) -> dict[str, str]:
    """Each word of a group -> the group's first word, which stands for all of them."""
    return {word: group[0] for group in groups for word in group}

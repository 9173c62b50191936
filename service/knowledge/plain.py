"""A YAML file of words as plain mappings, lists and texts: for data that travels along, not for the FAQ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .faults import Faults
from .written import Fields, Items, Scalar, Written
from .yaml_file import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def plain_yaml(path: Path) -> dict[str, Any]:
    """Every scalar a text as it is written.

    Raises `FaqError` with the line where it is not plain YAML, or a repeated name.
    """
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

"""A FAQ file, `.yaml`, `.yml` or `.jsonl`, to entries: all of it, or a `FaqError` that names every fault.

One read of the file is hashed and parsed, so a digest always belongs to the entries beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import FaqError
from .entries import Defaults, read_document, read_entries
from .entry import FaqEntry, Link
from .faults import Faults
from .jsonl_file import read_jsonl
from .source import read_source
from .yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .lines import EntryLines
    from .source import Source

__all__ = ["Faq", "FaqEntry", "Link", "faq_of", "load_faq"]


@dataclass(frozen=True, slots=True)
class Faq:
    """The entries of one file in file order.

    `digest` is the sha256 of the bytes they were read from, in hex. `lines` says by id where each entry stands.
    """

    entries: tuple[FaqEntry, ...]
    digest: str
    path: Path
    lines: Mapping[str, EntryLines] = field(default_factory=dict, compare=False, repr=False)


def load_faq(path: Path) -> Faq:
    """Raises `FaqError` with one line for every fault of the file, up to 20, each with its line and what to do."""
    return faq_of(path, read_source(path))


def faq_of(path: Path, source: Source) -> Faq:
    """As `load_faq`, of a text that may not be in the file yet."""
    faults = Faults(path)
    match path.suffix.lower():
        case ".yaml" | ".yml":
            written, defaults = read_document(read_yaml(source.text, faults), faults)
            entries = read_entries(written, defaults, faults)
        case ".jsonl":
            entries = read_entries(read_jsonl(source.text, faults), Defaults(), faults)
        case _:
            raise FaqError(f"{path}: the name must end in .yaml, .yml or .jsonl. Rename the file.")
    faults.raise_if_any()
    lines = {entry.id: where for where, entry in entries}
    return Faq(tuple(entry for _, entry in entries), source.digest, path, lines)

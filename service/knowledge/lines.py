"""Where in its file an entry was written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntryLines:
    """Lines from 1. `phrasings` and `links` go with those of the entry; a field left out has the entry's own line."""

    entry: int
    answer: int
    phrasings: tuple[int, ...]
    links: tuple[int, ...]
    valid_from: int
    valid_until: int

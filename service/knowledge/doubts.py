"""What a FAQ file may hold and its author probably did not mean."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from .faults import shown
from .visible import hidden_character

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .entry import FaqEntry

Doubt: TypeAlias = tuple[int, str]
"""A line, from 1, and a sentence for the author."""

_CALM_ID = re.compile(r"[A-Za-z0-9._-]+")


def doubts_about(entries: Iterable[tuple[int, FaqEntry]]) -> Iterator[Doubt]:
    """Takes the entries with their lines."""
    owners: dict[str, list[FaqEntry]] = {}
    for line, entry in entries:
        for sentence in (*_odd_id(entry), *_hidden_characters(entry), *_repeated_phrasings(entry, owners)):
            yield line, f"entry {shown(entry.id)}: {sentence}"


def _odd_id(entry: FaqEntry) -> Iterator[str]:
    if not _CALM_ID.fullmatch(entry.id):
        yield "the id is easier to use with letters, digits, '.', '_' and '-' alone."


def _hidden_characters(entry: FaqEntry) -> Iterator[str]:
    for text in (*entry.phrasings, entry.answer):
        if hidden := hidden_character(text):
            yield f"{shown(text)} holds an invisible character (U+{ord(hidden):04X}). Type that part again."


def _repeated_phrasings(entry: FaqEntry, owners: dict[str, list[FaqEntry]]) -> Iterator[str]:
    """A phrasing of two entries that may answer on the same day leads to only one of them."""
    for phrasing in entry.phrasings if entry.enabled else ():
        others = owners.setdefault(_key(phrasing), [])
        rival = next((other for other in others if _overlap(other, entry)), None)
        if rival is None:
            others.append(entry)
        elif rival is entry:
            yield f"{shown(phrasing)} is written twice. Delete one."
        else:
            yield f"{shown(phrasing)} also leads to entry {shown(rival.id)}. Keep it in one."


def _key(phrasing: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", phrasing).casefold().split())


def _overlap(one: FaqEntry, other: FaqEntry) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    return starts <= min(one.valid_until or date.max, other.valid_until or date.max)

"""Where the rows of each entry are: first every phrasing, entry by entry, then one row for each whole entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ..knowledge.entry import FaqEntry
    from .embedders import FloatArray
    from .lexical import IntArray

    Places = npt.NDArray[np.int64]


def whole(entry: FaqEntry) -> str:
    """Everything an entry says: customers use the words of answers too."""
    said = [*entry.phrasings, entry.answer, *entry.tags, entry.category or ""]
    return ".\n".join(dict.fromkeys(part for part in said if part))


def row_texts(entries: Sequence[FaqEntry]) -> tuple[str, ...]:
    """The text of every row."""
    phrasings = [phrasing for entry in entries for phrasing in entry.phrasings]
    return (*phrasings, *map(whole, entries))


@dataclass(frozen=True, slots=True)
class Layout:
    """`firsts[place]` is the first of the `counts[place]` phrasing rows of the entry at `place`."""

    firsts: Places
    counts: Places

    @classmethod
    def of(cls, entries: Sequence[FaqEntry]) -> Layout:
        counts = np.array([len(entry.phrasings) for entry in entries], np.int64)
        return cls(np.cumsum(counts) - counts, counts)

    @property
    def entries(self) -> int:
        return len(self.counts)

    @property
    def phrasings(self) -> int:
        """How many rows are phrasings; it is also the row of the first whole entry."""
        return int(self.counts.sum())

    @property
    def rows(self) -> int:
        return self.phrasings + self.entries

    @property
    def owners(self) -> IntArray:
        """The place of the entry that each row belongs to."""
        places = np.arange(self.entries, dtype=np.int32)
        return np.concatenate([np.repeat(places, self.counts), places])

    def best_phrasings(self, of_rows: FloatArray) -> FloatArray:
        """The highest value among the phrasings of each entry, shape (entries,)."""
        best: FloatArray = np.maximum.reduceat(of_rows[: self.phrasings], self.firsts)
        return best

    def wholes(self, of_rows: FloatArray) -> FloatArray:
        """The value of each whole entry, shape (entries,)."""
        return of_rows[self.phrasings :]

    def closest_phrasing(self, place: int, of_rows: FloatArray) -> int:
        """The row of the phrasing with the highest value."""
        first = int(self.firsts[place])
        return first + int(np.argmax(of_rows[first : first + int(self.counts[place])]))

    def whole_rows(self, places: Places) -> IntArray:
        """The rows of some whole entries."""
        return (self.phrasings + places).astype(np.int32)

    def places(self, rows: Places) -> Places:
        """The places of the entries that these rows belong to, each once, in file order."""
        of_phrasings = np.searchsorted(self.firsts, rows, side="right") - 1
        return np.unique(np.where(rows < self.phrasings, of_phrasings, rows - self.phrasings))

    def all_rows(self, places: Places) -> IntArray:
        """The rows of some entries, phrasings and whole."""
        counts = self.counts[places]
        firsts = np.cumsum(counts) - counts
        phrasings = np.repeat(self.firsts[places] - firsts, counts) + np.arange(counts.sum())
        return np.concatenate([phrasings, self.phrasings + places]).astype(np.int32)

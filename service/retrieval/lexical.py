"""The sparse side: texts as weighted terms of several channels, and an inverted list that multiplies them exactly.

A channel is one way to look at a text: its letters, how it sounds, its words. Every text is one unit vector whose
energy is shared out among the channels by how much of it is Hangul, so that each product of two texts is a cosine.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from .checks import checked, refuse_unless_below, refuse_unless_starts
from .cutting import Cutting
from .text import hangul_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .embedders import FloatArray

IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a text's energy something gets: of one wholly in Latin script, and of one wholly in Hangul."""

    latin: float
    hangul: float

    def at(self, hangul: float) -> float:
        return self.latin * (1.0 - hangul) + self.hangul * hangul


@dataclass(frozen=True, slots=True)
class Channel:
    """`terms` lists the terms of a folded text, repeated as often as they occur."""

    name: str
    terms: Callable[[str], list[str]]
    share: Share


@dataclass(frozen=True, slots=True)
class SparseVector:
    """The known terms of a text with their weights; terms nobody knows have only made the others lighter."""

    terms: IntArray
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of a FAQ, numbered, and how telling each is: idf = ln((1 + entries) / (1 + entries with it)) + 1.

    Entries are counted and not phrasings: a word in ten phrasings of one entry and nowhere else is as telling as can
    be. Measured on six sets against counting phrasings: top-1 +0.5 to +1 points for each channel.
    """

    channels: tuple[Channel, ...]
    numbers: tuple[dict[str, int], ...]
    """For each channel, term -> number; numbers run on from one channel to the next."""
    idf: FloatArray
    """Shape (terms + 1,): the last one, which is also number -1, is that of a term nobody knows."""

    @classmethod
    def learn(
        cls, channels: tuple[Channel, ...], entries: Sequence[Sequence[str]], cutting: Cutting | None = None
    ) -> Vocabulary:
        """`entries` holds the folded texts of each entry; `cutting`, of these channels, may know some of them."""
        cutting = cutting or Cutting(channels)
        cuts = [[cutting(text).bags for text in texts] for texts in entries]
        numbers: list[dict[str, int]] = []
        found_in: list[npt.NDArray[np.int64]] = []
        first = 0
        for place, of_channel in enumerate(cutting.numbers):
            bags = [[bags[place].terms for bags in texts] for texts in cuts]
            found_in.append(_entries_with(bags, terms=len(of_channel)))
            numbers.append({term: first + number for term, number in of_channel.items()})
            first += len(of_channel)
        idf = np.log((1 + len(entries)) / (1 + np.concatenate([*found_in, np.zeros(1, np.int64)]))) + 1
        return cls(channels, tuple(numbers), idf.astype(np.float32))

    @classmethod
    def restore(cls, channels: tuple[Channel, ...], text: npt.NDArray[np.uint8], idf: FloatArray) -> Vocabulary:
        """Raises `ValueError` when `text` (see `as_text`), `channels` and `idf` do not belong together."""
        listed = [block.split("\n") if block else [] for block in text.tobytes().decode().split(_BETWEEN_CHANNELS)]
        count = sum(map(len, listed))
        if len(listed) != len(channels) or count + 1 != len(idf):
            raise ValueError(f"a vocabulary of {count} terms in {len(listed)} channels has {len(idf)} weights")
        number = iter(range(count))
        return cls(channels, tuple(dict(zip(terms, number, strict=False)) for terms in listed), idf)

    def as_text(self) -> npt.NDArray[np.uint8]:
        """All terms in UTF-8, one on a line."""
        return np.frombuffer(_BETWEEN_CHANNELS.join(map("\n".join, self.numbers)).encode(), np.uint8)

    def weigh(self, folded: str, *, dense: Share | None, cutting: Cutting | None = None) -> tuple[SparseVector, float]:
        """The sparse part of the unit vector of `folded`, and the length that is left for its dense part.

        `dense` is None where the text has no dense vector. A text without any terms gives an empty vector. `cutting`:
        the one this was learned with, where it has this text.
        """
        hangul = hangul_share(folded)
        counted = self._counted(folded) if cutting is None else self._cut(folded, cutting)
        present = [
            (channel.share.at(hangul), self._unit(terms, counts))
            for channel, (terms, counts) in zip(self.channels, counted, strict=True)
            if channel.share.at(hangul) > 0 and len(terms)
        ]
        left = dense.at(hangul) if dense else 0.0
        energy = sum(share for share, _ in present) + left
        terms = [_NO_TERMS, *(unit.terms for _, unit in present)]
        weights = [_NO_WEIGHTS, *(unit.weights * np.float32(sqrt(share / energy)) for share, unit in present)]
        return SparseVector(np.concatenate(terms), np.concatenate(weights)), sqrt(left / energy) if energy else 0.0

    def _counted(self, folded: str) -> Iterator[tuple[IntArray, FloatArray]]:
        """For each channel the numbers of a text's terms, -1 for one nobody knows, and how often it has each."""
        for channel, numbers in zip(self.channels, self.numbers, strict=True):
            counts = Counter(channel.terms(folded))
            terms = np.array([numbers.get(term, -1) for term in counts], np.int32)
            yield terms, np.array(list(counts.values()), np.float32)

    def _cut(self, folded: str, cutting: Cutting) -> Iterator[tuple[IntArray, FloatArray]]:
        """The same from what is known of the text."""
        first = 0
        for bag, numbers in zip(cutting(folded).bags, self.numbers, strict=True):
            yield bag.terms + np.int32(first), bag.counts.astype(np.float32)
            first += len(numbers)

    def _unit(self, terms: IntArray, counts: FloatArray) -> SparseVector:
        """The known part of the unit vector of one channel's terms: (1 + ln count) * idf, scaled."""
        weights = (1 + np.log(counts)) * self.idf[terms]
        known = terms >= 0
        return SparseVector(terms[known], weights[known] / np.linalg.norm(weights))


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term the rows that have it: `rows[starts[term] : starts[term + 1]]`, with their `weights`."""

    starts: npt.NDArray[np.int64]
    rows: IntArray
    weights: FloatArray
    count: int
    """The number of rows."""

    @classmethod
    def of(cls, vectors: Sequence[SparseVector], *, terms: int) -> Postings:
        lengths = [len(vector.terms) for vector in vectors]
        all_terms = np.concatenate([_NO_TERMS, *(vector.terms for vector in vectors)])
        order = np.argsort(all_terms, kind="stable")
        return cls(
            starts=np.searchsorted(all_terms[order], np.arange(terms + 1)).astype(np.int64),
            rows=np.repeat(np.arange(len(vectors), dtype=np.int32), lengths)[order],
            weights=np.concatenate([_NO_WEIGHTS, *(vector.weights for vector in vectors)])[order],
            count=len(vectors),
        )

    @classmethod
    def restore(cls, arrays: Mapping[str, npt.NDArray[Any]], *, terms: int, rows: int) -> Postings:
        """Raises `ValueError` or `KeyError` unless the arrays list rows for so many terms."""
        postings = cls(
            starts=checked(arrays, "starts", np.int64, (terms + 1,)),
            rows=checked(arrays, "rows", np.int32, (None,)),
            weights=checked(arrays, "weights", np.float32, (len(arrays["rows"]),)),
            count=rows,
        )
        refuse_unless_starts(postings.starts, len(postings.rows))
        refuse_unless_below(postings.rows, rows)
        return postings

    def vectors(self) -> list[SparseVector]:
        """What `of` was given: the vector of each row."""
        terms = np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))
        order = np.argsort(self.rows, kind="stable")
        borders = np.searchsorted(self.rows[order], np.arange(1, self.count))
        return [
            SparseVector(*each)
            for each in zip(np.split(terms[order], borders), np.split(self.weights[order], borders), strict=True)
        ]

    def products(self, vector: SparseVector) -> FloatArray:
        """The product of `vector` with each row, shape (rows,)."""
        starts = self.starts[vector.terms]
        lengths = self.starts[vector.terms + 1] - starts
        short = lengths < LONG
        products = self._gathered(starts[short], lengths[short], vector.weights[short])
        for start, length, weight in zip(starts[~short], lengths[~short], vector.weights[~short], strict=True):
            run = slice(start, start + length)
            np.add.at(products, self.rows[run], self.weights[run] * np.float64(weight))
        return products.astype(np.float32)

    def _gathered(
        self, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], weights: FloatArray
    ) -> npt.NDArray[np.float64]:
        """What the terms whose rows begin at `starts` add to each row: few steps, whatever their number."""
        before = np.cumsum(lengths) - lengths
        place = np.repeat(starts - before, lengths) + np.arange(lengths.sum())
        added = np.bincount(self.rows[place], self.weights[place] * np.repeat(weights, lengths), self.count)
        return added.astype(np.float64, copy=False)  # of nothing at all, it counts in whole numbers


LONG: Final = 1_024
"""A term in so many rows is added by itself; those in fewer are gathered. In an index of 100,000 rows that takes an
eighth of the time of gathering all, in one of 1,000 it is never needed."""

_BETWEEN_CHANNELS: Final = "\n\n"
_NO_TERMS: IntArray = np.empty(0, np.int32)
_NO_WEIGHTS: FloatArray = np.empty(0, np.float32)


def _entries_with(entries: Sequence[Sequence[IntArray]], *, terms: int) -> npt.NDArray[np.int64]:
    """In how many entries each term is; each entry comes as the distinct terms of its texts."""
    found_in = np.zeros(terms, np.int64)
    last = np.full(terms, -1)
    for number, texts in enumerate(entries):
        for of_text in texts:
            new = of_text[last[of_text] != number]
            found_in[new] += 1
            last[new] = number
    return found_in


def runs(text: str, shortest: int, longest: int) -> list[str]:
    """Every run of `shortest` to `longest` characters in `text`."""
    return [
        text[start : start + length]
        for length in range(shortest, longest + 1)
        for start in range(len(text) - length + 1)
    ]

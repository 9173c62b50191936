"""Texts cut into terms and words for whoever builds from many of them: each text once, for all that wants to know."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from .lexical import Channel, IntArray
    from .meaning import WordVectors


@dataclass(frozen=True, slots=True)
class Bag:
    """The distinct terms that one channel finds in a text, as the channel's own numbers, and how often it has each."""

    terms: IntArray
    counts: npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Cut:
    """`bags` has one for each channel; `words` the distinct words of each meaning, in order."""

    bags: tuple[Bag, ...]
    words: Mapping[str, IntArray]


class Cutting:
    """Remembers every text it has cut, 6 bytes a term, so it should live no longer than a build.

    A build asks for the same texts up to six times, and Kiwi takes as long for one as all arithmetic after it.
    """

    def __init__(self, channels: tuple[Channel, ...], meanings: Mapping[str, WordVectors] | None = None) -> None:
        self._channels = channels
        self._meanings = meanings or {}
        self.numbers: tuple[defaultdict[str, int], ...] = tuple(defaultdict() for _ in channels)
        """For each channel, term -> number, in the order in which they turned up."""
        for numbers in self.numbers:
            numbers.default_factory = numbers.__len__
        self._cut: dict[str, Cut] = {}

    def __call__(self, folded: str) -> Cut:
        known = self._cut.get(folded)
        if known is None:
            known = self._cut[folded] = self._cut_up(folded)
        return known

    def _cut_up(self, folded: str) -> Cut:
        """All of one text at once: what analyses Korean keeps only the last few texts."""
        bags = []
        for channel, numbers in zip(self._channels, self.numbers, strict=True):
            counts = Counter(channel.terms(folded))
            terms = np.fromiter(map(numbers.__getitem__, counts), np.int32, len(counts))
            bags.append(Bag(terms, np.fromiter(counts.values(), np.uint16, len(counts))))
        words = {
            name: np.array(list(dict.fromkeys(source.words(folded))), np.int32)
            for name, source in self._meanings.items()
        }
        return Cut(tuple(bags), words)

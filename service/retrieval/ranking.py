"""From a question's cosines with all rows to the entries that fit best; the same for serving and for calibrating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .scoring import COSINES, highest, margins, scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .embedders import FloatArray
    from .layout import Layout, Places
    from .lexical import IntArray
    from .meaning import Meaning

CANDIDATES: Final = 20
"""So many entries are looked at word by word. Looking at all finds nothing more on any of six sets and takes up to
1.4 ms longer; looking at 10 loses three questions of ko_shop's 126."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: what it says, and how close each row is.

    `texts` are folded, `shares` what each counts for; `cosines` has shape (rows,), `like` shape (entries,) is how much
    the question is like each entry, None where no prototypes were learned.
    """

    texts: Sequence[str]
    shares: Sequence[float]
    cosines: FloatArray
    like: FloatArray | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best entries, best first: their places, shape (n,), and what is known of each."""

    places: Places
    scores: FloatArray
    margins: FloatArray
    evidence: FloatArray
    """Shape (n, kinds), in the order of `Evidence`."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """`weights` are those of `Evidence`. `rows[i]` is what the meanings call row i of the layout, if not i itself."""

    layout: Layout
    meanings: Mapping[str, Meaning]
    weights: FloatArray
    rows: IntArray | None = None

    def ranked(self, asked: Asked, *, limit: int, barred: Iterable[int] = ()) -> Ranked:
        """The `limit` best entries but those at the `barred` places; ties keep file order."""
        cosines = self._cosine_evidence(asked)
        promise = cosines @ self.weights[:COSINES]
        promise[list(barred)] = -np.inf
        places = highest(promise, max(CANDIDATES, limit))
        places = places[promise[places] > -np.inf]
        evidence = np.concatenate([cosines[places], self._meaning_evidence(asked, places)], axis=1)
        score = scores(evidence, self.weights)
        margin = margins(score)
        best = np.lexsort((places, -score))[:limit]
        return Ranked(places[best], score[best], margin[best], evidence[best])

    def _cosine_evidence(self, asked: Asked) -> FloatArray:
        """Of all entries, shape (entries, COSINES)."""
        best = self.layout.best_phrasings(asked.cosines)
        return np.stack([best, self.layout.wholes(asked.cosines), best if asked.like is None else asked.like], axis=1)

    def _meaning_evidence(self, asked: Asked, places: Places) -> FloatArray:
        """Of the entries at `places`, shape (places, 2); zeros where no meanings are known."""
        evidence = np.zeros((len(places), 2), np.float32)
        rows, layout = self.layout.part(places)
        if self.rows is not None:
            rows = self.rows[rows]
        for text, share in zip(asked.texts, asked.shares, strict=True):
            coverages = [meaning.coverage(text, rows) for meaning in self.meanings.values()]
            if coverages:
                coverage = sum(coverages[1:], start=coverages[0])
                both_ways = (coverage.of_question + coverage.of_rows) / np.float32(2)
                best, wholes = layout.best_phrasings(both_ways), layout.wholes(coverage.of_question)
                evidence += np.float32(share) * np.stack([best, wholes], axis=1)
        return evidence

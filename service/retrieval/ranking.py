"""From a question's cosines with all rows to the entries that fit best; the same for serving and for calibrating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .scoring import COSINES, highest, margins, scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .embedders import FloatArray
    from .layout import Layout, Places
    from .lexical import IntArray
    from .meaning import Meaning
    from .scoring import Weights

CANDIDATES: Final = 20
"""So many entries are looked at word by word. All instead change no figure of six sets, 10 hardly any."""


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
    """`rows[i]` is what the meanings call row i of the layout, where that is not i itself.

    `penalties`, shape (entries,): what each entry pays for being close to everything, where that is known.
    """

    layout: Layout
    meanings: Mapping[str, Meaning]
    weights: Weights
    rows: IntArray | None = None
    penalties: FloatArray | None = None

    def ranked(self, asked: Asked, *, limit: int, barred: Sequence[int] | Places = ()) -> Ranked:
        """The `limit` best entries but those at the `barred` places; ties keep file order."""
        cosines = self._cosine_evidence(asked)
        promise = cosines @ self.weights.rank[:COSINES]
        if self.penalties is not None:
            promise -= self.penalties
        promise[np.asarray(barred, np.int64)] = -np.inf
        places = highest(promise, max(CANDIDATES, limit))
        places = places[promise[places] > -np.inf]
        meaning, said = self._meaning_evidence(asked, places)
        evidence = np.column_stack([cosines[places], meaning])
        penalties = None if self.penalties is None else self.penalties[places]
        score = scores(evidence, self.weights, said=said, penalties=penalties)
        margin = margins(score)
        best = np.lexsort((places, -score))[:limit]
        return Ranked(places[best], score[best], margin[best], evidence[best])

    def _cosine_evidence(self, asked: Asked) -> FloatArray:
        """Of all entries, shape (entries, COSINES)."""
        best = self.layout.best_phrasings(asked.cosines)
        return np.stack([best, self.layout.wholes(asked.cosines), best if asked.like is None else asked.like], axis=1)

    def _meaning_evidence(self, asked: Asked, places: Places) -> tuple[FloatArray, float | None]:
        """Of the entries at `places`, shape (places,), and how much the texts say; without meanings zeros and None."""
        covered = np.zeros(len(places), np.float32)
        if not self.meanings:
            return covered, None
        said = 0.0
        rows = self.layout.whole_rows(places)
        if self.rows is not None:
            rows = self.rows[rows]
        for text, share in zip(asked.texts, asked.shares, strict=True):
            coverages = [meaning.coverage(text, rows) for meaning in self.meanings.values()]
            coverage = sum(coverages[1:], start=coverages[0])
            covered += np.float32(share) * coverage.of_question
            said += share * float(coverage.asked)
        return covered, said

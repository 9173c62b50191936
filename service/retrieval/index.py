"""The index: entries on one side, a question on the other, and the entries that fit best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from ..errors import IndexRefused
from .followup import STANDS_ALONE, Query, standalone
from .gist import Gist
from .kernel import Kernel, Products
from .layout import Layout, row_texts
from .meaning import Meaning
from .prototypes import MAX_ROWS, Prototypes, closeness
from .reading import Reader
from .scoring import COSINES, Evidence, Weights, highest, margins, scores
from .text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import numpy.typing as npt

    from ..knowledge.entry import FaqEntry
    from .analysis import Analysis
    from .embedders import FloatArray
    from .layout import Places

CANDIDATES: Final = 20
"""So many entries are looked at word by word. All instead change no figure of six sets, 10 hardly any."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry and how well it fits a question.

    `score` in [0, 1] both orders matches and judges them; 1 means the very words of a phrasing. `margin` is how far it
    is above the best score of all other entries, negative when it is not the best itself. `phrasing` is the one that
    came closest.
    """

    entry: FaqEntry
    phrasing: str
    score: float
    margin: float
    evidence: Evidence


class FaqIndex:
    """Immutable, in memory, and the same for every embedder: only the vectors and the `Analysis` differ."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        layout: Layout,
        kernel: Kernel,
        prototypes: Prototypes | None,
        meanings: Mapping[str, Meaning],
    ) -> None:
        self._entries = tuple(entries)
        self._texts = row_texts(entries)
        self._layout = layout
        self._kernel = kernel
        self._prototypes = prototypes
        self._meanings = meanings
        self._reader = Reader.of(map(fold, self._texts), kernel.analysis.lexicon)
        self._weights = Weights.of(layout.phrasings / max(layout.entries, 1), meaning=bool(meanings))
        self._dated = [place for place, entry in enumerate(entries) if entry.valid_from or entry.valid_until]

    @staticmethod
    def texts(entries: Sequence[FaqEntry]) -> list[str]:
        """What an embedder has to embed for these entries, one text for each row."""
        return list(row_texts(entries))

    @classmethod
    def build(cls, entries: Sequence[FaqEntry], vectors: FloatArray, *, analysis: Analysis) -> Self:
        """`vectors`: what the embedder gave for `texts(entries)`, shape (rows, dim), unit or zero rows."""
        layout = Layout.of(entries)
        if vectors.ndim != 2 or len(vectors) != layout.rows:
            raise ValueError(f"{layout.rows} texts have vectors of shape {vectors.shape}")
        rows = [fold(text) for text in row_texts(entries)]
        meanings = {
            name: Meaning.build(source, rows, entries=layout.entries) for name, source in analysis.meanings.items()
        }
        learn = 0 < len(rows) <= MAX_ROWS
        gist = Gist.of(meanings.values()) if learn else None
        kernel = Kernel.build(analysis, rows, vectors, owners=layout.owners, gist=gist)
        prototypes = None
        if learn:
            prototypes = Prototypes.fit(closeness(*kernel.between_rows()), layout.owners, entries=layout.entries)
        return cls(entries, layout, kernel, prototypes, meanings)

    @classmethod
    def restore(
        cls,
        entries: Sequence[FaqEntry],
        arrays: Mapping[str, npt.NDArray[Any]],
        facts: Mapping[str, Any],
        *,
        analysis: Analysis,
    ) -> Self:
        """Raises `IndexRefused` where entries, arrays, facts and analysis do not belong together."""
        layout = Layout.of(entries)
        expected = {"analysis": analysis.id, "rows": layout.rows}
        for name, value in expected.items():
            if facts.get(name) != value:
                raise IndexRefused(f"The index says {name} {facts.get(name)!a}, ours is {value!a}. Run ondap reindex.")
        try:
            prototypes = None
            if "prototypes" in arrays:
                prototypes = Prototypes.restore(arrays["prototypes"], (layout.rows, layout.entries))
            meanings = {
                name: Meaning.restore(source, _under(name, arrays), rows=layout.rows, entries=layout.entries)
                for name, source in analysis.meanings.items()
            }
            gist = Gist.of(meanings.values()) if prototypes else None
            kernel = Kernel.restore(analysis, arrays, shape=(layout.rows, facts["dimension"]), gist=gist)
        except (ValueError, KeyError, IndexError) as error:
            raise IndexRefused(f"The index does not fit its entries: {error}. Run ondap reindex.") from error
        return cls(entries, layout, kernel, prototypes, meanings)

    @property
    def entries(self) -> tuple[FaqEntry, ...]:
        return self._entries

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that must be saved beside the entries: plain numbers, every float finite."""
        meanings = {
            f"{name}_{part}": array
            for name, meaning in self._meanings.items()
            for part, array in meaning.arrays.items()
        }
        prototypes = {"prototypes": self._prototypes.weights} if self._prototypes else {}
        return self._kernel.arrays | prototypes | meanings

    @property
    def facts(self) -> dict[str, str | int]:
        """What `restore` wants to hear again."""
        return {
            "analysis": self._kernel.analysis.id,
            "rows": self._layout.rows,
            "dimension": self._kernel.vectors.shape[1],
        }

    def query(self, question: str, history: Sequence[str] = ()) -> Query:
        """What to embed and search for a visitor's message; `history` holds the earlier ones, oldest first."""
        return standalone(question, history).read(self._reader.read)

    def search(
        self, query: Query, vectors: FloatArray | None, *, limit: int = 3, on: date | None = None
    ) -> list[Match]:
        """The `limit` entries that fit best, best first; ties keep file order. With `on`, only entries live that day.

        `vectors`: the embedder's rows for `query.texts`, shape (texts, dim), or None to ask the sparse side alone.
        A question without a letter or digit matches nothing. One that leans on earlier ones and yet scores
        `STANDS_ALONE` without them is taken by itself.
        """
        texts = [fold(text) for text in query.texts]
        if not self._entries or not any(map(str.isalnum, texts[0])):
            return []
        each = [None] * len(texts) if vectors is None else list(vectors)
        products = [self._kernel.products(text, vector) for text, vector in zip(texts, each, strict=True)]
        alone = self._ranked(texts[:1], products[0], (1.0,), limit, on)
        if len(texts) == 1 or not alone or alone[0].score >= STANDS_ALONE:
            return alone
        return self._ranked(texts, Products.blend(products, query.weights), query.weights, limit, on)

    def _ranked(
        self, texts: Sequence[str], products: Products, weights: Sequence[float], limit: int, on: date | None
    ) -> list[Match]:
        """The best `limit` by `products`, those of all `texts` together."""
        cosines = self._cosine_evidence(products)
        places = self._candidates(cosines @ self._weights.rank[:COSINES], max(CANDIDATES, limit), on)
        meaning, said = self._meaning_evidence(texts, weights, places)
        evidence = np.column_stack([cosines[places], meaning])
        score = scores(evidence, self._weights, said=said)
        margin = margins(score)
        return [
            self._match(int(places[at]), float(score[at]), float(margin[at]), evidence[at], products)
            for at in np.lexsort((places, -score))[:limit]
        ]

    def _cosine_evidence(self, products: Products) -> FloatArray:
        """Of all entries, shape (entries, COSINES)."""
        best = self._layout.best_phrasings(products.cosines)
        close = closeness(products.cosines, products.gists)
        like = self._prototypes.scores(close) if self._prototypes else best
        return np.stack([best, self._layout.wholes(products.cosines), like], axis=1)

    def _candidates(self, promise: FloatArray, count: int, on: date | None) -> Places:
        """The places of the `count` most promising live entries, in file order."""
        for place in self._dated if on else ():
            if on and not self._entries[place].is_live(on):
                promise[place] = -np.inf
        places = highest(promise, count)
        return places[promise[places] > -np.inf]

    def _meaning_evidence(
        self, texts: Sequence[str], weights: Sequence[float], places: Places
    ) -> tuple[FloatArray, float | None]:
        """Of the entries at `places`, shape (places,), and how much the texts say; without meanings zeros and None."""
        covered = np.zeros(len(places), np.float32)
        if not self._meanings:
            return covered, None
        said = 0.0
        for text, weight in zip(texts, weights, strict=True):
            coverages = [meaning.coverage(text, self._layout.whole_rows(places)) for meaning in self._meanings.values()]
            coverage = sum(coverages[1:], start=coverages[0])
            covered += np.float32(weight) * coverage.of_question
            said += weight * coverage.asked
        return covered, said

    def _match(self, place: int, score: float, margin: float, evidence: FloatArray, products: Products) -> Match:
        row = self._layout.closest_phrasing(place, products.cosines)
        return Match(
            entry=self._entries[place],
            phrasing=self._texts[row],
            score=score,
            margin=margin,
            evidence=Evidence(*evidence.tolist()),
        )


def _under(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    prefix = f"{name}_"
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}

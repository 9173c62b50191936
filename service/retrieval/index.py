"""The index: entries on one side, a question on the other, and the entries that fit best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..errors import IndexRefused
from .checks import checked
from .crowding import crowd
from .followup import STANDS_ALONE, Query, standalone
from .gist import Gist
from .kernel import Kernel, Products
from .layout import Layout, row_texts
from .meaning import Meaning
from .prototypes import MAX_ROWS, HeldOut, Prototypes, closeness
from .ranking import Asked, Ranking
from .reading import Reader
from .renaming import Renaming
from .scoring import Evidence, Weights
from .text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import numpy.typing as npt

    from ..knowledge.entry import FaqEntry
    from .analysis import Analysis
    from .concepts import SameWord
    from .cutting import Cutting
    from .embedders import FloatArray
    from .layout import Places
    from .ranking import Ranked


@dataclass(frozen=True, slots=True)
class Match:
    """An entry and how well it fits a question.

    `score` in [0, 1] both orders matches and judges them; 1 means the very words of a phrasing. `margin` is how far it
    is above the best score of all other entries, negative when it is not the best itself. `phrasing` is the one that
    came closest; `lexical` and `dense` are its cosines on the two sides, what is written and what it means, 0 where a
    side has nothing to say.
    """

    entry: FaqEntry
    phrasing: str
    score: float
    margin: float
    evidence: Evidence
    lexical: float = 0.0
    dense: float = 0.0


class FaqIndex:
    """Immutable, in memory, and the same for every embedder: only the vectors and the `Analysis` differ."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        layout: Layout,
        kernel: Kernel,
        prototypes: Prototypes | None,
        meanings: Mapping[str, Meaning],
        penalties: FloatArray | None,
    ) -> None:
        self._entries = tuple(entries)
        self._texts = row_texts(entries)
        self._layout = layout
        self._kernel = kernel
        self._prototypes = prototypes
        self._meanings = meanings
        self._penalties = penalties
        said = (expression for group in kernel.analysis.synonyms.groups for expression in group)
        self._reader = Reader.of(
            map(fold, self._texts), kernel.analysis.lexicon, map(fold, said), korean=kernel.analysis.korean
        )
        kernel.analysis.get_ready()
        self._renaming = None
        if kernel.analysis.concepts and kernel.analysis.synonyms.groups:
            wholes = map(fold, self._texts[layout.phrasings :])
            self._renaming = Renaming(kernel.analysis.concepts, kernel.analysis.synonyms.groups, wholes)
        self._ranking = Ranking(layout, meanings, _weights(layout, meanings), penalties=penalties)
        self._dated = [place for place, entry in enumerate(entries) if entry.valid_from or entry.valid_until]
        self._not_live_on: tuple[date | None, Places] = (None, np.empty(0, np.int64))
        """A day and the places of the entries that are not live then: most questions are asked today."""

    @staticmethod
    def texts(entries: Sequence[FaqEntry]) -> list[str]:
        """What an embedder has to embed for these entries, one text for each row."""
        return list(row_texts(entries))

    @classmethod
    def build(
        cls,
        entries: Sequence[FaqEntry],
        vectors: FloatArray,
        *,
        analysis: Analysis,
        cutting: Cutting | None = None,
    ) -> Self:
        """`vectors`: what the embedder gave for `texts(entries)`, shape (rows, dim), unit or zero rows.

        `cutting`: the analysis's own, for whoever looks at the texts again.
        """
        layout = Layout.of(entries)
        if vectors.ndim != 2 or len(vectors) != layout.rows:
            raise ValueError(f"{layout.rows} texts have vectors of shape {vectors.shape}")
        rows = [fold(text) for text in row_texts(entries)]
        cutting = cutting or analysis.cutting()
        meanings = Meaning.build_all(analysis, rows, entries=layout.entries, cutting=cutting)
        learn = 0 < len(rows) <= MAX_ROWS
        gist = Gist.of(meanings.values()) if learn else None
        kernel = Kernel.build(analysis, rows, vectors, owners=layout.owners, gist=gist, cutting=cutting)
        prototypes = penalties = None
        if learn:
            cosines, gists = kernel.between_rows()
            close = closeness(cosines, gists)
            if meanings:
                held_out = HeldOut.fit(close, layout.owners, entries=layout.entries)
                prototypes = Prototypes(held_out.weights)
                crowding = crowd(
                    cosines,
                    held_out,
                    list(meanings.values()),
                    layout=layout,
                    weights=_weights(layout, meanings),
                    rows=np.arange(layout.rows, dtype=np.int32),
                )
                penalties = crowding.penalties()
            else:
                prototypes = Prototypes.fit(close, layout.owners, entries=layout.entries)
        return cls(entries, layout, kernel, prototypes, meanings, penalties)

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
        if facts.get("synonyms") != analysis.synonyms.as_data():
            raise IndexRefused("The index was made with other synonyms. Run ondap reindex.")
        try:
            prototypes = None
            if "prototypes" in arrays:
                prototypes = Prototypes.restore(arrays["prototypes"], (layout.rows, layout.entries))
            meanings = {
                name: Meaning.restore(source, _under(name, arrays), rows=layout.rows, entries=layout.entries)
                for name, source in analysis.meanings.items()
            }
            penalties = None
            if prototypes and meanings:
                penalties = checked(arrays, "penalties", np.float32, (layout.entries,))
            gist = Gist.of(meanings.values()) if prototypes else None
            kernel = Kernel.restore(analysis, arrays, shape=(layout.rows, facts["dimension"]), gist=gist)
        except (ValueError, KeyError, IndexError) as error:
            raise IndexRefused(f"The index does not fit its entries: {error}. Run ondap reindex.") from error
        return cls(entries, layout, kernel, prototypes, meanings, penalties)

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
        penalties = {} if self._penalties is None else {"penalties": self._penalties}
        return self._kernel.arrays | prototypes | penalties | meanings

    @property
    def facts(self) -> dict[str, Any]:
        """What `restore` wants to hear again."""
        return {
            "analysis": self._kernel.analysis.id,
            "rows": self._layout.rows,
            "dimension": self._kernel.vectors.shape[1],
            "synonyms": self._kernel.analysis.synonyms.as_data(),
        }

    def same_words(self, question: str, phrasing: str) -> list[SameWord]:
        """Where the question and the phrasing name one thing by different words."""
        concepts = self._kernel.analysis.concepts
        return concepts.same_words(fold(question), fold(phrasing)) if concepts else []

    def query(self, question: str, history: Sequence[str] = ()) -> Query:
        """What to embed and search for a visitor's message; `history` holds the earlier ones, oldest first."""
        query = standalone(question, history).read(self._reader.read)
        return query.put(self._renaming.rename) if self._renaming else query

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
        products = [self._kernel.products(text, vector, self._layout) for text, vector in zip(texts, each, strict=True)]
        alone = self._ranked(texts[:1], products[0], (1.0,), limit, on)
        if len(texts) == 1 or not alone or alone[0].score >= STANDS_ALONE:
            return alone
        return self._ranked(texts, Products.blend(products, query.weights), query.weights, limit, on)

    def _ranked(
        self, texts: Sequence[str], products: Products, shares: Sequence[float], limit: int, on: date | None
    ) -> list[Match]:
        """The best `limit` by `products`, those of all `texts` together."""
        like = self._prototypes.scores(closeness(products.cosines, products.gists)) if self._prototypes else None
        asked = Asked(texts, shares, products.cosines, like)
        ranked = self._ranking.ranked(asked, limit=limit, barred=self._not_live(on))
        return [self._match(ranked, at, products) for at in range(len(ranked.places))]

    def _not_live(self, on: date | None) -> Places:
        day, places = self._not_live_on
        if day != on:
            places = np.array([at for at in self._dated if on and not self._entries[at].is_live(on)], np.int64)
            self._not_live_on = on, places
        return places

    def _match(self, ranked: Ranked, at: int, products: Products) -> Match:
        place = int(ranked.places[at])
        row = self._layout.closest_phrasing(place, products.cosines)
        return Match(
            entry=self._entries[place],
            phrasing=self._texts[row],
            score=float(ranked.scores[at]),
            margin=float(ranked.margins[at]),
            evidence=Evidence(*ranked.evidence[at].tolist()),
            lexical=float(products.lexical[row]),
            dense=float(products.dense[row]),
        )


def _weights(layout: Layout, meanings: Mapping[str, Meaning]) -> Weights:
    return Weights.of(layout.phrasings / max(layout.entries, 1), meaning=bool(meanings))


def _under(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    prefix = f"{name}_"
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}

"""Indexes in memory that serve nobody: what would happen if the FAQ were another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..retrieval.index import FaqIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..knowledge.entry import FaqEntry
    from ..retrieval.embedders import Embedder, FloatArray
    from ..retrieval.index import Match
    from ..retrieval.recipe import Recipe

BATCH = 64


class Rehearsal:
    """Builds indexes by one recipe. Each text is embedded once, however many indexes it is in."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._analysis = recipe.analysis(recipe.synonyms.load())
        self._known: dict[str, FloatArray] = {}

    async def __call__(self, entries: Sequence[FaqEntry]) -> RehearsedIndex:
        live = [entry for entry in entries if entry.enabled]
        vectors = await self.embed(FaqIndex.texts(live))
        return RehearsedIndex(FaqIndex.build(live, vectors, analysis=self._analysis), self)

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        """As `Embedder.embed`."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        embedder: Embedder = self._recipe.embedder
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            self._known.update(zip(batch, await embedder.embed(batch), strict=True))
        return np.stack([self._known[text] for text in texts])


class RehearsedIndex:
    """See `checking.Rehearsed`."""

    def __init__(self, index: FaqIndex, rehearsal: Rehearsal) -> None:
        self._index = index
        self._rehearsal = rehearsal

    async def match(self, text: str) -> list[Match]:
        query = self._index.query(text)
        return self._index.search(query, await self._rehearsal.embed(query.texts), limit=2)

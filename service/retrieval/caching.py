"""An embedder that asks another one only for the texts it has never seen, in batches, and remembers the answers."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..errors import UpstreamError, UpstreamUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .cache import EmbeddingCache
    from .embedders import Embedder, FloatArray

SAME_TEXT_COSINE = 0.999
"""From here on two vectors of one text come from the same model; endpoints round, and batch, differently each time."""
SAMPLE = 3


class Progress(Protocol):
    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` texts that had to be embedded are."""


class CachingEmbedder:
    """Wraps `embedder`. `embedded` and `reused` count the different texts of all calls so far."""

    def __init__(
        self,
        embedder: Embedder,
        cache: EmbeddingCache,
        *,
        batch_size: int,
        concurrency: int,
        on_progress: Progress,
    ) -> None:
        self._embedder = embedder
        self._cache = cache
        self._batch_size = batch_size
        self._concurrency = concurrency
        self._on_progress = on_progress
        self._checked = False
        self.embedded = 0
        self.reused = 0

    @property
    def id(self) -> str:
        return self._embedder.id

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        """As `Embedder.embed`. When a batch fails the call fails, and the batches that did not are kept."""
        wanted = list(dict.fromkeys(texts))
        known = self._cache.find(self.id, wanted)
        if known and not await self._is_still_the_model_of(known, needed=len(known) < len(wanted)):
            self._cache.forget(self.id)
            known = {}
        self._checked = True
        missing = [text for text in wanted if text not in known]
        fresh = await self._embed_all(missing)
        self.embedded += len(missing)
        self.reused += len(known)
        rows = {**known, **fresh}
        return np.stack([rows[text] for text in texts])

    async def _is_still_the_model_of(self, known: Mapping[str, FloatArray], *, needed: bool) -> bool:
        """A name is a weak promise: what answers behind it gets exchanged, and two models in one index ruin it.

        Asked once. An endpoint that is away is believed when nothing else is `needed` from it.
        """
        if self._checked:
            return True
        if len({len(vector) for vector in known.values()}) > 1:
            return False
        sample = sorted(known)[:SAMPLE]
        try:
            fresh = await self._embedder.embed(sample)
        except UpstreamUnavailable:
            if needed:
                raise
            return True
        return are_same(np.stack([known[text] for text in sample]), fresh)

    async def _embed_all(self, texts: list[str]) -> dict[str, FloatArray]:
        starts = range(0, len(texts), self._batch_size)
        waiting = deque(texts[start : start + self._batch_size] for start in starts)
        rows: dict[str, FloatArray] = {}
        failures: list[UpstreamError] = []

        async def work() -> None:
            while waiting and not failures:
                batch = waiting.popleft()
                try:
                    vectors = await self._embedder.embed(batch)
                except UpstreamError as failure:
                    failures.append(failure)
                else:
                    embedded = dict(zip(batch, vectors, strict=True))
                    self._cache.keep(self.id, embedded)
                    rows.update(embedded)
                    self._on_progress(len(rows), len(texts))

        async with asyncio.TaskGroup() as group:
            for _ in range(self._concurrency):
                group.create_task(work())
        if failures:
            kept = f"{len(rows)} of {len(texts)} texts are embedded and kept; the next run goes on from there."
            raise type(failures[0])(f"{failures[0]} {kept}")
        return rows


def are_same(stored: FloatArray, fresh: FloatArray) -> bool:
    """Whether both, of shape (texts, dim) and with unit or zero rows, came from one model."""
    if stored.shape != fresh.shape:
        return False
    cosines = np.einsum("td,td->t", stored, fresh)
    empty = ~stored.any(axis=1) & ~fresh.any(axis=1)
    return bool((empty | (cosines >= SAME_TEXT_COSINE)).all())

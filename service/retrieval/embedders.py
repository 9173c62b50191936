"""Texts to vectors: the protocol, and the embedder that needs no key, no download and no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from .static_vectors import DIMENSION, StaticVectors, static_vectors
from .text import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray = npt.NDArray[np.float32]


class Embedder(Protocol):
    @property
    def id(self) -> str:
        """Names the model, its dimension and our own version of how it is asked: `offline:1`."""
        ...

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        """Unit rows of shape (len(texts), dim); a zero row for a text that has nothing to embed."""
        ...


class OfflineEmbedder:
    """The mean of a text's static vectors. A wholly Korean text gets a zero row. Deterministic, no network."""

    def __init__(self, static: StaticVectors | None = None) -> None:
        self._static = static or static_vectors()

    @property
    def id(self) -> str:
        return "offline:1"

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        rows = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in enumerate(texts):
            rows[row] = self._unit(text)
        return rows

    def _unit(self, text: str) -> FloatArray:
        total: FloatArray = self._static.vectors(self._static.words(fold(text))).sum(axis=0)
        length = np.linalg.norm(total)
        return total / length if length > 0 else total

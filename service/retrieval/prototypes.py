"""What each entry is like: one ridge regression over all rows, from closeness to the entry that a row belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .checks import checked

if TYPE_CHECKING:
    import numpy.typing as npt

    from .embedders import FloatArray
    from .lexical import IntArray

MAX_ROWS: Final = 4_096
"""The solve takes rows³ steps, 3 s at this size. A larger FAQ ranks by its best phrasing and whole entry alone."""

SHARPNESS: Final = 2.0
"""Closeness is exp(SHARPNESS * (cosine - 1)). From 1 to 4 no large set loses more than a point; the plain cosine (0)
costs clinc150 3 and banking77_oos 4."""

RIDGE: Final = 0.2
"""Added to the diagonal, on average. From 0.05 to 0.5 no large set loses more than 0.7 points; 1 costs clinc150 and
banking77_oos one."""


@dataclass(frozen=True, slots=True)
class Prototypes:
    """`weights` has shape (rows, entries)."""

    weights: FloatArray

    @classmethod
    def fit(cls, close: FloatArray, owners: IntArray, *, entries: int) -> Prototypes:
        """`close`: the `closeness` of each two rows, shape (rows, rows); `owners[row]` the entry of each row.

        A row among many of its entry gets more ridge, so that an entry with a hundred phrasings does not outweigh one
        with ten (hint3_curekart +0.5 points, the other sets the same). Being one linear system with a diagonal added,
        it has what every row would score without any others in closed form: of rows `out`, with the inverse `I` of the
        system, it is targets[out] - solve(I[out][:, out], weights[out]).
        """
        targets = np.zeros((len(owners), entries), np.float32)
        targets[np.arange(len(owners)), owners] = 1.0
        return cls(np.linalg.solve(close + np.diag(ridges(owners)), targets))

    @classmethod
    def restore(cls, weights: npt.NDArray[Any], shape: tuple[int, int]) -> Prototypes:
        """Raises `ValueError` unless `weights` has this shape, (rows, entries)."""
        return cls(checked({"prototypes": weights}, "prototypes", np.float32, shape))

    def scores(self, close: FloatArray) -> FloatArray:
        """How much a question with this `closeness` to the rows is like each entry, about 0 to 1, shape (entries,)."""
        liked: FloatArray = close @ self.weights
        return liked


def closeness(cosines: FloatArray, gists: FloatArray) -> FloatArray:
    """How close two texts are by both kinds of cosine, in [0, 1]."""
    sharpness = np.float32(SHARPNESS)
    close: FloatArray = (np.exp(sharpness * (cosines - 1)) + np.exp(sharpness * (gists - 1))) / np.float32(2)
    return close


def ridges(owners: IntArray) -> FloatArray:
    """What is added to the diagonal for each row, shape (rows,)."""
    counts = np.bincount(owners)
    ridge: FloatArray = (RIDGE * counts[owners] / counts.mean()).astype(np.float32)
    return ridge

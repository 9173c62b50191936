"""What each entry is like: one ridge regression over all rows, from closeness to the entry that a row belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .checks import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from .embedders import FloatArray
    from .lexical import IntArray

MAX_ROWS: Final = 4_096
"""The solve takes rows³ steps, 3 s at this size. A larger FAQ ranks by its best phrasing and whole entry alone."""

SHARPNESS: Final = 2.5
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
        with ten (hint3_curekart +0.5 points, the other sets the same).
        """
        return cls(np.linalg.solve(_regularised(close, owners), _targets(owners, entries)))

    @classmethod
    def restore(cls, weights: npt.NDArray[Any], shape: tuple[int, int]) -> Prototypes:
        """Raises `ValueError` unless `weights` has this shape, (rows, entries)."""
        return cls(checked({"prototypes": weights}, "prototypes", np.float32, shape))

    def scores(self, close: FloatArray) -> FloatArray:
        """How much a question with this `closeness` to the rows is like each entry, about 0 to 1, shape (entries,)."""
        liked: FloatArray = close @ self.weights
        return liked


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What prototypes would say of a row they had not learned from, without learning anew for each.

    Leaving a group of rows out of a ridge regression changes its prediction for them by
    inverse[group, group]⁻¹ @ weights[group]: see Rifkin and Lippert, Notes on Regularized Least Squares, 2007.
    """

    inverse: FloatArray
    """Of closeness plus ridge, shape (rows, rows)."""
    weights: FloatArray
    owners: IntArray

    @classmethod
    def fit(cls, close: FloatArray, owners: IntArray, *, entries: int) -> HeldOut:
        """As `Prototypes.fit`, in about three times its time."""
        inverse: FloatArray = np.linalg.inv(_regularised(close, owners))
        weights: FloatArray = inverse @ _targets(owners, entries)
        return cls(inverse, weights, owners)

    def scores(self, row: int, *, without: Sequence[int]) -> FloatArray:
        """How much `row` is like each entry, shape (entries,), learned `without` some rows, itself among them."""
        group = np.array(without)
        residual = np.linalg.solve(self.inverse[np.ix_(group, group)], self.weights[group])[list(without).index(row)]
        liked: FloatArray = -residual
        liked[self.owners[row]] += 1.0
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


def _regularised(close: FloatArray, owners: IntArray) -> FloatArray:
    regularised: FloatArray = close + np.diag(ridges(owners))
    return regularised


def _targets(owners: IntArray, entries: int) -> FloatArray:
    """1 where a row belongs to an entry, shape (rows, entries)."""
    targets = np.zeros((len(owners), entries), np.float32)
    targets[np.arange(len(owners)), owners] = 1.0
    return targets

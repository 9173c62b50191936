"""The dense side at size: a coarse pass over the directions that tell rows apart, then an exact second look.

How good the coarse pass is depends on the vectors. So it is measured when an index is built, on questions made of its
own rows, and where it would not find what an exact product finds there is none, and every row is multiplied.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .checks import checked, refuse_unless_orthonormal
from .scoring import highest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from .embedders import FloatArray

    Rows = npt.NDArray[np.intp]

FLAT_UP_TO: Final = 10_000
"""So many rows are multiplied exactly: 2 ms at 1,536 dimensions."""

AXES: Final = (64, 96, 128, 192, 256)
"""How many directions the coarse pass may have. Tried on every build, the cheapest that is good enough is taken."""

LEAST_LOOKS: Final = 256
"""The second look is at no fewer rows, which costs about a seventh of a millisecond."""

LOOK_COST: Final = 5
"""What one row of the second look costs, in rows of a flat product: it jumps about in memory."""

WORTH: Final = 0.6
"""A coarse pass must take less than this share of the flat product's work."""

LEARNED_FROM: Final = 16_384
"""Rows that the directions are learned from."""

TRIALS: Final = 1_024
"""Questions on which recall is measured, each for its three closest rows."""

WANTED: Final = 3
MISSED: Final = 0.0005
"""The share of the three closest that may be missed on the trials, before the second look is doubled for safety.
Of the very closest none may be missed at all."""

DRAWN: Final = 0.7
"""How far half of the questions are drawn from their row, along the difference of two other rows."""

BLOCK: Final = 1 << 24
"""Products held at once while measuring, 64 MiB."""

SEED: Final = 3


@dataclass(frozen=True, slots=True)
class Coarse:
    """`axes`: orthonormal columns, shape (dim, axes). `along`: each row along them, shape (axes, rows).

    `looks`: at how many rows the second look is.
    """

    axes: FloatArray
    along: FloatArray
    looks: int

    @classmethod
    def fit(cls, vectors: FloatArray) -> Coarse | None:
        """None where a flat product is as good: few rows, or rows whose neighbours no few directions find."""
        rows, dimension = vectors.shape
        counts = [count for count in AXES if count <= dimension / 2]
        if rows <= FLAT_UP_TO or not counts or not vectors.any():
            return None
        random = np.random.default_rng(SEED)
        axes = _leading_directions(vectors, counts[-1], random)
        along = axes.T @ vectors.T
        looks = {
            count: max(LEAST_LOOKS, 2 * needed)
            for count, needed in _needed(vectors, axes, along, counts, random).items()
        }
        work = {count: rows * count + LOOK_COST * looks[count] * dimension for count in counts}
        best = min(counts, key=work.__getitem__)
        if looks[best] >= rows or work[best] > WORTH * rows * dimension:
            return None
        return cls(np.ascontiguousarray(axes[:, :best]), np.ascontiguousarray(along[:best]), looks[best])

    @classmethod
    def restore(cls, arrays: Mapping[str, npt.NDArray[Any]], vectors: FloatArray) -> Coarse | None:
        """`along` is not saved but made again: at 100,000 x 1,536 that takes half a second.

        Raises `ValueError` or `KeyError` unless the arrays are those of a coarse pass over `vectors`, or of none.
        """
        if not arrays.keys() & {"axes", "looks"}:
            return None
        rows, dimension = vectors.shape
        axes = checked(arrays, "axes", np.float32, (dimension, None))
        looks = int(checked(arrays, "looks", np.int64, (1,))[0])
        refuse_unless_orthonormal(axes)
        if not 0 < looks <= rows:
            raise ValueError(f"looks is {looks}, not 1 to {rows}")
        return cls(axes, axes.T @ vectors.T, looks)

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"axes": self.axes, "looks": np.array([self.looks], np.int64)}

    def products(self, vector: FloatArray) -> FloatArray:
        """About the product of `vector` with each row, shape (rows,)."""
        return self.along.T @ (vector @ self.axes)


def closest(vectors: FloatArray, coarse: Coarse | None, vector: FloatArray, count: int) -> tuple[Rows, FloatArray]:
    """The `count` rows with the highest product, highest first, and these products; ties keep the rows' order."""
    if coarse is None:
        products = vectors @ vector
        rows = _at_least(products, count)
        found = products[rows]
    else:
        rows = highest(coarse.products(vector), max(coarse.looks, count))
        found = vectors[rows] @ vector
    order = np.argsort(-found, kind="stable")[:count]
    return rows[order], found[order]


def _at_least(values: FloatArray, count: int) -> Rows:
    """The places of the `count` highest values and of all that equal the lowest of these, in ascending order."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.flatnonzero(values >= np.partition(values, -count)[-count])


def _leading_directions(vectors: FloatArray, count: int, random: np.random.Generator) -> FloatArray:
    """The directions along which a sample of the rows has most of its length, longest first, shape (dim, count)."""
    sample = vectors[np.sort(random.choice(len(vectors), min(LEARNED_FROM, len(vectors)), replace=False))]
    _, directions = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(directions[:, : -count - 1 : -1])


def _needed(
    vectors: FloatArray, axes: FloatArray, along: FloatArray, counts: list[int], random: np.random.Generator
) -> dict[int, int]:
    """At how many rows the second look must be with so many axes, to miss no more than may be missed."""
    ranks = np.concatenate(list(_ranks(vectors, axes, along, counts, random)), axis=1)
    allowed = int(MISSED * ranks[0].size)
    return {
        count: max(int(of_all[:, 0].max()), int(np.sort(of_all, axis=None)[-1 - allowed]))
        for count, of_all in zip(counts, ranks, strict=True)
    }


def _ranks(
    vectors: FloatArray, axes: FloatArray, along: FloatArray, counts: list[int], random: np.random.Generator
) -> Iterator[npt.NDArray[np.int64]]:
    """For some trials at a time, the coarse rank of each one's closest rows: shape (counts, trials, WANTED)."""
    told = np.flatnonzero(vectors.any(axis=1))
    asked = random.choice(told, min(TRIALS, len(told)), replace=False)
    drawn = np.arange(len(asked)) % 2 == 1
    block = max(1, BLOCK // len(vectors))
    for start in range(0, len(asked), block):
        rows = asked[start : start + block]
        questions = _questions(vectors, rows, drawn[start : start + block], random.choice(told, (2, len(rows))))
        exact = questions @ vectors.T
        exact[np.arange(len(rows)), rows] = -np.inf
        best = np.argpartition(exact, -WANTED, axis=1)[:, -WANTED:]
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(exact, best, axis=1), axis=1), axis=1)
        about, ranks = np.zeros_like(exact), []
        for first, count in pairwise((0, *counts)):
            about += (questions @ axes[:, first:count]) @ along[first:count]
            ranks.append(_coarse_ranks(about, rows, best))
        yield np.stack(ranks)


def _questions(vectors: FloatArray, rows: Rows, drawn: npt.NDArray[np.bool_], others: Rows) -> FloatArray:
    """Each row itself, to be found a neighbour, or drawn away from where it is as rows differ from one another."""
    away = DRAWN * drawn[:, np.newaxis] * (vectors[others[0]] - vectors[others[1]])
    questions: FloatArray = (vectors[rows] + away).astype(np.float32)
    return questions


def _coarse_ranks(about: FloatArray, rows: Rows, best: Rows) -> npt.NDArray[np.int64]:
    """How many rows look as close as each of `best`, or closer, but for the question's own. Equal ones may stand in."""
    own = about[np.arange(len(rows)), rows]
    ranks = []
    for place in range(WANTED):
        of_best = about[np.arange(len(rows)), best[:, place]]
        ranks.append(np.count_nonzero(about > of_best[:, np.newaxis], axis=1) + 1 - (own > of_best))
    return np.stack(ranks, axis=1)

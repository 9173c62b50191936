"""What an entry pays for being close to everything.

A long or vague entry comes near to many questions that are not its own, and would win them by little each time. How
near it comes is known: from the phrasings of all other entries. The idea is that of cross-domain similarity local
scaling (Conneau et al., Word Translation Without Parallel Data, 2018). Measured as what it adds, top-1 and top-3:
hint3_curekart +1.3 and +0.7 points, banking77_oos +0.4 and +0.1, parakqc_ko +0.2 each, clinc150 the same, ko_shop two
questions each, en_shop one each. On random halves of the entries top-1: hint3_curekart +0.7 points, ko_shop +0.2,
parakqc_ko +0.3, clinc150 and banking77_oos the same, en_shop -1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from .embedders import FloatArray
    from .layout import Layout
    from .lexical import IntArray
    from .meaning import Meaning
    from .prototypes import HeldOut
    from .scoring import Weights

CROWD: Final = 10
"""So many foreign phrasings that come nearest say how crowded an entry is. From 5 to 12 no set of six moves by more
than a question or half a point."""

PENALTY: Final = 0.2
"""What is taken from an entry's ranking for each point its crowd is nearer than that of the mean entry. From .1 to .2
the gain grows, from .3 top-3 suffers."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """For each entry the foreign phrasings that come nearest, nearest first: rows and how near, shape (n, entries)."""

    rows: npt.NDArray[np.intp]
    near: FloatArray

    @classmethod
    def of(cls, near: FloatArray, owners: IntArray) -> Crowd:
        """`near`: how high each entry ranks for each phrasing, (phrasings, entries); `owners` of the phrasings.

        Kept are so many that a crowd is whole without any one entry's phrasings.
        """
        foreign = near.copy()
        foreign[np.arange(len(owners)), owners] = -np.inf
        kept = CROWD + int(np.bincount(owners).max(initial=0))
        rows = np.argsort(-foreign, axis=0, kind="stable")[:kept]
        return cls(rows, np.take_along_axis(foreign, rows, axis=0))

    def penalties(self, *, without: Iterable[int] = ()) -> FloatArray:
        """What each entry pays, 0 on average, in a FAQ `without` these phrasings, shape (entries,)."""
        counted = np.isfinite(self.near) & ~np.isin(self.rows, list(without))
        counted &= np.cumsum(counted, axis=0) <= CROWD
        total = np.where(counted, self.near, 0).sum(axis=0)
        crowded = total / np.maximum(counted.sum(axis=0), 1)
        penalties: FloatArray = (PENALTY * (crowded - crowded.mean())).astype(np.float32)
        return penalties


def crowd(
    cosines: FloatArray,
    held_out: HeldOut,
    meanings: Sequence[Meaning],
    *,
    layout: Layout,
    weights: Weights,
    rows: IntArray,
) -> Crowd:
    """Of a FAQ whose rows have these `cosines` to each other, each phrasing asked of what was not learned from it.

    `rows[i]`: what the meanings call row i of the layout.
    """
    count = layout.phrasings
    owners = layout.owners[:count]
    closest, whole, prototype, meaning = weights.rank
    near: FloatArray = closest * np.maximum.reduceat(cosines[:count, :count], layout.firsts, axis=1)
    near += whole * cosines[:count, count:]
    for row, owner in enumerate(owners.tolist()):
        near[row] += prototype * held_out.scores(row, without=(row, count + owner))
    coverages = [each.between(rows[:count], rows[count:]) for each in meanings]
    near += meaning * sum(coverages[1:], start=coverages[0]).of_question
    return Crowd.of(near, owners)

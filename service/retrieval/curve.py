"""A monotone map from how well a match fits to how likely it is right: logistic regression held to a prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    DoubleArray = npt.NDArray[np.float64]

STEPS: Final = 50
SETTLED: Final = 1e-9
STEEPEST: Final = 30.0
"""Logits are held within this: beyond it a probability is 0 or 1 for every purpose."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Probability = 1 / (1 + exp(-(score * s + margin * m + offset))), of score and margin in the FAQ's own units.

    `score` and `margin` are never negative: a better match is never less likely to be right.
    """

    score: float
    margin: float
    offset: float

    def at(self, points: DoubleArray) -> DoubleArray:
        """`points` of shape (n, 2), score and margin; the probabilities have shape (n,)."""
        logits = points @ np.array([self.score, self.margin]) + self.offset
        probabilities: DoubleArray = 1 / (1 + np.exp(-logits.clip(-STEEPEST, STEEPEST)))
        return probabilities

    def moved(self, start: Curve, end: Curve, *, share: float) -> Curve:
        """This curve, moved by the `share` of the way from `start` to `end`."""
        return Curve(
            max(self.score + share * (end.score - start.score), 0.0),
            max(self.margin + share * (end.margin - start.margin), 0.0),
            self.offset + share * (end.offset - start.offset),
        )


def fit(points: DoubleArray, right: DoubleArray, weights: DoubleArray, *, prior: Curve, hold: float) -> Curve:
    """The most likely curve a posteriori, with each coefficient normal around the prior's with variance 1 / `hold`.

    `points` as for `Curve.at`; `right` is 1 or 0 and `weights` how many trials each counts for, shape (n,). A
    coefficient that would turn negative is 0 and the others are fitted again.
    """
    start = np.array([prior.score, prior.margin, prior.offset])
    inputs = np.column_stack([points, np.ones(len(points))])
    free = np.array([True, True, True])
    while True:
        coefficients = _descended(inputs, right, weights, start=start, free=free, hold=hold)
        negative = free & (coefficients < 0) & np.array([True, True, False])
        if not negative.any():
            return Curve(*coefficients.tolist())
        free &= ~negative


def _descended(
    inputs: DoubleArray,
    right: DoubleArray,
    weights: DoubleArray,
    *,
    start: DoubleArray,
    free: npt.NDArray[np.bool_],
    hold: float,
) -> DoubleArray:
    """The least loss over the `free` coefficients, the others being 0: Newton's method on a convex function.

    A step that would climb is halved until it does not: far from the minimum a whole one may overshoot for ever.
    """

    def loss(coefficients: DoubleArray) -> float:
        logits = inputs @ coefficients
        surprise = np.logaddexp(0, logits) - right * logits
        return float(weights @ surprise + hold / 2 * ((coefficients - start)[free] ** 2).sum())

    coefficients = np.where(free, start, 0.0)
    before = loss(coefficients)
    for _ in range(STEPS):
        probabilities = 1 / (1 + np.exp(-(inputs @ coefficients).clip(-STEEPEST, STEEPEST)))
        gradient = inputs.T @ (weights * (probabilities - right)) + hold * (coefficients - start)
        curvature = (inputs.T * (weights * probabilities * (1 - probabilities))) @ inputs + hold * np.eye(3)
        step = np.zeros(3)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
        while (after := loss(coefficients - step)) > before and np.abs(step).max() > SETTLED:
            step /= 2
        coefficients, before = coefficients - step, after
        if np.abs(step).max() <= SETTLED:
            break
    return coefficients

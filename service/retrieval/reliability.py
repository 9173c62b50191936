"""Whether confidences keep what they promise, and how sure a share is. Pure: numbers in, figures out."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BINS: Final = 15
"""As many as in the paper, so that an ECE of ours can be held against others'."""

NORMAL_95: Final = NormalDist().inv_cdf(0.975)

Claim: TypeAlias = tuple[float, bool]
"""A confidence in [0, 1] that something is so, and whether it was."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims with a confidence above `low` and up to `high`; the first bin has 0 too. Means of nothing are None."""

    low: float
    high: float
    count: int
    confidence: float | None
    right: float | None


def bins(claims: Iterable[Claim], *, count: int = BINS) -> tuple[Bin, ...]:
    """Claims in `count` bins of equal width: how sure they were in the mean, and how often they were right."""
    held: list[list[Claim]] = [[] for _ in range(count)]
    for claim in claims:
        held[max(0, ceil(claim[0] * count) - 1)].append(claim)
    return tuple(
        Bin(
            low=place / count,
            high=(place + 1) / count,
            count=len(each),
            confidence=fmean(confidence for confidence, _ in each) if each else None,
            right=fmean(right for _, right in each) if each else None,
        )
        for place, each in enumerate(held)
    )


def ece(claims: Sequence[Claim]) -> float | None:
    """Expected calibration error: how far confidence and truth are apart in a bin, in the mean over all claims.

    Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML 2017, with `BINS` bins of equal
    width. 0 is perfect; None of no claims.
    """
    if not claims:
        return None
    apart = (
        each.count * abs(each.confidence - each.right)
        for each in bins(claims)
        if each.confidence is not None and each.right is not None
    )
    return sum(apart) / len(claims)


def brier(claims: Sequence[Claim]) -> float | None:
    """The mean squared distance between confidence and truth, 0 the best; None of no claims."""
    return fmean((confidence - right) ** 2 for confidence, right in claims) if claims else None


def wilson(hits: int, count: int) -> tuple[float, float] | None:
    """Where the share that `hits` of `count` are a sample of lies with 95 % confidence (Wilson 1927); None of nothing.

    Unlike the textbook's interval it stays in [0, 1] and does not shrink to a point when all or none hit.
    """
    if not count:
        return None
    square = NORMAL_95**2
    middle = (hits + square / 2) / (count + square)
    half = NORMAL_95 / (count + square) * sqrt(hits * (count - hits) / count + square / 4)
    return (0.0 if hits == 0 else middle - half, 1.0 if hits == count else middle + half)

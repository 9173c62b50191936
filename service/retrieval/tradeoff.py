"""What other thresholds would do: every step between answering nothing and answering everything."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .evaluation import Outcome


@dataclass(frozen=True, slots=True)
class Point:
    """Were everything answered whose confidence reaches `threshold`: `answered` questions, so many of them rightly.

    `coverage` and `precision` mean what they mean in `Figures`; margins and guards are left out of account.
    """

    threshold: float
    answered: int
    coverage: float
    precision: float


def curve(outcomes: Iterable[Outcome]) -> tuple[Point, ...]:
    """A point for each confidence that occurs, the highest first; none where no question is in scope."""
    everything = list(outcomes)
    inside = sum(outcome.question.in_scope for outcome in everything)
    if not inside:
        return ()
    points = []
    answered = answered_inside = right = 0
    matched = sorted((outcome for outcome in everything if outcome.ids), key=_confidence, reverse=True)
    for threshold, equal in groupby(matched, key=_confidence):
        for outcome in equal:
            answered += 1
            answered_inside += outcome.question.in_scope
            right += outcome.right_within(1)
        points.append(Point(threshold, answered, answered_inside / inside, right / answered))
    return tuple(points)


def thinned(points: Sequence[Point], count: int) -> tuple[Point, ...]:
    """At most `count` (two or more) of the points, evenly spread, the first and the last among them."""
    if len(points) <= count:
        return tuple(points)
    return tuple(points[round(step * (len(points) - 1) / (count - 1))] for step in range(count))


def most_coverage(points: Iterable[Point], *, precision: float) -> Point | None:
    """The point that answers most while `precision` of its answers are right; None where there is none."""
    enough = (point for point in points if point.precision >= precision)
    return max(enough, key=lambda point: point.answered, default=None)


def _confidence(outcome: Outcome) -> float:
    return outcome.confidence

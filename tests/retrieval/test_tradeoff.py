"""What other thresholds would do."""

from __future__ import annotations

import pytest

from service.retrieval.tradeoff import Point, curve, most_coverage, thinned

from .labelled import outcome

FIVE = [
    outcome("a", "a b", 0.9),
    outcome("b", "a b", 0.7, "ask"),
    outcome("b", "b a", 0.7),
    outcome(None, "a", 0.4, "fallback"),
    outcome("c", "", 0.0, "fallback"),
]


def test_each_confidence_is_a_threshold_and_equal_ones_are_passed_together() -> None:
    assert curve(FIVE) == (
        Point(0.9, answered=1, coverage=1 / 4, precision=1.0),
        Point(0.7, answered=3, coverage=3 / 4, precision=2 / 3),
        Point(0.4, answered=4, coverage=3 / 4, precision=2 / 4),
    )


@pytest.mark.parametrize("outcomes", [[], [outcome(None, "a", 0.5)], [outcome("a", "", 0.0, "fallback")]])
def test_there_is_no_curve_without_a_question_or_a_match(outcomes: list[object]) -> None:
    assert curve(outcomes) == ()  # type: ignore[arg-type]


def test_of_many_points_the_ends_and_an_even_choice_stay() -> None:
    points = tuple(Point(1 - number / 100, number, number / 100, 1.0) for number in range(101))
    assert thinned(points, 200) == points
    assert [point.answered for point in thinned(points, 5)] == [0, 25, 50, 75, 100]


@pytest.mark.parametrize(("precision", "answered"), [(0.5, 4), (0.6, 3), (0.9, 1), (1.0, 1)])
def test_the_most_that_can_be_answered_at_a_precision(precision: float, answered: int) -> None:
    point = most_coverage(curve(FIVE), precision=precision)
    assert point is not None
    assert point.answered == answered


def test_no_threshold_may_be_precise_enough() -> None:
    assert most_coverage(curve([outcome("a", "b", 0.9)]), precision=0.5) is None

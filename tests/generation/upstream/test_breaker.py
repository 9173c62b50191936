"""When a target is left alone, and how it comes back."""

from __future__ import annotations

import pytest

from service.generation.upstream.breaker import Breaker
from service.generation.upstream.retry import RetryBudget


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def breaker(clock: Clock, seen: list[str]) -> Breaker:
    return Breaker(now=clock, changed=lambda state, why: seen.append(f"{state} {why}".strip()))


def fail(breaker: Breaker, times: int = 1, *, weight: int = 1) -> str:
    for _ in range(times):
        assert breaker.admit()
        breaker.failed("is failing (500)", weight=weight)
    return breaker.state


def test_five_failures_in_a_row_open_it_and_four_do_not(breaker: Breaker, seen: list[str]) -> None:
    """Fault 76, goal G5."""
    fail(breaker, 4)
    assert breaker.admit()
    breaker.succeeded()
    fail(breaker, 4)
    assert (breaker.state, seen) == ("closed", [])
    fail(breaker)
    assert (breaker.state, seen) == ("open", ["open is failing (500)"])


def test_nobody_is_let_through_while_it_is_open(breaker: Breaker, clock: Clock) -> None:
    """Goal G5: however long that is; a probe finds out, not a visitor."""
    fail(breaker, weight=5)
    clock.now += 86_400
    assert not breaker.admit()


@pytest.mark.parametrize(("weight", "failures"), [(1, 5), (3, 2), (5, 1)])
def test_a_failure_counts_for_what_it_costs(breaker: Breaker, weight: int, failures: int) -> None:
    """Faults 70, 71, 75, 79: what cannot get better by itself opens it at once, silence after the second."""
    assert fail(breaker, failures - 1, weight=weight) == "closed"
    assert fail(breaker, weight=weight) == "open"


def test_what_a_healthy_target_does_too_is_no_failure(breaker: Breaker) -> None:
    fail(breaker, 20, weight=0)
    assert breaker.state == "closed"


def test_it_comes_back_by_a_ramp(breaker: Breaker, seen: list[str]) -> None:
    """Fault 104: 500 are waiting, and 10, 20, 40 and 80 get through at once."""
    fail(breaker, weight=5)
    breaker.probed()
    for step in (10, 20, 40, 80):
        assert breaker.state == "probing"
        assert sum(breaker.admit() for _ in range(500)) == step
        for _ in range(step):
            breaker.succeeded()
    assert breaker.state == "closed"
    assert all(breaker.admit() for _ in range(500))
    assert seen == ["open is failing (500)", "probing", "closed"]


def test_one_failure_on_the_ramp_opens_it_again(breaker: Breaker) -> None:
    """Fault 104."""
    fail(breaker, weight=5)
    breaker.probed()
    fail(breaker)
    assert breaker.state == "open"
    assert not breaker.admit()


def test_a_visitor_who_left_gives_the_place_on_the_ramp_back(breaker: Breaker) -> None:
    fail(breaker, weight=5)
    breaker.probed()
    for _ in range(30):
        assert breaker.admit()
        breaker.left()


def test_answers_that_began_before_it_opened_say_nothing_more(breaker: Breaker, seen: list[str]) -> None:
    assert all(breaker.admit() for _ in range(8))
    for _ in range(8):
        breaker.failed("is failing (500)")
    assert seen == ["open is failing (500)"]


@pytest.mark.parametrize(("asked", "kept"), [(3.0, 3.0), (300.0, 300.0), (86_400.0, 600.0), (0.0, 0.0)])
def test_a_pause_that_was_asked_for_is_kept_up_to_ten_minutes(
    breaker: Breaker, clock: Clock, asked: float, kept: float
) -> None:
    """Faults 72, 73."""
    breaker.cool(asked)
    assert breaker.cooling_seconds == kept
    clock.now += kept
    assert breaker.cooling_seconds == 0


def test_a_shorter_pause_does_not_end_a_longer_one(breaker: Breaker) -> None:
    breaker.cool(300.0)
    breaker.cool(1.0)
    assert breaker.cooling_seconds == 300


def test_second_attempts_are_a_fifth_of_the_requests_at_most(clock: Clock) -> None:
    """Goal G4: 50 requests a second for five minutes, half of them failing."""
    budget, retries = RetryBudget(now=clock), 0
    for number in range(15_000):
        budget.first_attempt()
        retries += number % 2 == 0 and budget.take()
        clock.now += 0.02
    assert 0.1 < retries / 15_000 <= 0.2


def test_a_shop_with_few_visitors_always_has_a_second_attempt(clock: Clock) -> None:
    budget = RetryBudget(now=clock)
    for _ in range(100):
        budget.first_attempt()
        assert budget.take()
        clock.now += 30

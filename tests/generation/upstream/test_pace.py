"""How long an answer may take to begin, from how long the last ones took."""

from __future__ import annotations

import pytest

from service.generation.upstream.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def learnt(*times: float, clock: Clock | None = None, probe: bool = False) -> Pace:
    pace = Pace(now=clock or Clock())
    for seconds in times:
        pace.began(seconds, probe=probe)
    return pace


def first(pace: Pace) -> float:
    return pace.first_seconds(least=1.8, most=8.0)


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ([], 8.0),
        ([0.05], 1.8),
        ([1.0], 3.0),
        ([1.0] * 7, 3.0),
        ([1.0] * 8, 2.0),
        ([0.2] * 7 + [1.5], 3.0),
        ([1.5] + [0.2] * 63, 3.0),
        ([1.5] + [0.2] * 64, 1.8),
        ([5.0] * 8, 8.0),
    ],
)
def test_it_is_twice_the_longest_of_the_last_sixty_four(times: list[float], seconds: float) -> None:
    """Faults 79, 80: of fewer than eight three times, and always between the least and the most."""
    assert first(learnt(*times)) == seconds


def test_what_was_too_short_is_doubled_until_a_visitor_is_answered() -> None:
    """Faults 79, 80: probes are answered sooner than questions, so they do not undo it."""
    pace = learnt(*[1.0] * 8)
    pace.was_too_short()
    assert first(pace) == 4.0
    pace.began(0.1, probe=True)
    assert first(pace) == 4.0
    pace.was_too_short()
    assert first(pace) == 8.0
    pace.began(3.0)
    assert first(pace) == 6.0


def test_a_probe_teaches_that_a_target_became_slower() -> None:
    assert first(learnt(2.0, probe=True)) == 6.0


@pytest.mark.parametrize(("quiet_seconds", "seconds"), [(300, 1.8), (301, 8.0)])
def test_after_five_quiet_minutes_nothing_is_known(quiet_seconds: float, seconds: float) -> None:
    """A server that unloads its model says nothing while it loads it again."""
    clock = Clock()
    pace = learnt(*[0.1] * 8, clock=clock)
    clock.now += quiet_seconds
    assert first(pace) == seconds


def test_what_was_learnt_before_a_quiet_time_does_not_come_back() -> None:
    clock = Clock()
    pace = learnt(*[4.0] * 8, clock=clock)
    clock.now += 301
    pace.began(0.1)
    assert first(pace) == 1.8

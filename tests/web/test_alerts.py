"""Alerts, by a clock that the test turns."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.conversation.store import Answer
from service.web.alerts import ENOUGH, KEPT, WINDOW_SECONDS, Alerts

GOOD = Answer("안녕하세요", "model", "complete", first_text_ms=400.0)
SLOW = replace(GOOD, first_text_ms=9_000.0)
CUT_OFF = replace(GOOD, end="interrupted", error="UpstreamInterrupted")
DECLINED = Answer("…", "suggest", "complete", error="UpstreamUnavailable", first_text_ms=400.0)
GAVE_UP = Answer("", "suggest", "abandoned", total_ms=8_000.0)
FROM_FAQ = Answer("3,000원", "faq", "complete", first_text_ms=2.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def told(alerts: Alerts, *answers: Answer) -> list[tuple[str, str]]:
    """What the log says at the next look."""
    with capture_logs() as lines:
        for answer in answers:
            alerts.answered(answer)
        alerts.check()
        alerts.check()
    return [(line["event"], line["alert"]) for line in lines]


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        ([GOOD] * 100, []),
        ([GOOD] * 19 + [SLOW], []),  # one of twenty is the 95th percentile's last
        ([GOOD] * 18 + [SLOW] * 2, ["slow_first_text"]),
        ([SLOW] * (ENOUGH - 1), []),
        ([SLOW] * ENOUGH, ["slow_first_text"]),
        ([replace(SLOW, first_text_ms=5_000.0)] * ENOUGH, []),  # the limit itself is not over it
        ([replace(SLOW, first_text_ms=5_001.0)] * ENOUGH, ["slow_first_text"]),
        ([FROM_FAQ] * 100 + [SLOW] * 5, []),
        ([GOOD] * 18 + [CUT_OFF] * 2, []),
        ([GOOD] * 17 + [CUT_OFF] * 3, ["completions_failing"]),
        ([GOOD] * 17 + [DECLINED] * 3, ["completions_failing"]),
        ([CUT_OFF] * (ENOUGH - 1), []),
        ([FROM_FAQ] * 1_000 + [CUT_OFF] * ENOUGH, ["completions_failing"]),
        ([replace(GOOD, end="abandoned")] * 40, []),
        ([GOOD] * 18 + [GAVE_UP] * 2, ["slow_first_text"]),  # who waits no longer is no proof of speed
        ([replace(GAVE_UP, total_ms=4_000.0)] * 40, []),
        ([replace(GOOD, end="failed", error="content_filter", first_text_ms=None)] * 40, []),
        ([replace(CUT_OFF, first_text_ms=9_000.0)] * ENOUGH, ["completions_failing", "slow_first_text"]),
    ],
)
def test_an_alert_is_raised_from_its_limit_on_and_once(answers: list[Answer], raised: list[str]) -> None:
    alerts = Alerts(clock=Clock())
    assert sorted(told(alerts, *answers)) == [("alert_raised", alert) for alert in raised]
    assert alerts.raised == raised
    assert told(alerts) == []


def test_its_line_has_the_figures() -> None:
    alerts = Alerts(clock=Clock())
    with capture_logs() as lines:
        for answer in [GOOD] * 30 + [CUT_OFF] * 10:
            alerts.answered(answer)
        alerts.check()
    expected: dict[str, Any] = {
        "event": "alert_raised",
        "log_level": "warning",
        "alert": "completions_failing",
        "error_rate": 0.25,
        "limit": 0.1,
        "answers": 40,
        "window_seconds": WINDOW_SECONDS,
    }
    assert lines == [expected]


def test_it_is_cleared_once_and_only_well_below_its_limit() -> None:
    alerts = Alerts(clock=Clock())
    assert told(alerts, *[GOOD] * 80, *[CUT_OFF] * 20) == [("alert_raised", "completions_failing")]
    assert told(alerts, *[GOOD] * 110) == []  # 9.5 %
    assert told(alerts, *[GOOD] * 40) == [("alert_cleared", "completions_failing")]  # 8 %
    assert told(alerts, *[GOOD] * 10) == []
    assert told(alerts, *[CUT_OFF] * 20) == [("alert_raised", "completions_failing")]


def test_it_is_cleared_when_the_window_has_passed() -> None:
    clock = Clock()
    alerts = Alerts(clock=clock)
    assert told(alerts, *[SLOW] * 20) == [("alert_raised", "slow_first_text")]
    clock.now += WINDOW_SECONDS - 1
    assert told(alerts) == []
    clock.now += 1
    assert told(alerts) == [("alert_cleared", "slow_first_text")]


def test_old_answers_do_not_count() -> None:
    clock = Clock()
    alerts = Alerts(clock=clock)
    for _ in range(40):
        assert told(alerts, SLOW) == []
        clock.now += WINDOW_SECONDS / (ENOUGH - 1)


def test_a_breaker_is_told_once_until_it_is_closed_again() -> None:
    clock = Clock()
    alerts = Alerts(clock=clock)
    with capture_logs() as lines:
        for state in ("open", "probing", "open", "probing", "closed", "closed"):
            alerts.breaker_changed("primary", state)
            clock.now += 10
        alerts.breaker_changed("second", "open")
    assert [(line["event"], line["target"]) for line in lines] == [
        ("alert_raised", "primary"),
        ("alert_cleared", "primary"),
        ("alert_raised", "second"),
    ]
    assert lines[1]["open_seconds"] == 40
    assert alerts.raised == ["breaker_open"]


@pytest.mark.parametrize(("slow_seconds", "raised"), [(8.9, ["slow_first_text"]), (9.1, [])])
def test_limits_can_be_set(slow_seconds: float, raised: list[str]) -> None:
    alerts = Alerts(slow_seconds=slow_seconds, clock=Clock())
    told(alerts, *[SLOW] * ENOUGH)
    assert alerts.raised == raised


def test_a_crowd_does_not_fill_the_memory() -> None:
    alerts = Alerts(clock=Clock())
    for _ in range(KEPT + 100):
        alerts.answered(SLOW)
    with capture_logs() as lines:
        alerts.check()
    assert lines[0]["answers"] == KEPT


async def test_somebody_looks_while_the_service_runs() -> None:
    looked = asyncio.Event()

    class Seen(Clock):
        def __call__(self) -> float:
            looked.set()
            return super().__call__()

    alerts = Alerts(clock=Seen())
    with capture_logs() as lines:
        async with asyncio.timeout(10), alerts.watching(every_seconds=0.001):
            for _ in range(ENOUGH):
                alerts.answered(SLOW)
            looked.clear()
            await looked.wait()
    assert [line["alert"] for line in lines] == ["slow_first_text"]

"""What the operator should hear of at once, as lines in the log: each is raised once, and cleared once."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Literal

import structlog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from ..conversation.store import Answer
    from ..generation.completion import Attempt

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 300.0
ENOUGH = 20
"""Fewer answers in the window say nothing about a share or a percentile."""

CALM = 0.8
"""An alert is cleared at this share of its limit: a figure that hovers about the limit must not ring all day."""

LOOK_SECONDS = 5.0
KEPT = 20_000
"""Answers kept for the window at most, the newest: 66 a second."""

NO_FAILURES = {"content_filter", "BudgetSpent"}
"""The provider worked and took its words back, or was not asked because the day's budget is spent."""


class Window:
    """What happened in the last `WINDOW_SECONDS`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def add(self, value: float) -> None:
        self._seen.append((self._clock(), value))

    def values(self) -> Sequence[float]:
        began = self._clock() - WINDOW_SECONDS
        while self._seen and self._seen[0][0] <= began:
            self._seen.popleft()
        return [value for _, value in self._seen]


class Alerts:
    """Looks at what answers and breakers do. Slow and failing look at answers for which a model was asked."""

    def __init__(
        self, *, slow_seconds: float = 5.0, error_rate: float = 0.1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._slow_seconds = slow_seconds
        self._error_rate = error_rate
        self._clock = clock
        self._first_text = Window(clock)
        self._failures = Window(clock)
        self._raised: set[str] = set()
        self._open_since: dict[str, float] = {}

    @property
    def raised(self) -> Sequence[str]:
        """The alerts that hold, in order of their names."""
        return sorted(self._raised | ({"breaker_open"} if self._open_since else set()))

    def answered(self, answer: Answer) -> None:
        if answer.end == "abandoned" and answer.first_text_ms is None:
            self._gave_up((answer.total_ms or 0.0) / 1000)
            return
        failed = answer.end in {"interrupted", "failed"} or answer.error is not None
        if answer.source != "model" and not failed:
            return
        self._failures.add(failed and answer.error not in NO_FAILURES)
        if answer.first_text_ms is not None:
            self._first_text.add(answer.first_text_ms / 1000)

    def _gave_up(self, seconds: float) -> None:
        """Somebody left before the first text: where that took longer than it may, it did. Else nobody knows."""
        if seconds > self._slow_seconds:
            self._first_text.add(seconds)

    def attempted(self, attempt: Attempt) -> None:
        """A failed attempt that the second one made good is none that visitors notice."""

    def breaker_changed(self, target: str, state: Literal["closed", "open", "probing"]) -> None:
        if state == "open" and target not in self._open_since:
            self._open_since[target] = self._clock()
            log.warning("alert_raised", alert="breaker_open", target=target)
        elif state == "closed" and target in self._open_since:
            seconds = self._clock() - self._open_since.pop(target)
            log.info("alert_cleared", alert="breaker_open", target=target, open_seconds=round(seconds, 1))

    def check(self) -> None:
        """Raise and clear by what the window holds now."""
        first, failures = self._first_text.values(), self._failures.values()
        self._judge("slow_first_text", _p95(first), len(first), self._slow_seconds, unit="p95_seconds")
        rate = sum(failures) / len(failures) if failures else 0.0
        self._judge("completions_failing", rate, len(failures), self._error_rate, unit="error_rate")

    @asynccontextmanager
    async def watching(self, *, every_seconds: float = LOOK_SECONDS) -> AsyncIterator[None]:
        """Check again and again while the block runs."""
        task = asyncio.create_task(self._watch(every_seconds), name="alerts")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self, every_seconds: float) -> None:
        while True:
            await asyncio.sleep(every_seconds)
            self.check()

    def _judge(self, alert: str, figure: float, answers: int, limit: float, *, unit: str) -> None:
        told = {unit: round(figure, 3), "limit": limit, "answers": answers, "window_seconds": WINDOW_SECONDS}
        if alert not in self._raised and answers >= ENOUGH and figure > limit:
            self._raised.add(alert)
            log.warning("alert_raised", alert=alert, **told)
        elif alert in self._raised and figure <= limit * CALM:
            self._raised.discard(alert)
            log.info("alert_cleared", alert=alert, **told)


def _p95(values: Sequence[float]) -> float:
    """The value that 95 % do not exceed; 0 of nothing."""
    return sorted(values)[math.ceil(len(values) * 0.95) - 1] if values else 0.0

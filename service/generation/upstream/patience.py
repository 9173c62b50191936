"""How long to wait for an answer, and for each next piece of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .fault import Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from .pace import Pace

T = TypeVar("T")

SILENCE_WEIGHT = 3
"""A silent endpoint costs a visitor far more than one that fails, so two silences in a row open a breaker."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """All in seconds.

    `connect` is for reaching an endpoint, TLS included, and `reach` for all of that together in one question; `first`
    for an attempt to begin its answer, half of it where another target could answer instead, and for another attempt
    to begin at all, counted from the question. Where a target's last answers began sooner, `Pace` makes `first` as
    short as `quick`, which all silences of one question share: half of it where another target could answer, or where
    one has been waited for. `between` is for the time from one sign of the model to the next, of which comments and
    empty pieces are none; `tail` for what follows the last word; `total` for everything together. `pause` is about how
    long to wait before a second attempt, `probe` the time from one look at a dead endpoint to the next.
    """

    connect: float = 1.5
    reach: float = 1.9
    first: float = 8.0
    quick: float = 1.8
    between: float = 10.0
    tail: float = 1.0
    total: float = 30.0
    pause: float = 0.3
    probe: float = 10.0


class Patience:
    """The deadlines of one question, by a clock that nobody sets. All attempts share the total."""

    def __init__(self, deadlines: Deadlines) -> None:
        loop = asyncio.get_running_loop()
        self._deadlines = deadlines
        self._loop = loop
        self._now = loop.time
        self._began = self._now()
        self._until = self._began
        self._last = self._began + deadlines.total
        self._attempt_began = self._began
        self._reach = deadlines.reach
        self._alarm: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._over = False
        self._said = False
        self.began_seconds: float | None = None
        """How long the model took to give its first sign in this attempt; None before it."""

    @property
    def connect_seconds(self) -> float:
        """How long the next attempt may take to reach its endpoint."""
        return min(self._deadlines.connect, self._reach)

    def unreached(self, seconds: float) -> None:
        """So long was tried in vain to reach an endpoint."""
        self._reach = max(0.1, self._reach - seconds)

    def attempt(self, pace: Pace | None = None, *, alone: bool = True) -> None:
        """Another attempt begins now, at a target of this `pace`; `alone` when nobody could answer instead."""
        self._attempt_began, self.began_seconds = self._now(), None
        first, quick = self._deadlines.first, self._deadlines.quick
        most = first if alone else first / 2
        waited = self._attempt_began - self._began if alone else quick
        self._allow(pace.first_seconds(least=max(quick - waited, quick / 2), most=most) if pace else most)

    def moved(self, *, said: bool = False, whole: bool = False) -> None:
        """The model has just done something; `said` when words of its answer can be seen by now.

        Of a `whole` answer only its count and its end may still come.
        """
        self._said = said
        now = self._now()
        if self.began_seconds is None:
            self.began_seconds = now - self._attempt_began
        self._until = min(now + (self._deadlines.tail if whole else self._deadlines.between), self._last)

    def lasts(self, seconds: float) -> bool:
        """Whether another attempt may begin so many seconds from now."""
        return self._now() + seconds < self._began + self._deadlines.first

    async def wait_for(self, step: Awaitable[T]) -> T:
        """What `step` gives. Raises `Fault` when it takes too long.

        The same as `asyncio.timeout_at`, with one timer for a whole answer instead of one for each of its pieces.
        """
        task = self._waiting = asyncio.current_task(self._loop)  # unasked, it finds the loop by a system call
        assert task is not None
        cancelling = task.cancelling()
        if self._alarm is None or self._alarm.when() > self._until:
            self._set_alarm()
        try:
            return await step
        except asyncio.CancelledError:
            if self._over and task.uncancel() <= cancelling:
                self._over = False
                if self._said and self._until >= self._last:
                    raise Fault("took too long for all of its answer", again=False) from None  # slow, and not dead
                raise Fault("was silent for too long", again=False, weight=SILENCE_WEIGHT) from None
            raise
        finally:
            self._waiting = None

    def close(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _set_alarm(self) -> None:
        self.close()
        self._alarm = self._loop.call_at(self._until, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._waiting is None:
            return
        if self._now() < self._until:
            self._set_alarm()
            return
        self._over = True
        self._waiting.cancel()

    def _allow(self, seconds: float) -> None:
        self._until = min(self._now() + seconds, self._last)

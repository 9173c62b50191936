"""How long to wait for an answer, and for each next piece of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .fault import Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """All in seconds.

    `connect` is for reaching the endpoint, TLS included; `first` for an attempt to begin its answer, and for a second
    attempt to begin at all, counted from the question; `between` for the time from one sign of the model to the next,
    of which comments and empty pieces are none; `tail` for what follows the last word; `total` for everything together.
    `pause` is about how long to wait before a second attempt.
    """

    connect: float = 3.0
    first: float = 8.0
    between: float = 10.0
    tail: float = 1.0
    total: float = 30.0
    pause: float = 0.3


class Patience:
    """The deadlines of one question, by a clock that nobody sets. All attempts share the total."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._now = asyncio.get_running_loop().time
        self._began = self._now()
        self._until = self._began

    def attempt(self) -> None:
        """Another attempt begins now."""
        self._allow(self._deadlines.first)

    def moved(self) -> None:
        """The model has just done something."""
        self._allow(self._deadlines.between)

    def finishing(self) -> None:
        """The answer is whole; only its count and its end may still come."""
        self._allow(self._deadlines.tail)

    def lasts(self, seconds: float) -> bool:
        """Whether a second attempt may begin so many seconds from now."""
        return self._now() + seconds < self._began + self._deadlines.first

    async def wait_for(self, step: Awaitable[T]) -> T:
        """What `step` gives. Raises `Fault` when it takes too long."""
        try:
            async with asyncio.timeout_at(self._until):
                return await step
        except TimeoutError:
            raise Fault("was silent for too long") from None

    def _allow(self, seconds: float) -> None:
        self._until = min(self._now() + seconds, self._began + self._deadlines.total)

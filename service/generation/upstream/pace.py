"""How long a target may take to begin an answer, learnt from those it has begun, so that a silence is given up sooner.

A model that thinks and a provider that hangs look the same until something comes. TCP has the same question about a
segment that was not acknowledged, and RFC 6298 answers it: wait some multiple of what it took lately, never less than a
floor, be careful with a first measurement, and double the time when it was too short.

What this cannot know: a question that takes more than twice as long as any of the last ones is given up. A target that
loads its model anew after idling says nothing before it has, so what was learnt is forgotten after five quiet minutes.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED = 64
FEW = 8
MULTIPLE = 2.0
MULTIPLE_OF_FEW = 3.0
"""As for the first measurement in RFC 6298: fewer than eight say little about the longest."""
FORGOTTEN_SECONDS = 300.0
"""The time after which Ollama unloads a model that nobody asks."""


class Pace:
    """The times that the last 64 answers took to begin. `now` is a clock that nobody sets; all times are seconds."""

    def __init__(self, *, now: Callable[[], float]) -> None:
        self._now = now
        self._times: deque[float] = deque(maxlen=REMEMBERED)
        self._learnt_at = now()
        self._caution = 1.0

    def began(self, seconds: float, *, probe: bool = False) -> None:
        """An answer took so long to begin. A probe's is worth less: its question is the shortest there is."""
        self._forget_after_quiet()
        self._times.append(seconds)
        self._learnt_at = self._now()
        if not probe:
            self._caution = 1.0

    def was_too_short(self) -> None:
        """The target was taken for dead. Whether it was, the next answers show: until then, wait twice as long."""
        self._caution *= 2

    def first_seconds(self, *, least: float, most: float) -> float:
        """How long the next answer may take to begin: `most` as long as nothing is known."""
        self._forget_after_quiet()
        if not self._times:
            return most
        multiple = MULTIPLE if len(self._times) >= FEW else MULTIPLE_OF_FEW
        return min(most, max(least, multiple * max(self._times)) * self._caution)

    def _forget_after_quiet(self) -> None:
        if self._now() - self._learnt_at > FORGOTTEN_SECONDS:
            self._times.clear()

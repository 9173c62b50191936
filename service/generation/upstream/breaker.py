"""Whether a target is worth asking: not while it is dead, has asked for a pause, or is just coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

State: TypeAlias = Literal["closed", "open", "probing"]

FAILURES = 5
FIRST_RAMP = 10
LAST_RAMP = 80
MAX_COOLING_SECONDS = 600.0


class Breaker:
    """Counts failures in a row; opens after five, and at once where trying again cannot help.

    While it is open nobody is let through: whether the target is back is for a probe to find out, so that no visitor
    waits for it. After a good one a ramp lets 10 through at once, then 20, 40, 80 as each step's worth has succeeded,
    and any failure on it opens the breaker again. `now` is a clock that nobody sets, in seconds.

    Every `admit` that was true is followed by exactly one of `succeeded`, `failed` and `left`.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float],
        changed: Callable[[State, str], None] = lambda _state, _why: None,
    ) -> None:
        self.state: State = "closed"
        self.why = ""
        self.refused = False
        self._now = now
        self._changed = changed
        self._failures = 0
        self._under_way = 0
        self._ramp = 0
        self._good = 0
        self._cool_until = now()

    @property
    def cooling_seconds(self) -> float:
        """How long the target has asked everybody to leave it alone; 0 when it has not."""
        return max(0.0, self._cool_until - self._now())

    def admit(self) -> bool:
        """Takes a place for one attempt, if there is one."""
        if self.state == "open" or (self.state == "probing" and self._under_way >= self._ramp):
            return False
        self._under_way += 1
        return True

    def cool(self, seconds: float) -> None:
        """The target wants to be left alone; believed for 600 seconds at most, and never shortened."""
        self._cool_until = max(self._cool_until, self._now() + min(seconds, MAX_COOLING_SECONDS))

    def succeeded(self) -> None:
        self._under_way -= 1
        self._failures = 0
        if self.state != "probing":
            return
        self._good += 1
        if self._good >= self._ramp:
            self._ramp, self._good = self._ramp * 2, 0
            if self._ramp > LAST_RAMP:
                self._become("closed", "")

    def failed(self, why: str, *, weight: int = 1, refused: bool = False) -> None:
        """`weight` says how many failures this one counts for; 0 says nothing about the target's health."""
        self._under_way -= 1
        if not weight or self.state == "open":
            return
        self._failures += weight
        if self._failures >= FAILURES or self.state == "probing":
            self.refused = refused
            self._become("open", why)

    def left(self) -> None:
        """The visitor did not wait for how it ended."""
        self._under_way -= 1

    def probed(self) -> None:
        """A probe was answered: visitors may come back, a few at first."""
        self._failures, self._ramp, self._good = 0, FIRST_RAMP, 0
        self.refused = False
        self._become("probing", "")

    def _become(self, state: State, why: str) -> None:
        self.state, self.why = state, why
        self._changed(state, why)

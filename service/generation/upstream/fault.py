"""What makes one attempt at a completion fail, and what that says about the target."""

from __future__ import annotations

from ...errors import UpstreamError

AT_ONCE = 5
"""A weight that opens a breaker by itself."""


class Fault(UpstreamError):
    """An attempt failed. With `again`, a second one may do better, `wait_seconds` from now at the earliest.

    The message is what the endpoint did, as the rest of a sentence that begins with its name, and in our words only:
    nothing a provider wrote is in it. Outside this package a fault is an `UpstreamRefused`, `UpstreamUnavailable` or
    `UpstreamInterrupted`. `weight` is how many failures it counts for in the breaker; what a healthy endpoint does
    too counts for none, which is so where `again` is false unless another weight is given. With `refused` somebody has
    to change something before it can work; with `alarm` that is the operator, now.
    """

    def __init__(
        self,
        message: str,
        *,
        again: bool = True,
        wait_seconds: float | None = None,
        weight: int | None = None,
        refused: bool = False,
        alarm: bool = False,
    ) -> None:
        super().__init__(message)
        self.again = again
        self.wait_seconds = wait_seconds
        self.weight = int(again) if weight is None else weight
        self.refused = refused
        self.alarm = alarm

"""What makes one attempt at a completion fail, and whether another attempt may help."""

from __future__ import annotations

from ...errors import UpstreamError


class Fault(UpstreamError):
    """An attempt failed. With `again`, a second one may do better, `wait_seconds` from now at the earliest.

    The message is what the endpoint did, as the rest of a sentence that begins with its name, and in our words only:
    nothing a provider wrote is in it. Outside this package a fault is `UpstreamUnavailable` or `UpstreamInterrupted`.
    """

    def __init__(self, message: str, *, again: bool = True, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.again = again
        self.wait_seconds = wait_seconds

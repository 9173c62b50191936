"""What a provider allows a minute, kept on our side: waiting a moment is cheaper than being refused."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ...errors import UpstreamUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 2.0
BURST_SHARE = 6
"""A sixth of a minute's allowance may be used at once; the rest is spread, so that no minute holds more than all."""


class Bucket:
    """Fills evenly. `per_minute` is what any 60 seconds may hold; one request larger than the bucket takes it whole."""

    def __init__(self, per_minute: int, *, now: float) -> None:
        self._size = max(1.0, per_minute / BURST_SHARE)
        self._per_second = max(per_minute - self._size, 1.0) / 60
        self._level = self._size
        self._at = now

    def wait_seconds(self, amount: float, *, now: float) -> float:
        """How long until `amount` is there, behind everything that was taken before."""
        level = min(self._size, self._level + (now - self._at) * self._per_second)
        return max(0.0, (min(amount, self._size) - level) / self._per_second)

    def take(self, amount: float, *, now: float) -> None:
        """May leave a debt, which those who come later wait for."""
        self._level = min(self._size, self._level + (now - self._at) * self._per_second) - amount
        self._at = now


class Limiter:
    """At most `rpm` requests and `tpm` tokens a minute, first come, first served, in this process."""

    def __init__(
        self,
        *,
        rpm: int | None = None,
        tpm: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._requests = Bucket(rpm, now=clock()) if rpm else None
        self._tokens = Bucket(tpm, now=clock()) if tpm else None
        self._clock = clock
        self._sleep = sleep

    async def admit(self, tokens: int) -> None:
        """Returns when a request with so many tokens, asked and allowed together, may go out.

        Places are given in the order of the calls; one that is further than two seconds away is not waited for.
        Raises `UpstreamUnavailable` then, at once.
        """
        now = self._clock()
        wants = [(bucket, n) for bucket, n in ((self._requests, 1), (self._tokens, tokens)) if bucket]
        wait_seconds = max((bucket.wait_seconds(n, now=now) for bucket, n in wants), default=0.0)
        if wait_seconds > PATIENCE_SECONDS:
            raise UpstreamUnavailable("The requests or tokens a minute that the endpoint allows are used up for now.")
        for bucket, n in wants:
            bucket.take(n, now=now)
        if wait_seconds > 0:
            await self._sleep(wait_seconds)

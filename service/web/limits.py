"""How often a visitor may ask."""

from __future__ import annotations

import math
import time
from collections import deque
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from ..errors import VisitorError

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_SECONDS = 60.0


class VisitorLimit:
    """At most so many questions in any minute for each visitor, counted in this process by a clock nobody sets."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._asked: dict[str, deque[float]] = {}
        self._swept_at = clock()

    def spend(self, address: str | None) -> None:
        """Count one question. Raises `VisitorError` with the seconds to wait when it is one too many."""
        self.spend_as(visitor_key(address))

    def spend_as(self, key: str) -> None:
        """The same for whoever is known by another name than an address."""
        now = self._clock()
        self._sweep(now)
        asked = self._asked.setdefault(key, deque())
        while asked and asked[0] <= now - WINDOW_SECONDS:
            asked.popleft()
        if len(asked) >= self._per_minute:
            raise VisitorError(
                "too_many_questions",
                "Too many questions in a short time. Please wait a moment.",
                status=429,
                retry_after_seconds=math.ceil(asked[0] + WINDOW_SECONDS - now) or 1,
            )
        asked.append(now)

    def _sweep(self, now: float) -> None:
        """Once a minute, forget visitors who have not asked in it."""
        if now - self._swept_at < WINDOW_SECONDS:
            return
        self._swept_at = now
        self._asked = {key: asked for key, asked in self._asked.items() if asked[-1] > now - WINDOW_SECONDS}


def visitor_key(address: str | None) -> str:
    """One visitor: an IPv4 address, or an IPv6 /64, which is what one household is given."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)

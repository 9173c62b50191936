"""How often a visitor may ask."""

from __future__ import annotations

import math
import time
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ..errors import VisitorError


class VisitorLimit:
    """At most so many questions a minute for each visitor, counted in this process."""

    def __init__(self, per_minute: int) -> None:
        self._rate = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def spend(self, address: str | None) -> None:
        """Count one question. Raises `VisitorError` with the seconds to wait when it is one too many."""
        visitor = visitor_key(address)
        if self._limiter.hit(self._rate, visitor):
            return
        wait = self._limiter.get_window_stats(self._rate, visitor).reset_time - time.time()
        raise VisitorError(
            "too_many_questions",
            "Too many questions in a short time. Please wait a moment.",
            status=429,
            retry_after_seconds=max(1, math.ceil(wait)),
        )


def visitor_key(address: str | None) -> str:
    """One visitor: an IPv4 address, or an IPv6 /64, which is what one household is given."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)

"""When a second attempt may begin, and how many may be made in all."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

RETRIES_A_REQUEST = 0.15
SECONDS_A_RETRY = 30.0
MAX_SAVED_RETRIES = 10.0


class RetryBudget:
    """Second attempts at one target: a share of the first ones, so that a failing target is not asked twice as much.

    Ten are there at the start, and one comes back every 30 seconds, so that a shop with few visitors has them too.
    """

    def __init__(self, *, now: Callable[[], float]) -> None:
        self._now = now
        self._saved = MAX_SAVED_RETRIES
        self._counted_at = now()

    def first_attempt(self) -> None:
        self._save(RETRIES_A_REQUEST)

    def take(self) -> bool:
        """Whether there is a second attempt left; it is then taken."""
        self._save(0.0)
        if self._saved < 1:
            return False
        self._saved -= 1
        return True

    def _save(self, share: float) -> None:
        now = self._now()
        share += (now - self._counted_at) / SECONDS_A_RETRY
        self._saved, self._counted_at = min(MAX_SAVED_RETRIES, self._saved + share), now


def retry_after_seconds(header: str | None, *, now: datetime) -> float | None:
    """What a `Retry-After` header asks for: seconds or a date. None when it is missing, past or nonsense."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _seconds_until(header, now=now)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _seconds_until(date: str, *, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()

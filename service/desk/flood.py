"""Telling the team that someone waits, so that a flood is one line and not a thousand (T33)."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conversation.store import Escalation

log = structlog.get_logger(__name__)

HOUR_SECONDS: Final = 3600.0


class Notices:
    """A log line for each new escalation, up to `an_hour` of them; from there one digest for every further `an_hour`.

    Nothing is refused here: many visitors may have a good reason at once. How often one of them may call is the
    store's to keep.
    """

    def __init__(self, an_hour: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._an_hour = an_hour
        self._clock = clock
        self._lately: deque[tuple[float, str]] = deque()
        self._held_back = 0

    def raised(self, escalation: Escalation) -> None:
        """A new escalation is on disk."""
        now = self._clock()
        while self._lately and self._lately[0][0] <= now - HOUR_SECONDS:
            self._lately.popleft()
        reason = escalation.reason.partition(": ")[0]  # after it stand the visitor's own words
        self._lately.append((now, reason))
        if len(self._lately) <= self._an_hour:
            self._held_back = 0
            log.info("escalation_waiting", escalation_id=escalation.id, reason=reason)
            return
        self._held_back += 1
        if self._held_back % self._an_hour == 1 or self._an_hour == 1:
            reasons = dict(Counter(reason for _, reason in self._lately).most_common(5))
            log.warning("many_escalations", in_the_last_hour=len(self._lately), reasons=reasons)

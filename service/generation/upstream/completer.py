"""Any OpenAI-compatible `/chat/completions` as a `Completer`, with another behind it."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...errors import UpstreamInterrupted, UpstreamRefused, UpstreamUnavailable
from ..completion import Unobserved
from .bulkhead import Bulkhead
from .fault import Fault
from .lane import Lane
from .patience import Deadlines, Patience

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    import httpx2

    from ..completion import CompletionRequest, Observer, Piece
    from .breaker import State
    from .target import Target

ATTEMPTS_A_TARGET = 2


class OpenAICompleter:
    """Asks the first target, then the next: at most two attempts each, and another only before any text.

    A target whose breaker is open is not asked at all, so a dead one costs a visitor nothing.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        deadlines: Deadlines | None = None,
        bulkhead: Bulkhead | None = None,
        observer: Observer | None = None,
        http_client: httpx2.AsyncClient | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.model = targets[0].model
        self._deadlines = deadlines or Deadlines()
        self._bulkhead = bulkhead or Bulkhead()
        self._lanes = [
            Lane(
                target,
                deadlines=self._deadlines,
                observer=observer or Unobserved(),
                clock=clock,
                now=now,
                places=self._bulkhead.places,
                client=http_client,
            )
            for target in targets
        ]

    @property
    def states(self) -> Mapping[str, State]:
        """The breaker of each target, by the target's name."""
        return {lane.target.name: lane.breaker.state for lane in self._lanes}

    async def close(self) -> None:
        """Close the connections to the providers, and stop asking whether they are back."""
        for lane in self._lanes:
            await lane.close()

    async def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        """See `Completer.stream`."""
        async with self._bulkhead:
            patience = Patience(self._deadlines)
            tries = _Tries(self._lanes, patience, pause=self._deadlines.pause)
            try:
                while lane := await tries.next():
                    shown = False
                    await _paid_for(asked, lane)
                    try:
                        attempt = lane.attempt(self._as_told_to(lane, asked), patience, again=tries.made > 1)
                        async with attempt as pieces:
                            async for piece in pieces:
                                shown = True
                                yield piece
                    except Fault as fault:
                        failed = fault
                    else:
                        return
                    if shown:
                        raise UpstreamInterrupted(lane.says(failed))
                    tries.failed(failed)
            finally:
                patience.close()
            raise tries.outcome()

    def _as_told_to(self, lane: Lane, asked: CompletionRequest) -> CompletionRequest:
        """A model that a request names is one of the first target; the second has only its own."""
        return asked if lane is self._lanes[0] or asked.model is None else replace(asked, model=None)


async def _paid_for(asked: CompletionRequest, lane: Lane) -> None:
    """Raises `BudgetSpent`, and gives the place back, where nobody pays for another attempt."""
    if asked.meter:
        try:
            await asked.meter.attempt(lane.target.name)
        except BaseException:
            lane.breaker.left()
            raise


class _Tries:
    """Which lane to try next for one question, and when; afterwards why none could answer."""

    def __init__(self, lanes: Sequence[Lane], patience: Patience, *, pause: float) -> None:
        self.made = 0
        self._lanes = list(lanes)
        self._patience = patience
        self._pause = pause
        self._made_here = 0
        self._whys: list[str] = []
        self._refused = True

    async def next(self) -> Lane | None:
        """The lane for the next attempt, once it may begin; its breaker holds a place for it."""
        while self._lanes:
            lane = self._lanes[0]
            if await self._ready(lane) and lane.breaker.admit():
                if not self._made_here:
                    lane.retries.first_attempt()
                self._made_here += 1
                self.made += 1
                self._patience.attempt(lane.pace, alone=not self._others)
                return lane
            if not self._made_here:
                self._passed_over(lane)
            self._leave()
        return None

    def failed(self, fault: Fault) -> None:
        lane = self._lanes[0]
        self._whys.append(lane.says(fault))
        self._refused = self._refused and fault.refused
        over = self._made_here >= ATTEMPTS_A_TARGET or not fault.again
        if over or lane.breaker.state == "open" or not self._patience.lasts(0) or not lane.retries.take():
            self._leave()

    def outcome(self) -> UpstreamRefused | UpstreamUnavailable:
        why = " ".join(dict.fromkeys(self._whys))
        return UpstreamRefused(why) if self._refused else UpstreamUnavailable(why)

    @property
    def _others(self) -> bool:
        """Whether another target could be asked right now."""
        return any(lane.breaker.state != "open" and not lane.breaker.cooling_seconds for lane in self._lanes[1:])

    async def _ready(self, lane: Lane) -> bool:
        """Waits for what the target asked for, where that fits and nobody else could answer meanwhile."""
        if lane.breaker.state == "open":
            return False
        cooling = lane.breaker.cooling_seconds
        if cooling and (self._others or not self._patience.lasts(cooling)):
            return False
        if cooling or self._made_here:
            # A random time, so that a crowd does not come back as one.
            spread = self._pause * random.uniform(0.5, 1.5)  # noqa: S311 - nothing secret about it
            await asyncio.sleep(cooling + spread if cooling else spread)
        return self._patience.lasts(0)

    def _passed_over(self, lane: Lane) -> None:
        breaker = lane.breaker
        why = breaker.why if breaker.state == "open" else "wants to be left alone for a while"
        self._refused = self._refused and breaker.state == "open" and breaker.refused
        self._whys.append(lane.says(Fault(f"is not asked for now: it {why}")))

    def _leave(self) -> None:
        self._lanes.pop(0)
        self._made_here = 0

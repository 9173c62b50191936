"""One target with its memory: whether it is worth asking now, and the probes that find out when it is again."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from contextvars import Context
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from ..completion import CompletionRequest, Ending, Sampling
from ..message import Message
from .attempt import Measured, attempt
from .breaker import Breaker
from .endpoint import Endpoint
from .fault import Fault
from .pace import Pace
from .patience import Patience
from .retry import RetryBudget

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from datetime import datetime

    import httpx2

    from ..completion import Observer, Piece
    from .breaker import State
    from .patience import Deadlines
    from .target import Target

log = structlog.get_logger(__name__)

PROBE = CompletionRequest([Message("user", "1+1=")], sampling=Sampling(max_tokens=16))
"""The shortest question; a limit below 16 is an error to some."""


class Lane:
    """Attempts at one target. While its breaker is open, a probe every `Deadlines.probe` seconds and nothing else."""

    def __init__(
        self,
        target: Target,
        *,
        deadlines: Deadlines,
        observer: Observer,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        places: int,
        client: httpx2.AsyncClient | None,
    ) -> None:
        self.target = target
        self.breaker = Breaker(now=clock, changed=self._changed)
        self.retries = RetryBudget(now=clock)
        self.pace = Pace(now=clock)
        self._endpoint = Endpoint(target, places=places, now=now, client=client)
        self._deadlines = deadlines
        self._observer = observer
        self._probing: asyncio.Task[None] | None = None

    def says(self, fault: Fault) -> str:
        return self._endpoint.says(fault)

    async def close(self) -> None:
        if self._probing:
            self._probing.cancel()
            await asyncio.wait([self._probing])
        await self._endpoint.close()

    @asynccontextmanager
    async def attempt(
        self, asked: CompletionRequest, patience: Patience, *, again: bool
    ) -> AsyncIterator[AsyncGenerator[Piece, None]]:
        """The pieces of one attempt, for which the breaker has given a place. Raises `Fault`."""
        measured = Measured(self._endpoint, again=again)
        fault: Fault | None = None
        try:
            async with aclosing(attempt(self._endpoint, asked, patience, measured)) as pieces:
                yield pieces
        except Fault as failed:
            fault = failed
            measured.failed(failed)
            raise
        finally:
            self._learn(measured, fault, patience)

    def _learn(self, measured: Measured, fault: Fault | None, patience: Patience) -> None:
        if patience.began_seconds is not None:
            self.pace.began(patience.began_seconds)
        if fault:
            if fault.wait_seconds is not None:
                self.breaker.cool(fault.wait_seconds)
            if fault.alarm:
                log.error("completion_target_refused", target=self.target.name, model=self.target.model, why=str(fault))
            weight = fault.weight if fault.wait_seconds is None else 0
            self.breaker.failed(str(fault), weight=weight, refused=fault.refused)
        elif measured.outcome == "abandoned":
            self.breaker.left()
        else:
            self.breaker.succeeded()
        self._observer.attempted(measured.taken())

    def _changed(self, state: State, why: str) -> None:
        say = log.warning if state == "open" else log.info
        say("completion_target", target=self.target.name, model=self.target.model, state=state, why=why or None)
        self._observer.breaker_changed(self.target.name, state)
        if state == "open":
            self.pace.was_too_short()
        if state == "open" and (self._probing is None or self._probing.done()):
            # In a context of its own: what it writes to the log belongs to no visitor's request.
            self._probing = asyncio.create_task(self._probe_until_good(), context=Context())

    async def _probe_until_good(self) -> None:
        """Looks so often that a target which heals is used again soon, also when a look is never answered."""
        now, taken = asyncio.get_running_loop().time, 0.0
        while self.breaker.state == "open":
            await asyncio.sleep(max(self._deadlines.probe - taken, self.breaker.cooling_seconds))
            began = now()
            back = await self._is_back()
            taken = now() - began
            if back:
                self.breaker.probed()
                return
            log.info("completion_probe_failed", target=self.target.name)

    async def _is_back(self) -> bool:
        """Whether it answers anything at all; a short limit may leave no word of it visible."""
        measured = Measured(self._endpoint, again=True)
        patience = Patience(replace(self._deadlines, total=self._deadlines.first))
        patience.attempt()
        ending = None
        try:
            async with aclosing(attempt(self._endpoint, PROBE, patience, measured)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Ending):
                        ending = piece
        except Fault as fault:
            measured.failed(fault)
            return not fault.weight and not fault.refused
        finally:
            patience.close()
            if patience.began_seconds is not None:
                self.pace.began(patience.began_seconds, probe=True)
            self._observer.attempted(measured.taken())
        return ending is not None

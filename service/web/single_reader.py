"""An answer for one reader who cannot come back for the rest: when they go, it stops and costs no more."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from ..conversation.events import Meta
from .streaming import PING_SECONDS, SLOW_READER_SECONDS, EventStream, disconnected

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from ..conversation.events import Event
    from ..conversation.relay import Run

T = TypeVar("T")


class SingleReader(EventStream):
    """The events of a run as server-sent events of `spell`; the run ends with its reader at once."""

    def __init__(
        self,
        run: Run,
        spell: Callable[[Iterable[Event]], bytes],
        *,
        slow_seconds: float = SLOW_READER_SECONDS,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        super().__init__(
            run.follow(),
            lambda batch: spell(event for _, event in batch),
            slow_seconds=slow_seconds,
            ping_seconds=ping_seconds,
        )
        self._run = run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            _stop(self._run)


async def whole_outcome(run: Run, request: Request) -> list[Event] | None:
    """Every event of the answer; None, and the answer stopped, where the reader did not wait for it."""
    return await _unless_gone(run.outcome(), run, request)


async def first_event(run: Run, request: Request) -> Event | None:
    """What the answer says first beside `Meta`: while nothing is sent, a failure can still be a status.

    None, and the answer stopped, where the reader did not wait for it.
    """
    return await _unless_gone(_first(run), run, request)


async def _first(run: Run) -> Event | None:
    async with aclosing(run.follow()) as batches:
        async for batch in batches:
            for _, event in batch:
                if not isinstance(event, Meta):
                    return event
    return None


async def _unless_gone(awaited: Coroutine[None, None, T], run: Run, request: Request) -> T | None:
    outcome = asyncio.ensure_future(awaited)
    gone = asyncio.ensure_future(disconnected(request.receive))
    try:
        await asyncio.wait({outcome, gone}, return_when=asyncio.FIRST_COMPLETED)
        if outcome.done():
            return outcome.result()
        _stop(run)
        return None
    finally:
        outcome.cancel()
        gone.cancel()


def _stop(run: Run) -> None:
    if not run.finished:
        run.stop("abandoned")

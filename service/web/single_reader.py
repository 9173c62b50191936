"""An answer for one reader who cannot come back for the rest: when they go, it stops and costs no more."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.responses import Response

from ..conversation.events import Failed, Meta
from .streaming import PING_SECONDS, SLOW_READER_SECONDS, SendTimeoutError, disconnected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from ..conversation.events import Event
    from ..conversation.relay import Run

PING = b": ping\n\n"


async def whole_outcome(run: Run, request: Request) -> list[Event] | None:
    """Every event of the answer; None, and the answer stopped, where the reader did not wait for it."""
    outcome = asyncio.ensure_future(run.outcome())
    gone = asyncio.ensure_future(disconnected(request.receive))
    try:
        await asyncio.wait({outcome, gone}, return_when=asyncio.FIRST_COMPLETED)
        return outcome.result() if outcome.done() else None
    finally:
        outcome.cancel()
        gone.cancel()
        _stop(run)


class Streamed(Response):
    """The events of a run as server-sent events of `spell`. A failure before the first text is `refuse`d instead.

    A third of the cost of a response that starts a task group for each stream; like that one it notices a reader who
    goes, ends one who takes nothing, and keeps a silent connection alive.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        run: Run,
        spell: Callable[[Iterable[Event]], bytes],
        *,
        refuse: Callable[[Failed], Response | None],
        ping_seconds: float = PING_SECONDS,
        slow_reader_seconds: float = SLOW_READER_SECONDS,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._run = run
        self._spell = spell
        self._refuse = refuse
        self._ping_seconds = ping_seconds
        self._slow_reader_seconds = slow_reader_seconds
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writing = asyncio.ensure_future(self._write(scope, receive, send))
        watching = asyncio.ensure_future(self._watch(receive, send))
        try:
            await asyncio.wait({writing, watching}, return_when=asyncio.FIRST_COMPLETED)
            if writing.done():
                writing.result()
        finally:
            _stop(self._run)
            writing.cancel()
            watching.cancel()
            await asyncio.gather(writing, watching, return_exceptions=True)

    async def _write(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(_batches(self._run)) as batches:
            async for events in batches:
                refusal = None if self._begun else _refusal(events, self._refuse)
                if refusal:
                    await refusal(scope, receive, send)
                    return
                text = self._spell(events)
                if not text:
                    continue
                if not self._begun:
                    await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                    self._begun = True
                await self._send(send, {"type": "http.response.body", "body": text, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send, message: dict[str, object]) -> None:
        try:
            async with asyncio.timeout(self._slow_reader_seconds):
                await send(message)
        except TimeoutError:
            raise SendTimeoutError from None

    async def _watch(self, receive: Receive, send: Send) -> None:
        """Returns once the reader has gone."""
        while True:
            try:
                async with asyncio.timeout(self._ping_seconds):
                    return await disconnected(receive)
            except TimeoutError:
                if self._begun:
                    await send({"type": "http.response.body", "body": PING, "more_body": True})


def _stop(run: Run) -> None:
    if not run.finished:
        run.stop("abandoned")


async def _batches(run: Run) -> AsyncGenerator[list[Event], None]:
    async for numbered in run.follow():
        yield [event for _, event in numbered]


def _refusal(events: list[Event], refuse: Callable[[Failed], Response | None]) -> Response | None:
    """The answer to a run that failed before it had said anything."""
    first = next((event for event in events if not isinstance(event, Meta)), None)
    return refuse(first) if isinstance(first, Failed) else None

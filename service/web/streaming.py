"""An answer under way, spelled for one reader."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from fastapi import Response
from fastapi.responses import JSONResponse

from .wire import as_json, as_sse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from fastapi import Request
    from starlette.types import Message, Receive, Scope, Send

    from ..conversation.relay import Numbered, Run

SLOW_READER_SECONDS = 10.0
"""A reader that takes nothing for so long is let go; it can resume."""

PING_SECONDS = 15.0
"""Proxies close connections that stay silent for a minute; the stop of a client shows at the next write."""

GONE = 499
"""What the log says of a client that did not wait; nobody receives it."""

HEADERS = {"Cache-Control": "no-store", "Connection": "keep-alive", "X-Accel-Buffering": "no"}


class SlowReader(Exception):
    """A reader that took nothing for too long."""


class EventStream(Response):
    """Server-sent events as they come, everything that is there at one moment in one write.

    It ends with its reader: one that has gone, or that takes nothing for `slow_seconds`, which raises `SlowReader`. A
    stream that says nothing for `ping_seconds` sends a comment. A clock is looked at around each write and a timer only
    four times in `slow_seconds`, because a timer for each piece of text would cost more than its way through here.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        batches: AsyncGenerator[list[Numbered], None],
        spelled: Callable[[list[Numbered]], bytes],
        *,
        slow_seconds: float = SLOW_READER_SECONDS,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers(HEADERS)
        self._batches = batches
        self._spelled = spelled
        self._slow_seconds = slow_seconds
        self._ping_seconds = ping_seconds
        self._now = asyncio.get_running_loop().time
        self._sending_since: float | None = None
        self._sent_at = self._now()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        writing = asyncio.ensure_future(self._write(send))
        leaving = asyncio.ensure_future(disconnected(receive))
        tasks = {writing, leaving}
        try:
            while not (done := (await asyncio.wait(tasks, timeout=self._tick, return_when=asyncio.FIRST_COMPLETED))[0]):
                await self._look_after(send)
            if writing in done:
                writing.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)  # whoever reads the answer has left it by then

    @property
    def _tick(self) -> float:
        return min(self._slow_seconds, self._ping_seconds) / 4

    async def _write(self, send: Send) -> None:
        async with aclosing(self._batches) as batches:
            async for batch in batches:
                self._sending_since = self._now()
                await send(_body(self._spelled(batch)))
                self._sending_since = None
                self._sent_at = self._now()
        self._sending_since = self._now()  # for good: nothing may follow the end, no ping either
        await send(_body(b"", more=False))

    async def _look_after(self, send: Send) -> None:
        now = self._now()
        if self._sending_since is not None:
            if now - self._sending_since >= self._slow_seconds:
                raise SlowReader
        elif now - self._sent_at >= self._ping_seconds:
            self._sent_at = now
            try:
                async with asyncio.timeout(self._slow_seconds):
                    await send(_body(b": ping\n\n"))
            except TimeoutError:
                raise SlowReader from None


def stream(run: Run, handle: str, *, after: int = 0) -> Response:
    """The events of a run after number `after`, as they come."""
    return EventStream(run.follow(after=after), lambda batch: as_sse(handle, run.exchange_id, batch))


async def whole(run: Run, handle: str, request: Request) -> Response:
    """The answer as one JSON document, once it is whole. A client that goes away is one reader less."""
    outcome = asyncio.ensure_future(run.outcome())
    gone = asyncio.ensure_future(disconnected(request.receive))
    try:
        await asyncio.wait({outcome, gone}, return_when=asyncio.FIRST_COMPLETED)
        return JSONResponse(as_json(handle, outcome.result())) if outcome.done() else Response(status_code=GONE)
    finally:
        outcome.cancel()
        gone.cancel()


def _body(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def disconnected(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        continue

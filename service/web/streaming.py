"""An answer under way, spelled for one reader."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
from fastapi import Response
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse
from sse_starlette.sse import SendTimeoutError as SendTimeoutError

from .wire import as_json, as_sse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request
    from starlette.types import Receive

    from ..conversation.relay import Run

SLOW_READER_SECONDS = 10.0
"""A reader that takes nothing for so long is let go; it can resume."""

PING_SECONDS = 15
"""Proxies close connections that stay silent for a minute; the stop of a client shows at the next write."""

GONE = 499
"""What the log says of a client that did not wait; nobody receives it."""

SHUTDOWN_SECONDS = 9.0
"""Streams have ended by then in any case: answers are told to stop after `server.GRACE_SECONDS`."""


def stream(run: Run, handle: str, *, after: int = 0) -> Response:
    """The events of a run after number `after`, as they come."""

    async def spelled() -> AsyncIterator[bytes]:
        async for batch in run.follow(after=after):
            yield as_sse(handle, run.exchange_id, batch)

    return EventSourceResponse(
        spelled(),
        ping=PING_SECONDS,
        send_timeout=SLOW_READER_SECONDS,
        shutdown_event=anyio.Event(),
        shutdown_grace_period=SHUTDOWN_SECONDS,
    )


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


async def disconnected(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        continue

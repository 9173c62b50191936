"""The process around the app: listening, and stopping without cutting anybody off in silence."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import uvicorn

from ..errors import OndapError
from .app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from starlette.types import Message, Receive, Scope, Send

    from ..settings import Settings
    from .parts import Parts

GRACE_SECONDS = 7.0
"""Answers under way get so long to finish when the service stops; then they end with `restarting`."""

CLOSING_SECONDS = 9
"""Connections still open so long after the signal are cut: everybody has heard the end within ten seconds."""

UNREAD_SECONDS = 15
"""A connection whose other side takes nothing for so long is closed by the system, buffers and all."""


class Startup:
    """The app, whose error at start-up, if it is one of ours, is kept in `error` instead of logged with a traceback."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.error: OndapError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failed: list[Message] = []

        async def hold_back(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, hold_back)
        except OndapError as error:
            self.error = error
            await send({"type": "lifespan.startup.failed"})
        finally:
            if failed and not self.error:
                await send(failed[0])


class Server(uvicorn.Server):
    """Uvicorn that lets answers end before it closes their connections, and says when it is listening."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, when_ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app = app
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                _let_go_of_silent_readers(listening)
        gc.collect()
        gc.freeze()  # the index stays as it is: a collection need not look at its half a million objects again
        if not self.should_exit:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._when_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        began = time.monotonic()
        parts: Parts | None = getattr(self._app.state, "parts", None)
        if parts:
            closing = asyncio.ensure_future(parts.runs.close(grace_seconds=GRACE_SECONDS))
            while not closing.done() and not self.force_exit:
                await asyncio.wait({closing}, timeout=0.1)
            closing.cancel()
            await parts.runs.close(grace_seconds=0)
        self.config.timeout_graceful_shutdown = max(1, int(CLOSING_SECONDS - (time.monotonic() - began)))
        await super().shutdown(sockets)


def _let_go_of_silent_readers(listening: socket.socket) -> None:
    """Closing a connection waits until its buffer is empty, and a reader that reads nothing never empties it."""
    if hasattr(socket, "TCP_USER_TIMEOUT") and listening.family != socket.AF_UNIX:  # Linux; accepted sockets inherit it
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)


def serve(settings: Settings, *, when_ready: Callable[[str], None], **replaced: Any) -> bool:
    """Serve until a signal says stop. False when it could not start; the log says why.

    Raises the `OndapError` that kept the app from starting.
    """
    app = create_app(settings, **replaced)
    startup = Startup(app)
    config = uvicorn.Config(
        startup,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    server = Server(config, app, when_ready)
    try:
        with suppress(KeyboardInterrupt):  # raised once more after an orderly end
            server.run()
    except SystemExit:
        if startup.error:
            raise startup.error from None
        raise
    return server.started

"""The process around the app: listening, and stopping without cutting anybody off in silence."""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import uvicorn

from .app import create_app

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from fastapi import FastAPI

    from ..settings import Settings
    from .parts import Parts

GRACE_SECONDS = 7.0
"""Answers under way get so long to finish when the service stops; then they end with `restarting`."""

CLOSING_SECONDS = 9
"""Connections still open after that are cut, so that everybody has heard the end within ten seconds."""


class Server(uvicorn.Server):
    """Uvicorn that lets answers end before it closes their connections, and says when it is listening."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, when_ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app = app
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # the index stays as it is: a collection need not look at its half a million objects again
        if not self.should_exit:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._when_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        parts: Parts | None = getattr(self._app.state, "parts", None)
        if parts:
            await parts.runs.close(grace_seconds=GRACE_SECONDS)
        await super().shutdown(sockets)


def serve(settings: Settings, *, when_ready: Callable[[str], None], **replaced: Any) -> bool:
    """Serve until a signal says stop. False when it could not start; the log says why."""
    app = create_app(settings, **replaced)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=CLOSING_SECONDS,
        h11_max_incomplete_event_size=32 * 1024,
    )
    server = Server(config, app, when_ready)
    with suppress(KeyboardInterrupt):  # raised once more after an orderly end
        server.run()
    return server.started

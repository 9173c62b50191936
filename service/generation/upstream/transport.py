"""The transport below the HTTP client: HTTP/1.1 with as little between the socket and a piece of text as can be.

A completion is many small reads. httpx2's own transport spends 50 µs of CPU and more on each, this one 10 (uvloop, see
docs/benchmarks.md): framing is llhttp's, everything that arrives in one read leaves as one, and nothing else is done.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import httpx2

from .dialing import dial
from .reply import Reply

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from typing import TypeAlias

    Origin: TypeAlias = tuple[str, str, int]

PORTS = {"http": 80, "https": 443}


class DirectTransport(httpx2.AsyncBaseTransport):
    """Connections are kept for `keep_seconds` after a whole response. Only the `connect` timeout is looked at."""

    def __init__(self, *, keep_seconds: float) -> None:
        self._keep_seconds = keep_seconds
        self._kept: dict[Origin, list[tuple[float, Reply]]] = {}
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        origin = url.scheme, url.host, url.port or PORTS[url.scheme]
        body = await request.aread()
        reply = self._take(origin) or await self._connect(origin, request)
        try:
            reply.send(_head(request) + body)
            status, headers = await reply.headers()
        except BaseException:
            reply.abort()
            raise
        return httpx2.Response(status, headers=headers, stream=_Stream(self, origin, reply))

    async def aclose(self) -> None:
        for kept in self._kept.values():
            for _, reply in kept:
                reply.abort()
        self._kept.clear()

    def keep(self, origin: Origin, reply: Reply) -> None:
        """For the next request, when this one's response came to its end; else it is closed."""
        if reply.reusable:
            self._kept.setdefault(origin, []).append((time.monotonic() + self._keep_seconds, reply))
        else:
            reply.abort()

    def _take(self, origin: Origin) -> Reply | None:
        kept = self._kept.get(origin, [])
        while kept:
            until, reply = kept.pop()
            if reply.reusable and time.monotonic() < until:
                return reply
            reply.abort()
        return None

    async def _connect(self, origin: Origin, request: httpx2.Request) -> Reply:
        scheme, host, port = origin
        seconds = request.extensions.get("timeout", {}).get("connect")
        try:
            async with asyncio.timeout(seconds):
                connection = await dial(host, port)
                try:
                    _, reply = await asyncio.get_running_loop().create_connection(
                        Reply,
                        sock=connection,
                        ssl=self._context() if scheme == "https" else None,
                        server_hostname=host if scheme == "https" else None,
                    )
                except BaseException:
                    connection.close()
                    raise
        except TimeoutError:
            raise httpx2.ConnectTimeout("", request=request) from None
        except OSError as error:
            raise httpx2.ConnectError("", request=request) from error
        return reply

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
        return self._tls


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, transport: DirectTransport, origin: Origin, reply: Reply) -> None:
        self._transport = transport
        self._origin = origin
        self._reply: Reply | None = reply

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._reply and (data := await self._reply.read()):
            return data
        raise StopAsyncIteration

    async def aclose(self) -> None:
        if self._reply:
            self._transport.keep(self._origin, self._reply)
            self._reply = None


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in request.headers.raw]
    return b"\r\n".join([*lines, b"", b""])

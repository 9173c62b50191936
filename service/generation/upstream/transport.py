"""The HTTP client that completions are asked through, and its transport, with little between a socket and a text.

A completion is many small reads. On each, httpx2's own transport spends 45 µs more CPU than this one (docs/operating.md
says when that one is used all the same): framing is llhttp's, and what arrives in one read leaves as one.
"""

from __future__ import annotations

import asyncio
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpx2

from .dialing import dial
from .reply import Reply

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from typing import TypeAlias

    Origin: TypeAlias = tuple[str, str, int]

PORTS = {"http": 80, "https": 443}
KEEP_ALIVE_SECONDS = 30.0
READ = "ondap_read"
"""The extension of a response that reads its body: bytes, empty at the end, or an `OSError`."""
MAX_REFUSAL_BYTES = 16 * 1024


def http_client(*, places: int) -> httpx2.AsyncClient:
    """Follows no redirect, keeps no cookie, reads no long refusal, and leaves every deadline to its caller.

    Where the environment names a proxy (`HTTPS_PROXY`), httpx2's own transport goes through it.
    """
    return httpx2.AsyncClient(
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"Accept-Encoding": "identity"},
        timeout=None,
        limits=httpx2.Limits(max_connections=places, keepalive_expiry=KEEP_ALIVE_SECONDS),
        transport=None if getproxies() else DirectTransport(keep_seconds=KEEP_ALIVE_SECONDS),
        event_hooks={"response": [_shorten_refusal]},
    )


async def _shorten_refusal(response: httpx2.Response) -> None:
    """A refusal is read to its end for what it says; a hostile endpoint could make it long."""
    if not response.is_success:
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Beginning(response.stream)


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
        except BaseException as error:
            reply.abort()
            if isinstance(error, OSError):
                raise httpx2.ReadError("", request=request) from error
            raise
        return httpx2.Response(
            status, headers=headers, stream=_Stream(self, origin, reply), extensions={READ: reply.read}
        )

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
        try:
            if self._reply and (data := await self._reply.read()):
                return data
        except OSError as error:
            raise httpx2.ReadError("") from error
        raise StopAsyncIteration

    async def aclose(self) -> None:
        if self._reply:
            self._transport.keep(self._origin, self._reply)
            self._reply = None


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in request.headers.raw]
    return b"\r\n".join([*lines, b"", b""])


class _Beginning(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_REFUSAL_BYTES
        async for data in self._stream:
            yield data[:left]
            left -= len(data)
            if left <= 0:
                return

    async def aclose(self) -> None:
        await self._stream.aclose()

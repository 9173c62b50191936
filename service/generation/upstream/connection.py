"""The HTTP client that completions are asked through."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpx2

from .transport import DirectTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEEP_ALIVE_SECONDS = 30.0
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

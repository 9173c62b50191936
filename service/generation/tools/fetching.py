"""One question to a shop's server over HTTP: to a checked address, signed, short, and never followed elsewhere."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from .addresses import AddressRefused, reachable, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .addresses import Resolve

CONNECT_SECONDS = 2.0
PLACES = 20

WHY = {
    401: "did not accept the request",
    403: "did not accept the request",
    404: "has nothing under that",
    410: "has nothing under that",
    429: "is asked too often",
}


class ToolFailed(Exception):
    """A tool gave no result. The message is the rest of a sentence about it, in our words; `status` is HTTP's."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent where. `inside`: the operator wrote an address of their own network."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    max_bytes: int
    inside: bool


class Fetcher:
    """Keeps no connection: one belongs to an address, and the next tool may live there under another name."""

    def __init__(self, *, resolve: Resolve = resolve, verify: ssl.SSLContext | bool = True) -> None:
        self._resolve = resolve
        self._client = httpx2.AsyncClient(
            verify=verify,
            trust_env=False,  # a proxy would resolve the name again
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=PLACES, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def fetch(self, asked: Asked) -> tuple[int, Any]:
        """Status and JSON document. Raises `ToolFailed`; how long it may take is the caller's matter."""
        parts = urlsplit(asked.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            addresses = await reachable(host, port, inside=asked.inside, resolve=self._resolve)
        except AddressRefused:
            raise ToolFailed("leads to an address that tools must not reach") from None
        except (OSError, UnicodeError, ValueError):
            raise ToolFailed("could not be found") from None
        for address in addresses[:2]:
            try:
                return await self._ask(asked, address, host)
            except httpx2.ConnectError:
                continue
            except (httpx2.RequestError, httpx2.InvalidURL, ssl.SSLError):
                raise ToolFailed("broke off") from None
        raise ToolFailed("could not be reached")

    async def _ask(self, asked: Asked, address: str, host: str) -> tuple[int, Any]:
        url = httpx2.URL(asked.url)
        request = self._client.build_request(
            asked.method,
            url.copy_with(host=address),
            headers={
                **asked.headers,
                "Host": url.netloc.decode(),
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
            content=asked.body or None,
            extensions={"sni_hostname": host},  # the certificate is the name's, whichever address answers
        )
        response = await self._client.send(request, stream=True)
        try:
            return response.status_code, await _document(response, asked.max_bytes)
        finally:
            await response.aclose()


async def _document(response: httpx2.Response, max_bytes: int) -> Any:
    status = response.status_code
    if not response.is_success:
        redirected = "sends elsewhere, which is not followed" if 300 <= status < 400 else "is failing"
        raise ToolFailed(WHY.get(status, redirected), status)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (kind == "application/json" or kind.endswith("+json")):
        raise ToolFailed("answered with something that is not JSON", status)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ToolFailed("answered in a compression nobody asked for", status)
    body = b""
    async for data in response.aiter_raw():
        body += data
        if len(body) > max_bytes:
            raise ToolFailed("answered with too much", status)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ToolFailed("answered with something that is not JSON", status) from None

"""HTTP as it arrives in pieces, without end, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import httpx2
import pytest

from service.generation.upstream.dialing import dial
from service.generation.upstream.transport import http_client
from tests.upstream import LAST_CHUNK, Act, Drip, Upstream, chunk, head

if TYPE_CHECKING:
    from tests.upstream import Script


async def body_of(*scripts: Script) -> bytes:
    async with Upstream(*scripts) as upstream, http_client(places=1) as client:
        response = await client.post(upstream.base_url, json={})
        return response.content


@pytest.mark.parametrize(
    "script",
    [
        (head(), chunk(b"one "), chunk(b"two"), LAST_CHUNK),
        (head(), b"4;a=b;c\r\none \r\n3 ; d\r\ntwo\r\n0\r\nX-Trailer: 1\r\n\r\n"),
        (head(length=7), b"one two"),
        (head(length=-1), b"one two", Act.CLOSE),
        (b"HTTP/1.1 100 Continue\r\n\r\n", head(length=7), b"one two"),
        tuple(bytes([byte]) for byte in head(length=7) + b"one two"),
    ],
    ids=["chunks", "extensions and trailers", "length", "until the end", "wait for it", "byte by byte"],
)
async def test_a_body_is_whole_however_it_is_framed(script: Script) -> None:
    """Fault 100."""
    assert await body_of(script) == b"one two"


@pytest.mark.parametrize(
    "script",
    [
        (head(length=7), b"one", Act.CLOSE),
        (head(), chunk(b"one"), Act.CLOSE),
        (head(), chunk(b"one"), Act.RESET),
        (head(), b"zz\r\n"),
        (head(), b"-5\r\n"),
        (b"HTTP/1.1 200 X\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n", chunk(b"one"), LAST_CHUNK),
        (b"ICY 200 OK\r\n\r\n",),
        (head()[:-2], Drip(b"x-more: " + b"y" * 8_000 + b"\r\n")),
        (head(), Drip(b"1;" + b"y" * 60_000)),
        (head(), chunk(b"one"), b"0\r\n", Drip(b"x-trailer: " + b"y" * 8_000 + b"\r\n")),
        (Act.CLOSE,),
    ],
)
async def test_what_is_cut_off_smuggled_or_without_end_is_an_error(script: Script) -> None:
    """Faults 83, 85, 94, T31: nothing of it passes for a whole response."""
    async with asyncio.timeout(10):
        with pytest.raises(httpx2.RequestError):
            await body_of(script)


async def test_a_response_that_is_not_read_is_not_the_beginning_of_the_next() -> None:
    both = [(head(length=7), b"one two"), (head(length=3), b"new")]
    async with Upstream(*both) as upstream, http_client(places=1) as client:
        async with client.stream("POST", upstream.base_url, json={}):
            pass
        assert (await client.post(upstream.base_url, json={})).content == b"new"


async def test_more_than_was_announced_ends_the_connection() -> None:
    """Another response nobody asked for must not answer the next question."""
    smuggled = (head(length=3), b"one" + head(length=5) + b"other")
    async with Upstream(smuggled, (head(length=3), b"two")) as upstream, http_client(places=1) as client:
        with_more = client.post(upstream.base_url, json={})
        with contextlib.suppress(httpx2.RequestError):
            assert (await with_more).content == b"one"
        assert (await client.post(upstream.base_url, json={})).content == b"two"


async def test_a_provider_that_sends_faster_than_anybody_reads_is_held_back() -> None:
    """T31: what waits here has a bound, whatever is sent."""
    async with Upstream((head(), Drip(chunk(b"x" * 60_000)))) as upstream, http_client(places=1) as client:
        async with client.stream("POST", upstream.base_url, json={}) as response:
            largest = 0
            pieces = aiter(response.aiter_raw())
            for _ in range(20):
                largest = max(largest, len(await anext(pieces)))
                for _ in range(50):
                    await asyncio.sleep(0)
            await pieces.aclose()  # type: ignore[attr-defined]
        assert largest < 1_000_000


async def test_an_address_that_leads_nowhere_costs_a_quarter_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 68: as many hosts have an IPv6 address that many networks cannot reach."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    filling = [socket.socket() for _ in range(3)]
    for one in filling:
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    async with Upstream((Act.HANG,)) as upstream:
        good = int(upstream.base_url.rsplit(":", 1)[1].split("/")[0])
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname()),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", good)),
        ]

        async def found(*_: object, **__: object) -> object:
            return addresses

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "getaddrinfo", found)
        began = loop.time()
        async with asyncio.timeout(3):
            connection = await dial("shop.example", good)
        assert connection.getpeername()[1] == good
        assert loop.time() - began < 1
        connection.close()
    for one in (*filling, full):
        one.close()


async def test_a_host_none_of_whose_addresses_listens_is_an_error() -> None:
    """Fault 68."""
    with pytest.raises(OSError, match="refused"):
        await dial("localhost", 9)


def test_behind_a_proxy_the_transport_that_knows_proxies_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    client = http_client(places=1)
    assert isinstance(client._transport, httpx2.AsyncHTTPTransport)

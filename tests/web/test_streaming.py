"""One reader of an answer, from the side of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.types import Message

from service.conversation.events import Delta
from service.conversation.relay import Numbered
from service.web.streaming import EventStream, SlowReader

SCOPE: dict[str, Any] = {"type": "http", "method": "POST"}


class Reader:
    """The ASGI side of one client: keeps what it took, and takes nothing while it is `stuck`."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.takes = asyncio.Event()
        self.takes.set()
        self.gone = asyncio.Event()
        self.heard = asyncio.Condition()

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        async with self.heard:
            self.messages.append(message)
            self.heard.notify_all()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def has(self, text: bytes) -> None:
        async with self.heard:
            await self.heard.wait_for(lambda: text in self.body)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


class Source:
    """Batches as they are put; `left` once nobody follows any more."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[list[Numbered] | None] = asyncio.Queue()
        self.left = asyncio.Event()

    async def batches(self) -> AsyncGenerator[list[Numbered], None]:
        try:
            while (batch := await self.queue.get()) is not None:
                yield batch
        finally:
            self.left.set()

    def stream(self, **seconds: float) -> EventStream:
        return EventStream(self.batches(), spelled, **seconds)


def spelled(batch: list[Numbered]) -> bytes:
    return b"".join(f"{number}={event.text};".encode() for number, event in batch if isinstance(event, Delta))


@pytest.mark.parametrize("sizes", [(1,), (1, 1, 1), (3,), (2, 5, 1)])
async def test_what_is_there_at_one_moment_leaves_in_one_write(sizes: tuple[int, ...]) -> None:
    source, reader = Source(), Reader()
    for size in sizes:
        source.queue.put_nowait([(number, Delta("가")) for number in range(1, size + 1)])
    source.queue.put_nowait(None)
    await source.stream()(SCOPE, reader.receive, reader.send)
    start, *bodies, end = reader.messages
    assert start["status"] == 200
    assert [len(body["body"].split(b";")) - 1 for body in bodies] == list(sizes)
    assert all(body["more_body"] for body in bodies)
    assert end == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_no_proxy_is_to_keep_or_hold_it_back() -> None:
    headers = Source().stream().headers
    assert headers["content-type"].startswith("text/event-stream")
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
    assert "content-length" not in headers


async def test_a_reader_that_takes_nothing_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    """Fault 119, T28."""
    source, reader = Source(), Reader()
    answering = asyncio.ensure_future(source.stream(slow_seconds=0.05)(SCOPE, reader.receive, reader.send))
    source.queue.put_nowait([(1, Delta("가"))])
    await reader.has("가".encode())
    reader.takes.clear()
    source.queue.put_nowait([(2, Delta("나"))])
    with pytest.raises(SlowReader):
        await answering
    assert source.left.is_set()
    assert reader.messages[-1]["more_body"], "a cut answer must not look like a finished one"


async def test_a_reader_that_takes_no_ping_is_let_go_too() -> None:
    source, reader = Source(), Reader()
    answering = asyncio.ensure_future(
        source.stream(slow_seconds=0.05, ping_seconds=0.02)(SCOPE, reader.receive, reader.send)
    )
    await reader.has(b": ping\n\n")
    reader.takes.clear()
    with pytest.raises(SlowReader):
        await answering
    assert source.left.is_set()


async def test_behind_the_end_nothing_is_written() -> None:
    """A server refuses it, and a reader who was only slow would be an error in our log."""
    source, reader = Source(), Reader()
    answering = asyncio.ensure_future(
        source.stream(slow_seconds=5, ping_seconds=0.01)(SCOPE, reader.receive, reader.send)
    )
    source.queue.put_nowait([(1, Delta("가"))])
    await reader.has("가".encode())
    reader.takes.clear()
    source.queue.put_nowait(None)
    await source.left.wait()
    await asyncio.sleep(0.05)  # time for five pings
    reader.takes.set()
    await answering
    assert not reader.messages[-1]["more_body"]


async def test_a_reader_that_takes_its_time_but_takes_is_not_let_go() -> None:
    source, reader = Source(), Reader()
    answering = asyncio.ensure_future(source.stream(slow_seconds=5)(SCOPE, reader.receive, reader.send))
    for number in range(1, 4):
        reader.takes.clear()
        source.queue.put_nowait([(number, Delta("가"))])
        await asyncio.sleep(0)
        reader.takes.set()
        await reader.has(f"{number}=".encode())
    source.queue.put_nowait(None)
    await answering


async def test_silence_is_broken_by_comments_and_never_inside_an_event() -> None:
    source, reader = Source(), Reader()
    answering = asyncio.ensure_future(source.stream(ping_seconds=0.01)(SCOPE, reader.receive, reader.send))
    await reader.has(b": ping\n\n: ping\n\n")
    source.queue.put_nowait([(1, Delta("가"))])
    source.queue.put_nowait(None)
    await answering
    assert reader.body.replace(b": ping\n\n", b"") == "1=가;".encode()


async def test_the_answer_is_left_when_its_reader_goes() -> None:
    """Fault 120."""
    source, reader = Source(), Reader()
    answering = asyncio.ensure_future(source.stream()(SCOPE, reader.receive, reader.send))
    source.queue.put_nowait([(1, Delta("가"))])
    await reader.has("가".encode())
    reader.gone.set()
    await answering
    assert source.left.is_set()
    assert reader.messages[-1]["more_body"]


async def test_the_answer_is_left_when_the_server_stops() -> None:
    source, reader = Source(), Reader()
    answering = asyncio.ensure_future(source.stream()(SCOPE, reader.receive, reader.send))
    source.queue.put_nowait([(1, Delta("가"))])
    await reader.has("가".encode())
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert source.left.is_set()


async def test_a_mistake_of_ours_does_not_look_like_an_end() -> None:
    """Faults 83 to 85 on our own side."""

    async def broken() -> AsyncGenerator[list[Numbered], None]:
        yield [(1, Delta("가"))]
        raise RuntimeError("ours")

    reader = Reader()
    with pytest.raises(RuntimeError, match="ours"):
        await EventStream(broken(), spelled)(SCOPE, reader.receive, reader.send)
    assert reader.messages[-1]["more_body"]

"""A fake OpenAI-compatible server on loopback: it sends exactly the bytes it is told to and remembers what it got.

Beside a test:      async with Upstream(answer(["안녕", "하세요"])) as upstream: ... upstream.base_url ...
For a benchmark:    python -m tests.upstream --port 9100 --first-token 0.05 --interval 0.005 --pieces 100
With a fault in it: python -m tests.upstream --port 9100 --fault reset --after 3
"""

from __future__ import annotations

import argparse
import asyncio
import enum
import json
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping, Sequence


class Act(enum.Enum):
    """What a connection can do other than send."""

    HANG = "say nothing more, for ever"
    CLOSE = "send what is buffered, then FIN"
    RESET = "RST"


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next step."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drip:
    """Send the same bytes again and again, for ever."""

    data: bytes
    every_seconds: float = 0.0


Step: TypeAlias = bytes | Pause | Drip | Act
Script: TypeAlias = "Sequence[Step]"


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived; header names are lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads(self.body)
        return asked


class Upstream:
    """Plays the first script for the first request, the second for the second, and the last one from then on."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._scripts = scripts
        self._tls = tls
        self._port = port
        self.received: list[Received] = []
        self.connections = 0
        self._open: set[_Connection] = set()
        self._arrived = asyncio.Event()
        self._all_closed = asyncio.Event()

    async def __aenter__(self) -> Upstream:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), "127.0.0.1", self._port, ssl=self._tls, backlog=512
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in list(self._open):
            connection.abort()
        await self.all_closed()
        await self._server.wait_closed()

    @property
    def base_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}/v1"

    @property
    def open_connections(self) -> int:
        return len(self._open)

    async def arrived(self) -> None:
        """Returns once a request is here."""
        await self._arrived.wait()

    async def all_closed(self) -> None:
        """Returns once nobody is connected."""
        if self._open:
            self._all_closed.clear()
            await self._all_closed.wait()

    def opened(self, connection: _Connection) -> None:
        self.connections += 1
        self._open.add(connection)

    def closed(self, connection: _Connection) -> None:
        self._open.discard(connection)
        if not self._open:
            self._all_closed.set()

    def script_for(self, request: Received) -> Script:
        self.received.append(request)
        self._arrived.set()
        return self._scripts[min(len(self.received), len(self._scripts)) - 1]


class _Connection(asyncio.Protocol):
    """One client. Requests on a connection that stays open are answered in turn."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._buffer = b""
        self._playing: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._upstream.opened(self)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._playing:
            self._playing.cancel()
        self._upstream.closed(self)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._answer_next()

    def abort(self) -> None:
        self._transport.abort()

    def _answer_next(self) -> None:
        if self._playing or (request := self._take_request()) is None:
            return
        self._playing = asyncio.create_task(self._play(self._upstream.script_for(request)))

    def _take_request(self) -> Received | None:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        start, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        return Received(start.split(" ")[1], headers, rest[:length])

    async def _play(self, script: Iterable[Step]) -> None:
        for step in script:
            await self._do(step)
        self._playing = None
        self._answer_next()

    async def _do(self, step: Step) -> None:
        match step:
            case bytes():
                self._transport.write(step)
                await self._writable.wait()
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Drip(data, seconds):
                while True:
                    await self._do(data)
                    await asyncio.sleep(seconds)
            case Act.HANG:
                await asyncio.Event().wait()
            case Act.CLOSE:
                self._transport.close()
            case Act.RESET:
                connection = self._transport.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._transport.abort()


def head(
    status: int = 200,
    content_type: str | None = "text/event-stream",
    *,
    length: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A status line and its headers. Chunked, unless `length` is given; a negative one means until the end."""
    fields = {"content-type": content_type} if content_type else {}
    if length is None:
        fields["transfer-encoding"] = "chunked"
    elif length >= 0:
        fields["content-length"] = str(length)
    else:
        fields["connection"] = "close"
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in (fields | dict(headers or {})).items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def whole(status: int, body: object, *, headers: Mapping[str, str] | None = None) -> Script:
    """A response that is not a stream; a `str` body is HTML, anything else is sent as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    content_type = "text/html" if isinstance(body, str) else "application/json"
    return (head(status, content_type, length=len(text.encode()), headers=headers), text.encode())


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def event(data: object) -> bytes:
    """One event of the stream; a `str` is sent as it is, anything else as JSON."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return b"data: " + text.encode() + b"\n\n"


def delta(finish_reason: str | None = None, **fields: object) -> bytes:
    """One event in the middle of an answer, such as `delta(content="안녕")`."""
    choice = {"index": 0, "delta": fields, "finish_reason": finish_reason}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "fake-1", "choices": [choice]})


def usage(input_tokens: object, output_tokens: object) -> bytes:
    counted = {"prompt_tokens": input_tokens, "completion_tokens": output_tokens}
    return event({"id": "chatcmpl-1", "model": "fake-1", "choices": [], "usage": counted})


DONE = event("[DONE]")
OPENING: Script = (head(), chunk(delta(role="assistant", content="")))
FINISH: Script = (chunk(delta("stop")), chunk(usage(7, 5)), chunk(DONE), LAST_CHUNK)


def answer(
    pieces: Iterable[str], *, first_token_seconds: float = 0.0, interval_seconds: float = 0.0, finish: Script = FINISH
) -> Script:
    """A good answer, each piece an event and each event an HTTP chunk of its own."""
    script: list[Step] = [*OPENING, Pause(first_token_seconds)]
    for piece in pieces:
        script += [chunk(delta(content=piece)), Pause(interval_seconds)]
    return tuple(step for step in (*script, *finish) if step != Pause(0.0))


FAULTS: Mapping[str, Script] = {
    "hang": (Act.HANG,),
    "comment drip": (Drip(chunk(b": keep-alive\n\n"), 0.005),),
    "empty delta drip": (Drip(chunk(delta(content="")), 0.005),),
    "reset": (Act.RESET,),
    "fin mid-chunk": (b'40\r\ndata: {"choices": [{"del', Act.CLOSE),
    "fin between chunks": (Act.CLOSE,),
    "garbage instead of a chunk size": (b"zz\r\n", Act.CLOSE),
    "clean end with nothing": (LAST_CHUNK,),
    "clean end mid-event": (chunk(delta(content="끝")[:40]), LAST_CHUNK),
    "done without a finish_reason": (chunk(DONE), LAST_CHUNK),
    "error object": (chunk(event({"error": {"message": "boom sk-canary", "code": 500}})), Act.HANG),
    "error event of text": (chunk(b"event: error\ndata: upstream sk-canary exploded\n\n"), Act.HANG),
    "malformed json": (chunk(event('{"choices": [{"delta": ')), Act.HANG),
    "json that is not an object": (chunk(event([1, 2])), Act.HANG),
    "choices that are not a list": (chunk(event({"choices": {"0": "x"}})), Act.HANG),
    "a choice that is not an object": (chunk(event({"choices": ["x"]})), Act.HANG),
    "a delta that is not an object": (chunk(event({"choices": [{"delta": "x"}]})), Act.HANG),
    "content that is not text": (chunk(delta(content=7)), Act.HANG),
    "nesting without end": (chunk(event("[" * 20_000)), Act.HANG),
    "invalid utf-8": (chunk(delta(content="끝").replace("끝".encode(), b"\xeb\x81")), Act.HANG),
    "half a surrogate pair": (chunk(event('{"choices": [{"delta": {"content": "\\ud83d!"}}]}')), Act.HANG),
    "an event of 30 MB": (chunk(delta(content="가" * 10_000_000)), Act.HANG),
    "a line without end": (Drip(chunk(b"data: " + b"x" * 60_000)),),
    "comments without end": (Drip(chunk(b": x\n" * 15_000)),),
    "a tool call": (chunk(delta(tool_calls=[{"index": 0, "function": {"name": "pay", "arguments": "{}"}}])), Act.HANG),
    "a finish by tool call": (chunk(delta("tool_calls")), chunk(DONE), LAST_CHUNK),
}
"""What may come after the headers, or after any number of tokens. None of it is an answer."""


def faulty(name: str, *, after: Iterable[str] = ()) -> Script:
    """An answer that goes wrong: before its first token, or after those given."""
    return (*OPENING, *(chunk(delta(content=piece)) for piece in after), *FAULTS[name])


async def _serve(script: Script, *, port: int, say: Callable[[str], None]) -> None:
    async with Upstream(script, port=port) as upstream:
        say(upstream.base_url)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.upstream", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--first-token", type=float, default=0.0, help="seconds before the first piece")
    parser.add_argument("--interval", type=float, default=0.0, help="seconds after each piece")
    parser.add_argument("--pieces", type=int, default=20)
    parser.add_argument("--text", default="안녕%d ", help="one piece; %%d becomes its number")
    parser.add_argument("--words", help="pieces are the words of this text in turn, instead of --text")
    parser.add_argument("--fault", choices=sorted(FAULTS))
    parser.add_argument("--after", type=int, default=0, help="pieces before the fault")
    parser.add_argument("--status", type=int, help="answer every request with this status instead")
    given = parser.parse_args()
    words = [f"{word} " for word in given.words.split()] if given.words else [given.text]
    pieces = [words[number % len(words)].replace("%d", str(number)) for number in range(given.pieces)]
    if given.status:
        script = whole(given.status, {"error": {"message": "as you wished", "code": None}})
    elif given.fault:
        script = faulty(given.fault, after=pieces[: given.after])
    else:
        script = answer(pieces, first_token_seconds=given.first_token, interval_seconds=given.interval)
    asyncio.run(_serve(script, port=given.port, say=lambda url: print(url, flush=True)))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None

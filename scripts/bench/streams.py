"""One visitor on a raw socket, and a fake provider that answers each question as it is told to."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.upstream import LAST_CHUNK, Upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.upstream import Received, Script

QUESTION = "오늘 서울 하늘에 쌍무지개가 뜰 확률은 몇 퍼센트쯤 될까?"
"""Nothing of it is in the sample FAQ. A number behind it makes each question a new one."""

SAID = "하늘이 맑고 바람이 조금 불어요. 무지개는 비가 그친 뒤에 해를 등지고 서면 잘 보여요."
"""Plain words without a number: nothing that a guard would hold back, and a sentence ends now and then."""


def plain_pieces(count: int) -> list[str]:
    """So many pieces of text of about one token each, the space in front of the word, as most models have it."""
    words = SAID.split()
    return [f"{' ' if number else ''}{words[number % len(words)]}" for number in range(count)]


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the stream as a visitor hears it."""

    id: str
    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything a visitor heard. `ended` is whether the HTTP message came to its own end. Times are seconds."""

    status: int
    body: bytes
    ended: bool
    seconds: float
    first_seconds: float | None = None

    @property
    def text(self) -> str:
        """All text of an answer, whether it came from us or straight from a provider."""
        told = [json.loads(data) for data in re.findall(rb"^data: (\{.*\})$", self.body, re.MULTILINE)]
        choices = [choice for one in told for choice in one.get("choices", ())]
        return "".join(one.get("text", "") for one in told) + "".join(
            one["delta"].get("content", "") for one in choices
        )

    @property
    def events(self) -> list[Told]:
        """A block that holds no `data:` is a comment; half a block at the end is none."""
        blocks = self.body.replace(b"\r\n", b"\n").decode().split("\n\n")[:-1]
        fields = [dict(line.partition(": ")[::2] for line in block.split("\n")) for block in blocks]
        return [Told(one.get("id", ""), one["event"], json.loads(one["data"])) for one in fields if "data" in one]


class Scripted(Upstream):
    """A fake provider whose script for a request is chosen by what was asked."""

    def __init__(self, play: Callable[[Received], Script], *, port: int = 0) -> None:
        super().__init__((), port=port)
        self._choose = play

    def script_for(self, request: Received) -> Script:
        super().script_for(request)
        return self._choose(request)


@dataclass(slots=True)
class _Reading:
    raw: bytearray = field(default_factory=bytearray)
    first_seconds: float | None = None


async def ask(port: int, message: str, *, seconds: float = 120.0) -> Heard:
    """Ask as a browser does."""
    return await post(port, "/api/chat", {"message": message}, mark=b"event: delta", seconds=seconds)


async def post(port: int, path: str, asked: object, *, mark: bytes, seconds: float = 120.0) -> Heard:
    """Send a request and read the stream to its end. `mark` is how text looks on this wire.

    A stream that has not ended after `seconds` is heard as one without an end.
    """
    body = json.dumps(asked).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: text/event-stream\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reading = _Reading()
    began = time.perf_counter()
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + body)
            while data := await reader.read(65536):
                reading.raw += data
                if reading.first_seconds is None and mark in reading.raw:
                    reading.first_seconds = time.perf_counter() - began
                if reading.raw.endswith(LAST_CHUNK):
                    break
            writer.close()
    except (OSError, TimeoutError):
        pass
    start, _, rest = bytes(reading.raw).partition(b"\r\n\r\n")
    status = int(start.split(b" ", 2)[1]) if start.startswith(b"HTTP/") else 0
    payload, ended = _unchunked(rest) if b"chunked" in start.lower() else (rest, bool(start))
    return Heard(status, payload, ended, time.perf_counter() - began, reading.first_seconds)


def _unchunked(data: bytes) -> tuple[bytes, bool]:
    """The payload, and whether the chunk that ends it was there."""
    pieces = list(_chunks(data))
    return b"".join(pieces), bool(pieces) and pieces[-1] == b""


def _chunks(data: bytes) -> Iterator[bytes]:
    at = 0
    while (line := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:line], 16)
        piece = data[line + 2 : line + 2 + size]
        if len(piece) < size or len(data) < line + 4 + size:
            return
        yield piece
        at = line + 4 + size

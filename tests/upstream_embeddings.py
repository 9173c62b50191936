"""A real HTTP server on loopback that speaks the OpenAI `/embeddings` wire format, and misbehaves on request."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import json
import math
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

Reply = dict[str, Any]
Change = Callable[[Reply], Reply]


@dataclass(frozen=True)
class Status:
    """Answers with a status, headers and a body of its own."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": {"message": "the-provider-said-this", "type": "server_error"}}'


@dataclass(frozen=True)
class Hang:
    """Reads the request and never answers."""


@dataclass(frozen=True)
class Cut:
    """Closes the connection after `after` bytes of an otherwise good answer."""

    after: int


Fault = Status | Hang | Cut | Change


def vector_of(text: str, *, dimension: int, model: str) -> list[float]:
    """A vector that depends on the text's character pairs alone, so that like texts are near each other."""
    numbers = [0.0] * dimension
    padded = f" {text} "
    for pair in itertools.pairwise(padded):
        digest = hashlib.sha256(f"{model}{''.join(pair)}".encode()).digest()
        numbers[int.from_bytes(digest[:4], "little") % dimension] += 1.0 if digest[4] % 2 else -1.0
    return numbers if any(numbers) else [1.0] * dimension


class EmbeddingsServer:
    """`async with EmbeddingsServer() as server:` listens; `server.faults` holds what happens to the next requests.

    `embedded` are the texts of every well answered request, `requests` each request's headers and JSON body.
    """

    def __init__(self, *, dimension: int = 64, model: str = "test", tls: ssl.SSLContext | None = None) -> None:
        self.dimension = dimension
        self.model = model
        self.faults: deque[Fault | None] = deque()
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.embedded: list[str] = []
        self.open_now = 0
        self.most_open = 0
        self._tls = tls
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def base_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._answered_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answered_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.requests.append((headers, body))
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            return await self._answer(head[0], body, writer)
        finally:
            self.open_now -= 1

    async def _answer(self, request_line: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        fault = self.faults.popleft() if self.faults else None
        if not request_line.startswith("POST /v1/embeddings "):
            fault = Status(404)
        if isinstance(fault, Hang):
            await asyncio.Event().wait()
        elif isinstance(fault, Status):
            writer.write(_http(fault.code, fault.body, fault.headers))
        else:
            answer = _http(200, json.dumps(self._reply(body, fault)).encode(), {})
            writer.write(answer[: fault.after] if isinstance(fault, Cut) else answer)
        await writer.drain()
        return not isinstance(fault, Cut)

    def _reply(self, body: dict[str, Any], fault: Change | Cut | None) -> Reply:
        dimension = body.get("dimensions", self.dimension)
        reply = {
            "object": "list",
            "model": self.model,
            "data": [
                {
                    "object": "embedding",
                    "index": index,
                    "embedding": vector_of(text, dimension=dimension, model=self.model),
                }
                for index, text in enumerate(body["input"])
            ],
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }
        if fault is None:
            self.embedded.extend(body["input"])
            return reply
        return reply if isinstance(fault, Cut) else fault(reply)


def _http(status: int, body: bytes, headers: dict[str, str]) -> bytes:
    lines = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    head = f"HTTP/1.1 {status} Status\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode("latin-1") + b"\r\n" + body


def unordered(reply: Reply) -> Reply:
    return {**reply, "data": reply["data"][::-1]}


def in_base64(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode())


def without_index_or_usage(reply: Reply) -> Reply:
    items = [{"embedding": item["embedding"]} for item in reply["data"]]
    return {"data": items, "model": "another-name-for-it"}


def one_too_few(reply: Reply) -> Reply:
    return {**reply, "data": reply["data"][:-1]}


def one_too_many(reply: Reply) -> Reply:
    return {**reply, "data": [*reply["data"], {**reply["data"][0], "index": len(reply["data"])}]}


def index_twice(reply: Reply) -> Reply:
    return {**reply, "data": [{**item, "index": 0} for item in reply["data"]]}


def not_a_number(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: [math.nan, *numbers[1:]])


def infinite(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: [math.inf, *numbers[1:]])


def astronomic(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: [1e308, *numbers[1:]])


def all_zero(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: [0.0] * len(numbers))


def half_the_dimension(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: numbers[: len(numbers) // 2] or [1.0])


def ragged(reply: Reply) -> Reply:
    first, *rest = reply["data"]
    return {**reply, "data": [{**first, "embedding": first["embedding"][:-1]}, *rest]}


def words_for_numbers(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: [str(number) for number in numbers])


def broken_base64(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: "not base64!")


def null_vector(reply: Reply) -> Reply:
    return _each(reply, lambda numbers: None)


def _each(reply: Reply, change: Callable[[list[float]], Any]) -> Reply:
    return {**reply, "data": [{**item, "embedding": change(item["embedding"])} for item in reply["data"]]}

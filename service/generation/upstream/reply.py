"""One connection, and the response that is arriving on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import httptools

if TYPE_CHECKING:
    from typing import TypeAlias

    Headers: TypeAlias = list[tuple[bytes, bytes]]

MAX_WAITING_BYTES = 256 * 1024
MAX_OVERHEAD_BYTES = 128 * 1024


class Reply(asyncio.Protocol):
    """Bytes of the body as they arrive, at most 256 KiB ahead of the reader. Errors are `ConnectionError`.

    What is no body (headers, chunk sizes and their extensions, trailers) may be 128 KiB long at one place.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()  # asked for once: until Python 3.12 each time is a system call
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._status = 0
        self._headers: Headers = []
        self._framed = False
        self._excess = False
        self._overhead = 0
        self._body: list[bytes] = []
        self._waiting_bytes = 0
        self._paused = False
        self._whole = False
        self._keeps = False
        self._failure: ConnectionError | None = None
        self._reader: asyncio.Future[None] | None = None

    @property
    def reusable(self) -> bool:
        """Whether the response came to its end and the server keeps the connection open."""
        return (
            self._whole
            and self._keeps
            and self._failure is None
            and self._transport is not None
            and not self._transport.is_closing()
        )

    def send(self, request: bytes) -> None:
        """A request; the response to the one before is over."""
        self._parser = httptools.HttpResponseParser(self)
        self._status, self._headers, self._framed, self._overhead = 0, [], False, 0
        self._whole = self._keeps = self._excess = False
        self._take_body()  # of the one before, which nobody wanted to its end
        if self._failure is None and self._transport:
            self._transport.write(request)

    async def headers(self) -> tuple[int, Headers]:
        """Status and headers of the response."""
        while not self._status:
            await self._more()
        return self._status, self._headers

    async def read(self) -> bytes:
        """What has arrived of the body, all of it at once; empty at its end."""
        while not self._body:
            if self._whole:
                return b""
            await self._more()
        if len(self._body) == 1 and not self._paused:
            self._waiting_bytes = 0
            return self._body.pop()
        return self._take_body()

    def _take_body(self) -> bytes:
        body = self._body
        data = body[0] if len(body) == 1 else b"".join(body)
        self._body = []
        self._waiting_bytes = 0
        if self._paused and self._transport:
            self._paused = False
            self._transport.resume_reading()
        return data

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()

    async def _more(self) -> None:
        """Returns once anything has happened. Raises what went wrong, after everything in front of it was read."""
        if self._failure:
            raise self._failure
        self._reader = self._loop.create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def _wake(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_result(None)

    def _fail(self, error: ConnectionError) -> None:
        self._failure = self._failure or error
        self.abort()
        self._wake()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods alone

    def data_received(self, data: bytes) -> None:
        if self._parser is None or self._whole:
            self._fail(ConnectionError("sent what nobody asked for"))
            return
        self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(ConnectionError("sent what is not HTTP"))
            return
        if self._overhead > MAX_OVERHEAD_BYTES:
            self._fail(ConnectionError("sent headers without end"))
        elif self._waiting_bytes > MAX_WAITING_BYTES and not self._paused and self._transport:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        if self._status and not self._framed and error is None:
            self._whole = True  # a body without a length ends with its connection
        if not self._whole:
            self._failure = self._failure or ConnectionError("closed in the middle")
        else:
            self._keeps = False
        self._wake()

    # What the parser calls

    def on_message_begin(self) -> None:
        self._excess = self._whole

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._framed = True
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        status = self._parser.get_status_code()
        if self._excess:
            return
        if status >= 200:
            self._status = status
        else:  # "wait for it": the real response is still to come
            self._headers, self._framed = [], False

    def on_body(self, data: bytes) -> None:
        if self._excess:
            return
        self._overhead = 0
        self._waiting_bytes += len(data)
        self._body.append(data)

    def on_message_complete(self) -> None:
        assert self._parser is not None
        if self._excess:
            self._keeps = False  # a response that nobody asked for: what else may come is not to be trusted
        elif self._status:
            self._whole = True
            self._keeps = self._parser.should_keep_alive()

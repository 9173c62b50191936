"""The bytes of a response body, cut into the events they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from .fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_EVENT_BYTES = 64 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """One event; `name` is "message" where the server gave none."""

    name: str
    data: str


class Events(Protocol):
    """Takes bytes however they were cut and gives whole events.

    Both methods raise `Fault` at what is larger than 64 KiB or not UTF-8, after giving everything in front of it.
    """

    def feed(self, data: bytes) -> Iterable[ServerEvent]: ...

    def end(self) -> Iterable[ServerEvent]:
        """What only becomes an event because the body is over."""


class EventStream:
    """`text/event-stream`. Comments, ids, empty events and an unfinished last one are left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = "message"
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterable[ServerEvent]:
        event = self._plain(data)
        return (event,) if event else self._by_lines(data)

    def _plain(self, data: bytes) -> ServerEvent | None:
        """The event of most reads: one line of data and its end, with nothing of another before it."""
        if (
            self._rest
            or self._size
            or not data.startswith(b"data: ")
            or data.find(b"\n") != len(data) - 2
            or b"\r" in data
            or len(data) > MAX_EVENT_BYTES
        ):
            return None
        try:
            return ServerEvent("message", data[6:-2].decode())
        except UnicodeDecodeError:
            return None

    def _by_lines(self, data: bytes) -> Iterator[ServerEvent]:
        lines = (self._rest + data).splitlines(keepends=True)
        # A "\r" at the end may be half of a "\r\n", so only "\n" surely ends the last line.
        self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            stripped = line.rstrip(b"\r\n")
            if stripped:
                self._keep(stripped)
            else:
                yield from self._finish()
        _refuse_size(self._size + len(self._rest))

    def end(self) -> Iterator[ServerEvent]:
        return iter(())

    def _keep(self, line: bytes) -> None:
        self._size += len(line)
        _refuse_size(self._size)
        field, _, value = line.removeprefix(BYTE_ORDER_MARK).partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
        elif field == b"event":
            self._name = value.strip().decode("utf-8", "replace")

    def _finish(self) -> Iterator[ServerEvent]:
        name, data = self._name, self._data
        self._name, self._data, self._size = "message", [], 0
        if data:
            yield ServerEvent(name, _text(b"\n".join(data)))


class OneDocument:
    """A body that is a single JSON document, as some gateways send although a stream was asked for."""

    def __init__(self) -> None:
        self._body = b""

    def feed(self, data: bytes) -> Iterator[ServerEvent]:
        self._body += data
        _refuse_size(len(self._body))
        return iter(())

    def end(self) -> Iterator[ServerEvent]:
        yield ServerEvent("message", _text(self._body))


def _refuse_size(size: int) -> None:
    if size > MAX_EVENT_BYTES:
        raise Fault("sent an event of more than 64 KiB", again=False)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("sent bytes that are not UTF-8") from None

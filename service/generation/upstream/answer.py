"""A response body read as one answer: its visible text, how it ended, what it cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .calling import CallsReader
from .chunk import plain_text, read_chunk, read_document
from .fault import Fault
from .reasoning import ReasoningFilter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..completion import FinishReason
    from ..message import ToolCall
    from ..tokens import Usage
    from .chunk import Chunk
    from .wire import Events, ServerEvent

MAX_TEXT_BYTES = 16 * 1024
MAX_EQUAL_PIECES = 100
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class AnswerReader:
    """Fed with bytes, gives visible text.

    `finish_reason` is how the model says it ended, None until it does and again when it goes on after all.
    `moved` is true when the last bytes held anything of the model, `over` once nothing more is worth reading.
    `fault` is what was wrong behind the text that was returned last; what goes wrong behind a whole answer is none.
    `calls` are the tools it asks for, once the body is over: with calls its end is `tool_calls`, whatever was sent.
    """

    def __init__(self, events: Events, *, offered: bool = False) -> None:
        self.finish_reason: FinishReason | None = None
        self.usage: Usage | None = None
        self.model: str | None = None
        self.fault: Fault | None = None
        self.over = False
        self.moved = False
        self.calls: tuple[ToolCall, ...] = ()
        self._offered = offered
        self._asked = CallsReader()
        self._events = events
        self._reasoning = ReasoningFilter()
        self._half = ""
        self._size = 0
        self._last_piece = ""
        self._equal_pieces = 0

    @property
    def empty(self) -> bool:
        """Whether nothing visible was said so far."""
        return self._size == 0

    def feed(self, data: bytes) -> str:
        self.moved = False
        return self._read(self._events.feed(data))

    def end(self) -> str:
        """The body is over. Without a `fault` the answer ended as `finish_reason` says."""
        text = self._read(self._events.end())
        if self.fault is None and (self.finish_reason is None or self._half):
            self.fault = Fault("stopped before the end of its answer")
        if self.fault is None:
            self._settle_calls()
        return text if self.fault else text + self._admit(self._reasoning.rest())

    def _settle_calls(self) -> None:
        """Calls count where the answer ended with them; of what a limit or a filter cut off nobody knows the rest."""
        if self._asked and self.finish_reason in ("stop", "other"):
            self.finish_reason = "tool_calls"
        if self.finish_reason != "tool_calls":
            return
        try:
            self.calls = self._asked.calls()
        except Fault as fault:
            self.fault = fault
        if not self._asked:
            self.fault = Fault("asked for a tool without naming it")

    def _read(self, events: Iterable[ServerEvent]) -> str:
        texts: list[str] = []
        try:
            for event in events:
                if event.data == "[DONE]":
                    self.over = True
                    break
                document = read_document(event)
                text = plain_text(document, model=self.model)
                texts.append(self._say(text) if text else self._take(read_chunk(document, offered=self._offered)))
        except Fault as fault:
            if self.finish_reason is None:
                self.fault = fault
            self.over = True
        return "".join(texts)

    def _say(self, text: str) -> str:
        self.finish_reason = None  # until this text is known to be good; an earlier end was none
        self.moved = True
        return self._visible(text)

    def _take(self, chunk: Chunk) -> str:
        self.usage = chunk.usage or self.usage
        self.model = chunk.model or self.model
        if chunk.thought or chunk.calls:
            self.finish_reason = None
        text = self._say(chunk.text) if chunk.text else ""
        for fragment in chunk.calls:
            self._asked.take(fragment)
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self.moved = self.moved or bool(chunk.thought or chunk.calls or chunk.finish_reason)
        return text

    def _visible(self, piece: str) -> str:
        self._count_repeats(piece)
        return self._admit(self._reasoning.visible(self._whole_characters(piece)))

    def _admit(self, text: str) -> str:
        if not text.isprintable():
            text = CONTROLS.sub("", text)
        if not self._size:
            text = text.lstrip()
        self._size += len(text.encode())
        if self._size > MAX_TEXT_BYTES:
            raise Fault("wrote more than 16 KiB", again=False)
        return text

    def _count_repeats(self, piece: str) -> None:
        self._equal_pieces = self._equal_pieces + 1 if piece == self._last_piece else 1
        self._last_piece = piece
        if self._equal_pieces >= MAX_EQUAL_PIECES:
            raise Fault("repeated itself without end", again=False)

    def _whole_characters(self, piece: str) -> str:
        """JSON can escape an emoji as two halves, and a provider can send the halves in two pieces."""
        if not self._half and piece.isprintable():
            return piece
        piece = self._half + piece
        self._half = piece[-1] if "\ud800" <= piece[-1] <= "\udbff" else ""
        try:
            return piece.removesuffix(self._half).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise Fault("sent half a character") from None

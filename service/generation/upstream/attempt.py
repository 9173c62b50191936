"""One attempt: a request to one endpoint, its answer piece by piece, and what was measured of it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from ..completion import Attempt, Ending, ToolCalls
from ..tokens import Usage, estimate_tokens
from .answer import AnswerReader
from .fault import Fault
from .wire import EventStream, OneDocument

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from typing import Literal, TypeAlias

    from ..completion import CompletionRequest, FinishReason, Piece
    from .endpoint import Body, Endpoint
    from .patience import Patience
    from .wire import Events

    Outcome: TypeAlias = Literal[
        "complete", "cut", "withheld", "tools", "abandoned", "refused", "unavailable", "interrupted"
    ]

OUTCOMES: Mapping[FinishReason, Outcome] = {
    "stop": "complete",
    "content_filter": "withheld",
    "tool_calls": "tools",
}


class Measured:
    """What one attempt took, for whoever counts."""

    def __init__(self, endpoint: Endpoint, *, again: bool) -> None:
        self.outcome: Outcome = "abandoned"  # until we know better
        self.usage: Usage | None = None
        self._endpoint = endpoint
        self._again = again
        self._now = asyncio.get_running_loop().time
        self._began = self._last = self._now()
        self._first: float | None = None
        self._gap: float | None = None

    @property
    def spoke(self) -> bool:
        return self._first is not None

    def said(self) -> None:
        now = self._now()
        if self._first is None:
            self._first = now - self._began
        else:
            self._gap = max(self._gap or 0.0, now - self._last)
        self._last = now

    def ended(self, ending: Ending) -> None:
        self.outcome, self.usage = OUTCOMES.get(ending.finish_reason, "cut"), ending.usage

    def failed(self, fault: Fault) -> None:
        self.outcome = "interrupted" if self.spoke else "refused" if fault.refused else "unavailable"

    def taken(self) -> Attempt:
        target = self._endpoint.target
        return Attempt(
            target=target.name,
            model=target.model,
            outcome=self.outcome,
            seconds=self._now() - self._began,
            first_text_seconds=self._first,
            longest_gap_seconds=self._gap,
            usage=self.usage,
            again=self._again,
        )


async def attempt(
    endpoint: Endpoint, asked: CompletionRequest, patience: Patience, measured: Measured
) -> AsyncGenerator[Piece, None]:
    """Text as it comes, tool calls, and an ending. Raises `Fault`, also behind text that was not the end.

    One generator and not one in another: each would be woken for each piece.
    """
    texts: list[str] = []
    async with AsyncExitStack() as stack:
        body = await patience.wait_for(stack.enter_async_context(endpoint.ask(asked, patience)))
        reader = AnswerReader(_events_in(body), offered=bool(asked.tools))
        while not reader.over and (data := await _next(body, reader, patience)):
            if text := reader.feed(data):
                measured.said()
                texts.append(text)
                yield text
            if reader.fault:
                raise reader.fault
            if reader.moved:
                patience.moved(whole=reader.finish_reason is not None)
        if text := reader.end():
            measured.said()
            texts.append(text)
            yield text
        if reader.fault:
            raise reader.fault
        if reader.over:
            await _next(body, reader, patience)  # the end of the HTTP message: the connection can be used again
    if reader.empty and not reader.calls and reader.finish_reason != "content_filter":
        raise Fault("ended without a word", again=False)
    if reader.calls:
        yield ToolCalls(reader.calls)
        texts += [call.arguments for call in reader.calls]
    ending = _ending(endpoint, reader, asked, "".join(texts))
    measured.ended(ending)
    yield ending


async def _next(body: Body, reader: AnswerReader, patience: Patience) -> bytes:
    """The next bytes; empty at the end, also at a bad one when the answer was whole before."""
    try:
        return await patience.wait_for(body.read())
    except Fault:
        if reader.finish_reason is None:
            raise
        return b""


def _events_in(body: Body) -> Events:
    match body.content_type.partition(";")[0].strip().lower():
        case "text/event-stream" | "":
            return EventStream()
        case "application/json":
            return OneDocument()
        case _:
            raise Fault("answered with something that is no completion")


def _ending(endpoint: Endpoint, reader: AnswerReader, asked: CompletionRequest, text: str) -> Ending:
    usage = reader.usage
    if usage is None or not usage.input_tokens or (text and not usage.output_tokens):  # nothing is for nothing
        sent = sum(estimate_tokens(message.content) for message in asked.messages)
        usage = Usage(sent, estimate_tokens(text), estimated=True)
    target = endpoint.target
    return Ending(reader.finish_reason or "other", usage, reader.model or target.model, target.name)

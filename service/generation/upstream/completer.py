"""Any OpenAI-compatible `/chat/completions` as a `Completer`."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...errors import UpstreamInterrupted, UpstreamUnavailable
from ..completion import Ending
from ..tokens import Usage, estimate_tokens
from .answer import AnswerReader
from .bulkhead import Bulkhead
from .endpoint import Endpoint
from .fault import Fault
from .parameters import Parameters
from .patience import Deadlines, Patience
from .wire import EventStream, OneDocument

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    import httpx2

    from ..completion import CompletionRequest, Piece
    from .endpoint import Body
    from .wire import Events


class OpenAICompleter:
    """Any OpenAI-compatible `/chat/completions`: at most two attempts a question, the second only before any text."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        *,
        temperature: float | None = None,
        max_tokens: int | None = 600,
        deadlines: Deadlines | None = None,
        bulkhead: Bulkhead | None = None,
        http_client: httpx2.AsyncClient | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.model = model
        self._deadlines = deadlines or Deadlines()
        self._bulkhead = bulkhead or Bulkhead()
        self._endpoint = Endpoint(
            base_url,
            api_key,
            model,
            Parameters(temperature=temperature, max_tokens=max_tokens),
            places=self._bulkhead.places,
            connect_seconds=self._deadlines.connect,
            now=now,
            client=http_client,
        )

    async def close(self) -> None:
        """Close the connections to the provider."""
        await self._endpoint.close()

    async def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        """See `Completer.stream`."""
        async with self._bulkhead:
            patience = Patience(self._deadlines)
            for last in (False, True):
                shown = False
                if asked.meter:
                    await asked.meter.attempt(self._endpoint.name)
                try:
                    async with aclosing(self._attempt(asked, patience)) as pieces:
                        async for piece in pieces:
                            shown = True
                            yield piece
                except Fault as fault:
                    failed = fault
                else:
                    return
                why = f"{self._endpoint.name} {failed}."
                if shown:
                    raise UpstreamInterrupted(why)
                pause_seconds = self._pause_seconds(failed)
                if last or not failed.again or not patience.lasts(pause_seconds):
                    raise UpstreamUnavailable(why)
                await asyncio.sleep(pause_seconds)

    def _pause_seconds(self, fault: Fault) -> float:
        """What the endpoint asked for, else a random time, so that a crowd does not come back as one."""
        if fault.wait_seconds is not None:
            return fault.wait_seconds
        return self._deadlines.pause * random.uniform(0.5, 1.5)  # noqa: S311 - nothing secret about it

    async def _attempt(self, asked: CompletionRequest, patience: Patience) -> AsyncGenerator[Piece, None]:
        patience.attempt()
        texts: list[str] = []
        async with AsyncExitStack() as stack:
            request = self._endpoint.ask(asked)
            body = await patience.wait_for(stack.enter_async_context(request))
            reader = AnswerReader(_events_in(body))
            async with aclosing(_texts(body, reader, patience)) as read:
                async for text in read:
                    texts.append(text)
                    yield text
        if reader.empty and reader.finish_reason != "content_filter":
            raise Fault("ended without a word", again=False)
        yield self._ending(reader, asked, "".join(texts))

    def _ending(self, reader: AnswerReader, asked: CompletionRequest, text: str) -> Ending:
        sent = sum(estimate_tokens(message.content) for message in asked.messages)
        usage = reader.usage or Usage(sent, estimate_tokens(text), estimated=True)
        return Ending(reader.finish_reason or "other", usage, reader.model or self.model)


def _events_in(body: Body) -> Events:
    match body.content_type.partition(";")[0].strip().lower():
        case "text/event-stream" | "":
            return EventStream()
        case "application/json":
            return OneDocument()
        case _:
            raise Fault("answered with something that is no completion")


async def _texts(body: Body, reader: AnswerReader, patience: Patience) -> AsyncGenerator[str, None]:
    """All text of one response. Raises `Fault` behind the last when it was not the end of the answer."""
    while not reader.over and (data := await _next(body, reader, patience)) is not None:
        if text := reader.feed(data):
            yield text
        if reader.fault:
            raise reader.fault
        if reader.moved and reader.finish_reason:
            patience.finishing()
        elif reader.moved:
            patience.moved()
    if text := reader.end():
        yield text
    if reader.fault:
        raise reader.fault
    if reader.over:
        await _next(body, reader, patience)  # the end of the HTTP message: the connection can be used again


async def _next(body: Body, reader: AnswerReader, patience: Patience) -> bytes | None:
    """The next bytes; None at the end, also at a bad one when the answer was whole before."""
    try:
        return await patience.wait_for(anext(body.chunks, None))
    except Fault:
        if reader.finish_reason is None:
            raise
        return None

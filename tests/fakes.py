"""Ten honest lines for each part that would otherwise need somebody else's machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Literal

from service.conversation.store import Label
from service.errors import UpstreamError
from service.generation.completion import CompletionRequest, Ending, Piece
from service.generation.message import Message
from service.generation.tokens import Usage


class FakeCompleter:
    """Says the given pieces, then ends as told: with a reason, with an error, or only when it is stopped."""

    model = "fake-1"

    def __init__(self, *pieces: str, end: str | UpstreamError | None = "stop") -> None:
        self.pieces = pieces
        self.end = end
        self.asked: list[Sequence[Message]] = []
        self.requests: list[CompletionRequest] = []
        self.stopped = False

    async def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        self.requests.append(asked)
        self.asked.append(asked.messages)
        try:
            for piece in self.pieces:
                yield piece
            if self.end is None:
                await asyncio.Event().wait()
            if isinstance(self.end, UpstreamError):
                raise self.end
            yield Ending(self.end, Usage(12, 34), self.model)  # type: ignore[arg-type]
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped = True
            raise


def label(
    question: str,
    entry_id: str,
    *,
    kind: Literal["picked", "helpful"] = "picked",
    times: int = 1,
    at: datetime = datetime(2026, 11, 20, tzinfo=UTC),
) -> Label:
    """What a visitor said about a question."""
    return Label(question, entry_id, kind, times, at)

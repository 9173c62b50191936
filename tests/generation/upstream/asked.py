"""Asking a completer that talks to a fake provider, and everything it told."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.errors import UpstreamError
from service.generation.completion import CompletionRequest, Ending, Sampling
from service.generation.message import Message
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.patience import Deadlines
from service.generation.upstream.target import Target
from tests.upstream import (
    Upstream,
    answer,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.upstream import Script

ASKED = [Message("system", "You help."), Message("user", "제주도 배송은 얼마예요?")]
PATIENT = Deadlines(first=20.0, between=20.0, tail=20.0, total=60.0, pause=0.0)
GOOD = answer(["제주", "는 3,000원"])


@dataclass
class Told:
    """Everything one completion gave: its text, its ending or its error."""

    text: str
    ending: Ending | None
    error: UpstreamError | None


def target(upstream: Upstream, *, key: str | None = "sk-ours", model: str = "m-1", **more: Any) -> Target:
    """The fake provider as a target; `Sampling(max_tokens=600)` is what the settings would say."""
    return Target(upstream.base_url, key, model, **({"sampling": Sampling(max_tokens=600)} | more))


def completing(*upstreams: Upstream, deadlines: Deadlines = PATIENT, **options: Any) -> OpenAICompleter:
    """A completer over these providers, the first one first. `sampling`, `quirks` and `key` are the targets'."""
    of_targets = {name: options.pop(name) for name in ("sampling", "quirks", "key", "label") if name in options}
    targets = [target(upstream, model=f"m-{number}", **of_targets) for number, upstream in enumerate(upstreams, 1)]
    return OpenAICompleter(targets, deadlines=deadlines, **options)


@asynccontextmanager
async def asking(*scripts: Script, deadlines: Deadlines = PATIENT, **options: Any) -> AsyncIterator[Asked]:
    async with Upstream(*scripts) as upstream:
        completer = completing(upstream, deadlines=deadlines, **options)
        try:
            yield Asked(upstream, completer)
        finally:
            await completer.close()


@dataclass
class Asked:
    upstream: Upstream
    completer: OpenAICompleter

    async def tell(self) -> Told:
        told = Told("", None, None)
        try:
            async for piece in self.completer.stream(CompletionRequest(ASKED, request_id="ex-1")):
                assert told.ending is None, "an ending is the last that comes"
                if isinstance(piece, Ending):
                    told.ending = piece
                elif isinstance(piece, str):
                    told.text += piece
        except UpstreamError as error:
            told.error = error
        return told

    async def until_answered(self) -> Told:
        """The first good answer, however often it has to be asked for. Beside it the probes go on."""
        while (told := await self.tell()).error:  # noqa: ASYNC110 - a visitor that comes back
            await asyncio.sleep(0.01)
        return told

    @property
    def attempts(self) -> int:
        return len(self.upstream.received)


async def tell(*scripts: Script, deadlines: Deadlines = PATIENT, **options: Any) -> tuple[Told, int]:
    async with asking(*scripts, deadlines=deadlines, **options) as asked:
        return await asked.tell(), asked.attempts

"""Older turns in a few lines, made by a model. Who wants one decides when; without one the older turns are left out."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog

from ...errors import UpstreamError, UpstreamInterrupted
from ..completion import CompletionRequest, Ending, Sampling
from ..fence import fenced
from ..message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..completion import Bill, Completer
    from ..message import Turn
    from .prompt import Prompt
    from .rules import Locale

log = structlog.get_logger(__name__)

MAX_TOKENS = 250
MOST_KEPT = 512
"""Summaries that are remembered, each of a few lines."""


async def summarised(
    completer: Completer,
    prompt: Prompt,
    turns: Sequence[Turn],
    locale: Locale,
    *,
    earlier: str = "",
    request_id: str | None = None,
    visitor: str | None = None,
    bill: Bill | None = None,
) -> str:
    """`turns` in a few lines, after what `earlier` says of those before them.

    What visitors and models said is data to it, and so is what comes back. Raises `UpstreamError` where the model
    does not come to an end: half a summary may say the opposite.
    """
    told = "\n\n".join(f"Visitor: {turn.question}\nAnswer: {turn.answer}" for turn in turns)
    parts = {"summary": earlier, "conversation": told} if earlier else {"conversation": told}
    asked = CompletionRequest(
        [Message("system", prompt.render(locale=locale)), Message("user", fenced(parts))],
        sampling=Sampling(temperature=0.0, max_tokens=MAX_TOKENS),
        request_id=request_id,
        visitor=visitor,
        bill=bill,
    )
    pieces: list[str] = []
    async with aclosing(completer.stream(asked)) as stream:
        async for piece in stream:
            if isinstance(piece, str):
                pieces.append(piece)
            elif isinstance(piece, Ending) and piece.complete and (summary := "".join(pieces).strip()):
                return summary
    raise UpstreamInterrupted("The summary did not come to an end.")


class Summaries:
    """Summaries by what they are of. One turn more costs that turn, not the conversation again."""

    def __init__(self, prompt: Prompt, *, most: int = MOST_KEPT) -> None:
        self._prompt = prompt
        self._most = most
        self._kept: OrderedDict[str, str] = OrderedDict()

    async def of(
        self,
        completer: Completer,
        turns: Sequence[Turn],
        locale: Locale,
        *,
        request_id: str | None = None,
        visitor: str | None = None,
        bill: Bill | None = None,
    ) -> str | None:
        """None where there is nothing to summarise or that failed: the conversation goes on without."""
        known, earlier = self._longest_known(turns, locale)
        if known == len(turns):
            return earlier or None
        try:
            summary = await summarised(
                completer,
                self._prompt,
                turns[known:],
                locale,
                earlier=earlier,
                request_id=request_id,
                visitor=visitor,
                bill=bill,
            )
        except UpstreamError as error:
            log.warning("summary_failed", request_id=request_id, reason=str(error))
            return None
        self._keep(_digest(turns, locale), summary)
        return summary

    def _longest_known(self, turns: Sequence[Turn], locale: Locale) -> tuple[int, str]:
        for count in range(len(turns), 0, -1):
            digest = _digest(turns[:count], locale)
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return count, self._kept[digest]
        return 0, ""

    def _keep(self, digest: str, summary: str) -> None:
        self._kept[digest] = summary
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _digest(turns: Sequence[Turn], locale: Locale) -> str:
    said = json.dumps([locale, *([turn.question, turn.answer] for turn in turns)])
    return hashlib.sha256(said.encode()).hexdigest()

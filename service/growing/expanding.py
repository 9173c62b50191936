"""Asking a model for phrasings, a few entries at a time; what one has cost is never lost to another's fault."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..errors import UpstreamError, UpstreamRefused
from ..generation.completion import CompletionRequest, Ending
from ..generation.tokens import Usage
from .drafting import drafts_in, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..generation.completion import Completer
    from ..generation.persona.prompt import Prompt
    from ..knowledge.entry import FaqEntry
    from .drafting import Dropped
    from .learning import Index

CONCURRENCY: Final = 4
"""Completions under way at once: providers limit how many there may be, and a model at home serves few."""
NEIGHBOURS: Final = 3
REFUSALS: Final = 3
"""Entries in a row that the endpoint refuses before the first success; then it would refuse all."""


@dataclass(slots=True)
class Drafted:
    """What was drafted so far. `failures`: entry id -> why nothing was. `usage` is of all completions together."""

    drafts: dict[str, list[str]] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    usage: Usage = field(default_factory=lambda: Usage(0, 0))
    given_up: str | None = None
    """Why the rest was not asked for."""


class Drafting:
    """Fills `result` as answers come, so that whoever cancels `run` keeps what was paid for."""

    def __init__(
        self,
        completer: Completer,
        prompt: Prompt,
        index: Index,
        *,
        per_entry: int,
        on_progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self.result = Drafted()
        self._completer = completer
        self._prompt = prompt
        self._index = index
        self._per_entry = per_entry
        self._on_progress = on_progress
        self._refused_in_a_row = 0

    async def run(self, entries: Sequence[FaqEntry]) -> None:
        """Faults of single entries are in `result.failures`."""
        waiting = deque(entries)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(CONCURRENCY, len(entries))):
                group.create_task(self._work(waiting, len(entries)))

    async def _work(self, waiting: deque[FaqEntry], total: int) -> None:
        while waiting and self.result.given_up is None:
            entry = waiting.popleft()
            try:
                await self._draft(entry)
            except UpstreamError as error:
                self.result.failures[entry.id] = str(error)
                if self._would_refuse_all(refused=isinstance(error, UpstreamRefused)):
                    self.result.given_up = str(error)
            self._on_progress(len(self.result.drafts) + len(self.result.failures), total)

    def _would_refuse_all(self, *, refused: bool) -> bool:
        self._refused_in_a_row = self._refused_in_a_row + 1 if refused else 0
        return not self.result.drafts and self._refused_in_a_row >= REFUSALS

    async def _draft(self, entry: FaqEntry) -> None:
        near = (await self._index.match(entry.question, limit=NEIGHBOURS + 1)).matches
        neighbours = [match.entry for match in near if match.entry.id != entry.id]
        asked = messages(self._prompt, entry, neighbours=neighbours[:NEIGHBOURS], count=self._per_entry)
        answer, complete = "", False
        async with aclosing(self._completer.stream(CompletionRequest(asked))) as pieces:
            async for piece in pieces:
                if isinstance(piece, Ending):
                    complete = piece.complete
                    self.result.usage += piece.usage
                elif isinstance(piece, str):
                    answer += piece
        whole = answer if complete else answer.rpartition("\n")[0]  # the last line may be half a phrasing
        drafts, dropped = drafts_in(whole, entry, count=self._per_entry)
        self.result.drafts[entry.id] = drafts
        self.result.dropped += dropped


def chosen(entries: Iterable[FaqEntry], *, limit: int | None) -> list[FaqEntry]:
    """Enabled entries, with a `limit` those with the fewest phrasings."""
    enabled = [entry for entry in entries if entry.enabled]
    return enabled if limit is None else sorted(enabled, key=lambda entry: len(entry.phrasings))[:limit]

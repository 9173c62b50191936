"""From a visitor's question to matches and a decision, over the index that serves now."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import structlog

from ..errors import UpstreamError
from .building import index_storage
from .contents import API, OFFLINE
from .decision import Decision, Scale, decide, scale_of
from .live import LiveIndex
from .recipe import configured_recipes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from ..knowledge.entry import FaqEntry
    from ..settings import Settings
    from .index import FaqIndex, Match
    from .recipe import Recipe
    from .snapshot import Snapshot

log = structlog.get_logger(__name__)

REST_SECONDS = 10.0
"""An embeddings endpoint that failed is left alone for so long, so that not every visitor waits for its deadline."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question, by which index, and what to do with it. `matches` are best first."""

    matches: tuple[Match, ...]
    decision: Decision
    scale: Scale
    index_version: str
    embedder: str

    @property
    def near(self) -> tuple[Match, ...]:
        """Matches worth asking back about."""
        return tuple(match for match in self.matches if self.scale.confidence(match) >= self.scale.ask)


class Retriever:
    """Asks the configured embedder first, and the offline index whenever that embedder fails."""

    def __init__(
        self,
        live: LiveIndex,
        recipes: Mapping[str, Recipe],
        *,
        threshold: float | None = None,
        today: Callable[[], date] = date.today,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live = live
        self._recipes = recipes
        self._threshold = threshold
        self._today = today
        self._clock = clock
        self._failing: str | None = None
        self._rests_until = 0.0

    @classmethod
    @asynccontextmanager
    async def serving(cls, settings: Settings) -> AsyncIterator[Retriever]:
        """A retriever over the published index that takes up new versions as they are published.

        Raises `IndexUnavailable` or `IndexRefused` when there is no index to serve.
        """
        async with configured_recipes(settings) as recipes:
            live = LiveIndex(index_storage(settings.var_dir), recipes, settings.faq_path, on_change=_say)
            await live.start()
            watching = asyncio.create_task(live.watch(), name="index watch")
            try:
                yield cls(live, recipes, threshold=settings.threshold)
            finally:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching

    @property
    def index_version(self) -> str:
        return self._live.snapshot.version

    @property
    def embedder(self) -> str:
        """The embedder that is asked first."""
        return next(iter(self._recipes.values())).embedder.id

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an operator should know, a line each."""
        return (*self._live.problems, *([self._failing] if self._failing else []))

    def entry(self, entry_id: str) -> FaqEntry | None:
        """An entry of the index that serves now."""
        return next((entry for entry in self._live.snapshot.entries if entry.id == entry_id), None)

    async def match(self, question: str, *, history: Sequence[str] = (), limit: int) -> Retrieval:
        """The `limit` entries closest to the question; `history` holds the visitor's earlier ones, oldest first.

        One index answers a question from beginning to end, whatever is published meanwhile.
        """
        snapshot = self._live.snapshot
        if snapshot.api and self._clock() >= self._rests_until:
            try:
                found = await self._ask(API, snapshot.api, snapshot.version, question, history, limit)
            except UpstreamError as error:
                self._rest(f"The offline index answers, because the embeddings endpoint failed. {error}")
            else:
                self._failing = None
                return found
        if snapshot.api:
            await asyncio.to_thread(self._make_ready, snapshot)
        return await self._ask(OFFLINE, snapshot.offline, snapshot.version, question, history, limit)

    def _make_ready(self, snapshot: Snapshot) -> None:
        """Beside an endpoint, the first use of the offline side loads its models, which takes a second."""
        _ = snapshot.offline, self._recipes[OFFLINE].embedder

    async def _ask(
        self, part: str, index: FaqIndex, version: str, question: str, history: Sequence[str], limit: int
    ) -> Retrieval:
        embedder = self._recipes[part].embedder
        query = index.query(question, history)
        vectors = await embedder.embed(query.texts)
        matches = tuple(index.search(query, vectors, limit=limit, on=self._today()))
        scale = scale_of(embedder.id)
        decision = decide(matches, scale=scale, threshold=self._threshold)
        return Retrieval(matches, decision, scale, version, embedder.id)

    def _rest(self, sentence: str) -> None:
        if self._failing != sentence:
            log.warning("embedder_failing", reason=sentence)
        self._failing = sentence
        self._rests_until = self._clock() + REST_SECONDS


def _say(sentence: str) -> None:
    log.info("index", message=sentence)

"""From a visitor's question to matches and a decision, over the index that serves now."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

import structlog

from ..errors import UpstreamError
from .build import index_storage
from .contents import API, OFFLINE
from .contrast.guard import conflicts, prepare
from .decision import Decision, decide
from .live import LiveIndex
from .recipe import configured_recipes
from .why import explain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from ..knowledge.entry import FaqEntry
    from ..settings import Settings
    from .calibration import Calibration
    from .concepts import SameWord
    from .contrast.guard import Conflict
    from .index import FaqIndex, Match
    from .recipe import Recipe
    from .snapshot import Snapshot
    from .why import Why

log = structlog.get_logger(__name__)

REMEMBERED = 1_000
"""Questions whose matches are kept: customers ask the same few, and an endpoint need not embed them again.

Only questions without a history, which are nobody's in particular; each belongs to one index version and one day.
"""

Asked: TypeAlias = tuple[str, str, str, int, date]

COMPARED = 5
"""So many of the best entries are looked at when it is decided, however few were asked for."""

WITH_A_RIVAL = 2
"""Matches without which nobody can say why the first one is no better than another."""

REST_SECONDS = 10.0
"""An embeddings endpoint that failed is left alone for so long, so that not every visitor waits for its deadline."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question, by which index, and what to do with it.

    `matches` are best first, or the one that answers first, as it was decided about. `conflicts` tells by entry id
    which of the best say the opposite of the question. `read_as` is the question with its slips undone, and with a
    second text the one that joins it to what it leans on. `threshold` is the operator's, None where it is learned.
    """

    matches: tuple[Match, ...]
    decision: Decision
    calibration: Calibration
    index_version: str
    embedder: str
    conflicts: Mapping[str, Conflict]
    read_as: tuple[str, ...]
    threshold: float | None = None

    @property
    def near(self) -> tuple[Match, ...]:
        """Matches worth asking back about."""
        return tuple(match for match in self.matches if self.calibration.worth_asking(match))


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
        self._remembered: OrderedDict[Asked, Retrieval] = OrderedDict()
        self._failing: str | None = None
        self._rests_until = 0.0
        self._getting_ready = asyncio.Lock()
        self._ready_version: str | None = None

    @classmethod
    @asynccontextmanager
    async def serving(cls, settings: Settings) -> AsyncIterator[Retriever]:
        """A retriever over the published index that takes up new versions as they are published.

        Raises `IndexUnavailable` or `IndexRefused` when there is no index to serve.
        """
        async with configured_recipes(settings) as recipes:
            live = LiveIndex(
                index_storage(settings.var_dir),
                recipes,
                settings.faq_path,
                on_change=_say,
                questions_path=settings.questions_path,
                target=settings.target,
            )
            await live.start()
            prepare()
            today = today_in(settings.time_zone)
            watching = asyncio.create_task(live.watch(), name="index watch")
            try:
                yield cls(live, recipes, threshold=settings.threshold, today=today)
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

    @property
    def degraded(self) -> bool:
        """Whether the offline index answers in the place of an endpoint that is configured."""
        return API in self._recipes and (self._failing is not None or self._live.snapshot.api is None)

    def entry(self, entry_id: str) -> FaqEntry | None:
        """An entry of the index that serves now."""
        return next((entry for entry in self._live.snapshot.entries if entry.id == entry_id), None)

    def entry_today(self, entry_id: str) -> FaqEntry | None:
        """That entry where it may answer today; None where it has gone, has ended or has yet to begin."""
        entry = self.entry(entry_id)
        return entry if entry and entry.is_live(self._today()) else None

    async def match(self, question: str, *, history: Sequence[str] = (), limit: int) -> Retrieval:
        """The `limit` entries closest to the question; `history` holds the visitor's earlier ones, oldest first.

        One index answers a question from beginning to end, whatever is published meanwhile.
        """
        snapshot = self._live.snapshot
        if snapshot.api and self._clock() >= self._rests_until:
            if self._failing:  # one visitor finds out whether it is back; the others need not wait for that
                self._rests_until = self._clock() + REST_SECONDS
            try:
                found = await self._ask(API, snapshot.api, snapshot, question, history, limit)
            except UpstreamError as error:
                self._rest(f"The offline index answers, because the embeddings endpoint failed. {error}")
            else:
                self._failing, self._rests_until = None, 0.0
                return found
        if API in self._recipes:
            await self._get_ready(snapshot)
        return await self._ask(OFFLINE, snapshot.offline, snapshot, question, history, limit)

    async def look_ahead(self, question: str, *, limit: int) -> None:
        """Match a question now that `match` will be asked without a history. Asks no endpoint: nothing leaves us."""
        if API not in self._recipes:
            snapshot = self._live.snapshot
            await self._ask(OFFLINE, snapshot.offline, snapshot, question, (), limit)

    async def why(self, question: str, *, history: Sequence[str] = (), limit: int) -> Why:
        """What `match` finds, and all that led to it: for those who look after the FAQ."""
        found = await self.match(question, history=history, limit=max(limit, WITH_A_RIVAL))
        same_words: list[SameWord] = []
        if found.matches:
            snapshot = self._live.snapshot
            index = snapshot.api or snapshot.offline
            same_words = index.same_words(found.read_as[0], found.matches[0].phrasing)
        return explain(question, found, same_words=same_words, limit=limit)

    async def _get_ready(self, snapshot: Snapshot) -> None:
        """Beside an endpoint, the first use of the offline side loads its models, which takes a second of one thread.

        Whoever needs it meanwhile waits for that without a thread.
        """
        if self._ready_version == snapshot.version:
            return
        async with self._getting_ready:
            if self._ready_version != snapshot.version:
                await asyncio.to_thread(self._load_offline, snapshot)
                self._ready_version = snapshot.version

    def _load_offline(self, snapshot: Snapshot) -> None:
        _ = snapshot.offline, self._recipes[OFFLINE].embedder

    async def _ask(
        self, part: str, index: FaqIndex, snapshot: Snapshot, question: str, history: Sequence[str], limit: int
    ) -> Retrieval:
        today = self._today()
        asked = None if history else (part, snapshot.version, question, limit, today)
        if asked and asked in self._remembered:
            self._remembered.move_to_end(asked)
            return self._remembered[asked]
        embedder = self._recipes[part].embedder
        query = index.query(question, history)
        vectors = await embedder.embed(query.texts)
        matches = index.search(query, vectors, limit=max(limit, COMPARED), on=today)
        calibration = snapshot.calibrations[part]
        opposed = conflicts(query.meant, (match.entry for match in matches[:COMPARED]))
        decision = decide(matches, calibration=calibration, threshold=self._threshold, conflicts=opposed)
        if decision.match:
            others = (match for match in matches if match.entry.id != decision.match.entry.id)
            matches = [decision.match, *others]
        found = Retrieval(
            matches=tuple(matches[:limit]),
            decision=decision,
            calibration=calibration,
            index_version=snapshot.version,
            embedder=embedder.id,
            conflicts=opposed,
            read_as=(query.meant, *query.texts[1:]),
            threshold=self._threshold,
        )
        if asked:
            self._remember(asked, found)
        return found

    def _remember(self, asked: Asked, found: Retrieval) -> None:
        self._remembered[asked] = found
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    def _rest(self, sentence: str) -> None:
        if self._failing != sentence:
            log.warning("embedder_failing", reason=sentence)
        self._failing = sentence
        self._rests_until = self._clock() + REST_SECONDS


def today_in(time_zone: str | None) -> Callable[[], date]:
    """The day by which entries begin and end; by the machine's own zone where none is named."""
    zone = ZoneInfo(time_zone) if time_zone else None
    return lambda: datetime.now(zone).date()


def _say(sentence: str) -> None:
    log.info("index", message=sentence)

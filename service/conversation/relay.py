"""Answers under way: each runs once, can be followed by any number of readers, and resumed where one was cut off."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import structlog

from ..errors import VisitorError
from .events import Done, Failed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from .events import Event
    from .store import End

log = structlog.get_logger(__name__)

Numbered: TypeAlias = "tuple[int, Event]"
Answering: TypeAlias = "Callable[[Run], AsyncGenerator[Event, None]]"
LastWords: TypeAlias = "Callable[[End], Failed]"

LINGER_SECONDS = 0.8
"""How long an answer goes on after its last reader closed the connection.

A lost mobile connection sends no FIN, so the server keeps writing into it and the reader can resume. A closed tab does,
and then the provider should be stopped within a second; a reload is back sooner than that.
"""

KEPT_EVENTS = 20_000
"""Events of finished answers kept for readers that come back: 2,000 answers from the FAQ, or 200 completions, 5 MiB."""


class Run:
    """One exchange while it is answered. Events are numbered from 1; the last is always `Done` or `Failed`."""

    task: asyncio.Task[None]

    def __init__(self, exchange_id: str, conversation_id: str) -> None:
        self.exchange_id = exchange_id
        self.conversation_id = conversation_id
        self.stopped_as: End = "abandoned"
        self.finished = False
        self._events: list[Event] = []
        self._loop = asyncio.get_running_loop()  # asked for once, not for each piece
        self._waiting: list[asyncio.Future[None]] = []
        self._readers = 0
        self._leaving: asyncio.TimerHandle | None = None

    @property
    def length(self) -> int:
        """Events so far."""
        return len(self._events)

    def start(self, answer: Answering, *, last_words: LastWords, when_done: Callable[[Run], None]) -> None:
        """Answer in the background. `last_words` is what readers hear when the answer is stopped from outside."""
        self.task = asyncio.create_task(self._drive(answer(self), last_words), name=f"exchange {self.exchange_id}")

        def retire(task: asyncio.Task[None]) -> None:
            self._publish(last_words(self.stopped_as if task.cancelled() else "failed"))  # nothing after an honest end
            when_done(self)

        self.task.add_done_callback(retire)

    def stop(self, end: End) -> None:
        """End the answer now; it is stored as `end` with the text so far."""
        if not self.task.done():
            self.stopped_as = end
            self._loop.call_soon(self.task.cancel)  # by then it has begun, and can store how it ended

    async def follow(self, *, after: int = 0) -> AsyncGenerator[list[Numbered], None]:
        """All events after number `after`, those that are already here together in one list."""
        self._join()
        try:
            while True:
                fresh = list(enumerate(self._events[after:], start=after + 1))
                if fresh:
                    after += len(fresh)
                    yield fresh
                elif self.finished:
                    return
                else:
                    await self._change()
        finally:
            self._leave()

    async def outcome(self) -> list[Event]:
        """Every event, once the last one is here."""
        return [event async for batch in self.follow() for _, event in batch]

    async def _drive(self, events: AsyncGenerator[Event, None], last_words: LastWords) -> None:
        try:
            async for event in events:
                self._publish(event)
        except asyncio.CancelledError:
            self._publish(last_words(self.stopped_as))
        except Exception:
            log.exception("answer_failed", exchange_id=self.exchange_id)
            self._publish(last_words("failed"))
        finally:
            await events.aclose()

    def _publish(self, event: Event) -> None:
        if self.finished:
            return
        self._events.append(event)
        self.finished = isinstance(event, (Done, Failed))
        waiting, self._waiting = self._waiting, []
        for reader in waiting:
            if not reader.done():  # else it left while it waited
                reader.set_result(None)

    def _change(self) -> asyncio.Future[None]:
        """Done with the next event. For each piece of text, an `asyncio.Event` costs three times as much."""
        reader: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(reader)
        return reader

    def _join(self) -> None:
        self._readers += 1
        if self._leaving:
            self._leaving.cancel()
            self._leaving = None

    def _leave(self) -> None:
        self._readers -= 1
        if self._readers == 0 and not self.finished:
            self._leaving = self._loop.call_later(LINGER_SECONDS, self.stop, "abandoned")


class Runs:
    """The answers under way in this process, and the last few that ended."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._running: dict[str, Run] = {}
        self._finished: OrderedDict[str, Run] = OrderedDict()
        self._kept_events = 0
        self._opening = 0
        self._latest: dict[str, Run] = {}
        self._closing = False

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def full(self) -> bool:
        """Whether one more answer must be refused for now."""
        return self._closing or len(self._running) + self._opening >= self._limit

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for one more answer, kept while its question is stored. Raises `VisitorError` when there is none."""
        if self.full:
            raise VisitorError("busy", "No more answers can be given for now.", status=503, retry_after_seconds=2)
        self._opening += 1
        try:
            yield
        finally:
            self._opening -= 1

    def start(self, exchange_id: str, conversation_id: str, answer: Answering, *, last_words: LastWords) -> Run:
        """Answer an exchange in the background."""
        run = Run(exchange_id, conversation_id)
        self._running[exchange_id] = run
        self._latest[conversation_id] = run
        run.start(answer, last_words=last_words, when_done=self._retire)
        return run

    def find(self, exchange_id: str) -> Run | None:
        return self._running.get(exchange_id) or self._finished.get(exchange_id)

    def latest(self, conversation_id: str) -> Run | None:
        """The newest answer of a conversation that this process still remembers."""
        return self._latest.get(conversation_id)

    async def close(self, *, grace_seconds: float) -> None:
        """Refuse new answers, let those under way finish for `grace_seconds`, then end the rest as restarted."""
        self._closing = True
        deadline = asyncio.get_running_loop().time() + grace_seconds
        while (self._running or self._opening) and asyncio.get_running_loop().time() < deadline:
            tasks = {run.task for run in self._running.values()}
            await (asyncio.wait(tasks, timeout=0.1) if tasks else asyncio.sleep(0.01))
        left = list(self._running.values())
        for run in left:
            run.stop("restarted")
        if left:
            await asyncio.wait({run.task for run in left})

    def _retire(self, run: Run) -> None:
        if self._running.get(run.exchange_id) is run:  # the same question may be answered anew already
            del self._running[run.exchange_id]
        replaced = self._finished.pop(run.exchange_id, None)
        self._finished[run.exchange_id] = run
        self._kept_events += run.length - (replaced.length if replaced else 0)
        while self._kept_events > KEPT_EVENTS and len(self._finished) > 1:
            _, oldest = self._finished.popitem(last=False)
            self._kept_events -= oldest.length
            if self._latest.get(oldest.conversation_id) is oldest:
                del self._latest[oldest.conversation_id]

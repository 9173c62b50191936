"""The embedded store: one SQLite file, one thread that writes, a few that read."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar

from ..errors import StoreBusy
from . import queries
from .labels import labels
from .opening import OpenDatabase, open_for_reading, open_for_writing
from .spending import SqliteLedger
from .tool_calls import keep_tool_call, tool_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from .store import (
        Answer,
        CalledOften,
        CalledTool,
        Escalation,
        Exchange,
        ExchangeFilter,
        Feedback,
        KeyConflict,
        Label,
        NewExchange,
        NotSuggested,
        Opened,
        Repeated,
    )

T = TypeVar("T")

PROVED_FOR_SECONDS = 1.0

CALLS_A_DAY = 3
"""How often one visitor may call a person in 24 hours (T33)."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class SqliteStore:
    """`Store` in one file. Open it in the process that uses it: connections do not survive a fork (fault 128)."""

    def __init__(self, database: OpenDatabase, clock: Callable[[], datetime], *, calls_a_day: int) -> None:
        self.ledger = SqliteLedger(database)
        self._database = database
        self._clock = clock
        self._calls_a_day = calls_a_day
        self._proved_at = -math.inf

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime] = utc_now,
        busy_timeout_seconds: float = 5.0,
        read_only: bool = False,
        calls_a_day: int = CALLS_A_DAY,
    ) -> SqliteStore:
        """Open the database at `path`, or make it. Blocks, and needs no event loop.

        Exchanges that a crash left open are ended as `restarted`. With `read_only` nothing is made or changed
        and every method that writes raises `StoreBusy`: for looking at what a running service writes. `calls_a_day` is
        how many escalations one visitor may raise in 24 hours, counted in the file.

        :raises StoreRefused: damaged, another program's, from a newer version, on a network disk, not safe to share.
        :raises StoreBusy: locked, full or read-only for now.
        """
        if read_only:
            looking = open_for_reading(path, busy_timeout_seconds=busy_timeout_seconds)
            return cls(looking, clock, calls_a_day=calls_a_day)
        database = open_for_writing(path, now=clock(), busy_timeout_seconds=busy_timeout_seconds)
        return cls(database, clock, calls_a_day=calls_a_day)

    async def open_exchange(self, exchange: NewExchange) -> Opened | Repeated | KeyConflict | NotSuggested:
        """As `Store` says. A key counts for 24 hours, in its conversation, or everywhere for one that begins one."""
        if (exchange.idempotency_key is None) != (exchange.request_digest is None):
            raise ValueError("an idempotency key and the digest of its request come together")
        return await self._write(partial(queries.open_exchange, exchange=exchange, now=self._clock()))

    async def reopen_exchange(self, exchange_id: str) -> bool:
        """As `Store` says; an answer that is `complete` or `cut` did come to its end and stays."""
        return await self._write(partial(queries.reopen_exchange, exchange_id=exchange_id, now=self._clock()))

    async def close_exchange(
        self, exchange_id: str, answer: Answer, *, escalation: Escalation | None = None
    ) -> Escalation | CalledOften | None:
        return await self._write(
            partial(
                queries.close_exchange,
                exchange_id=exchange_id,
                answer=answer,
                escalation=escalation,
                calls=self._calls_a_day,
                now=self._clock(),
            )
        )

    async def keep_tool_call(self, exchange_id: str, call: CalledTool) -> None:
        await self._write(partial(keep_tool_call, exchange_id=exchange_id, call=call))

    async def tool_calls(self, exchange_ids: Sequence[str]) -> Mapping[str, Sequence[CalledTool]]:
        return await self._read(partial(tool_calls, exchange_ids=exchange_ids))

    async def exchange(self, exchange_id: str) -> Exchange | None:
        return await self._read(partial(queries.find_exchange, exchange_id=exchange_id))

    async def conversation(self, conversation_id: str, *, limit: int = 50) -> Sequence[Exchange]:
        return await self._read(partial(queries.conversation, conversation_id=conversation_id, limit=limit))

    async def recent(self, conversation_id: str, *, limit: int) -> Sequence[Exchange]:
        return await self._read(partial(queries.recent, conversation_id=conversation_id, limit=limit))

    async def exchanges(self, chosen: ExchangeFilter, *, limit: int) -> Sequence[Exchange]:
        return await self._read(partial(queries.exchanges, chosen=chosen, limit=limit))

    async def labels(self, *, since: datetime | None = None) -> Sequence[Label]:
        return await self._read(partial(labels, since=since))

    async def give_feedback(self, exchange_id: str, feedback: Feedback) -> None:
        await self._write(partial(queries.give_feedback, exchange_id=exchange_id, feedback=feedback))

    async def escalate(self, escalation: Escalation) -> Escalation | CalledOften:
        return await self._write(
            partial(queries.escalate, escalation=escalation, calls=self._calls_a_day, now=self._clock())
        )

    async def called_often(self, visitor: str) -> bool:
        return await self._read(
            partial(queries.called_often, visitor=visitor, calls=self._calls_a_day, now=self._clock())
        )

    async def summarise(self, escalation_id: str, summary: str) -> None:
        await self._write(partial(queries.summarise, escalation_id=escalation_id, summary=summary))

    async def waiting_escalation(self, conversation_id: str) -> Escalation | None:
        return await self._read(partial(queries.waiting_escalation, conversation_id=conversation_id))

    async def escalations(self, *, status: Literal["waiting", "closed"] | None = "waiting") -> Sequence[Escalation]:
        return await self._read(partial(queries.escalations, status=status))

    async def close_escalation(self, escalation_id: str) -> bool:
        return await self._write(partial(queries.close_escalation, escalation_id=escalation_id, now=self._clock()))

    async def check(self) -> None:
        """As `Store` says, but at most once a second: it writes to the disk."""
        if time.monotonic() - self._proved_at > PROVED_FOR_SECONDS:
            await self._write(partial(queries.prove_writable, now=self._clock()))
            self._proved_at = time.monotonic()

    async def close(self) -> None:
        """Finish the writes that were accepted, then let go of the file. Safe to call again."""
        await asyncio.to_thread(self._database.close)

    async def _write(self, work: Callable[[Database], T]) -> T:
        if self._database.writer is None:
            raise StoreBusy("this store was opened for reading only")
        return await self._database.writer.run(work)

    async def _read(self, work: Callable[[Database], T]) -> T:
        return await self._database.readers.run(work)

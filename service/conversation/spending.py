"""The ledger in SQLite: what completions cost each day, and what processes have leased of the day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ..errors import StoreBusy
from ..generation.money.amount import NOTHING, Amount
from ..generation.money.ledger import Booked, DaySpending, Lease, Spent, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlite_utils import Database

    from ..generation.money.amount import Limit
    from ..generation.money.ledger import Payer
    from .opening import OpenDatabase

T = TypeVar("T")

VISITORS_KEPT = timedelta(days=35)
"""Who cost how much is looked at by the month; after that only what it cost is kept."""


class SqliteLedger:
    """`Ledger` in the file that the store keeps conversations in, through the same writer."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def lease(self, day: date, holder: str, *, least: Amount, block: Amount, limit: Limit) -> Lease:
        work = partial(_lease, day=day.isoformat(), holder=holder, least=least, block=block, limit=limit)
        return await self._write(work)

    async def record(self, day: date, holder: str, spent: Mapping[Payer, Spent], *, off_lease: Amount) -> Booked:
        return await self._write(
            partial(_record, day=day.isoformat(), holder=holder, spent=dict(spent), off_lease=off_lease)
        )

    async def standing(self, day: date) -> Standing:
        return await self._database.readers.run(partial(_standing, day=day.isoformat()))

    async def spent_by(self, day: date, visitor: str) -> Amount:
        return await self._database.readers.run(partial(_spent_by, day=day.isoformat(), visitor=visitor))

    async def spending(self, *, since: date) -> Sequence[DaySpending]:
        return await self._database.readers.run(partial(_spending, since=since.isoformat()))

    async def top_visitors(self, *, since: date, limit: int) -> Sequence[tuple[str, Spent]]:
        return await self._database.readers.run(partial(_top_visitors, since=since.isoformat(), limit=limit))

    async def _write(self, work: Callable[[Database], T]) -> T:
        if self._database.writer is None:
            raise StoreBusy("this ledger was opened for reading only")
        return await self._database.writer.run(work)


_SUMS = """
    sum(calls), sum(input_tokens), sum(output_tokens), sum(cached_tokens), sum(nanos),
    sum(estimated_calls), sum(estimated_nanos), sum(unpriced_calls)
"""

_COLUMNS = """
    day, visitor, target, model, calls, input_tokens, output_tokens, cached_tokens, nanos,
    estimated_calls, estimated_nanos, unpriced_calls
"""
_ADDED = """
    ON CONFLICT DO UPDATE SET
        calls = calls + excluded.calls,
        input_tokens = input_tokens + excluded.input_tokens,
        output_tokens = output_tokens + excluded.output_tokens,
        cached_tokens = cached_tokens + excluded.cached_tokens,
        nanos = nanos + excluded.nanos,
        estimated_calls = estimated_calls + excluded.estimated_calls,
        estimated_nanos = estimated_nanos + excluded.estimated_nanos,
        unpriced_calls = unpriced_calls + excluded.unpriced_calls
"""


def _lease(db: Database, day: str, holder: str, least: Amount, block: Amount, limit: Limit) -> Lease:
    """Runs under the write lock, so no other process can take the same room."""
    before = _standing(db, day)
    room = limit.room(before.taken)
    if not room.covers(limit.counted(least)):
        return Lease(NOTHING, before)
    granted = limit.counted(block.at_most(room.share(4)).at_least(least))
    if granted:
        db.execute(
            """
            INSERT INTO spending_leases (day, holder, nanos, tokens) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET nanos = nanos + excluded.nanos, tokens = tokens + excluded.tokens
            """,
            (day, holder, granted.nanos, granted.tokens),
        )
    return Lease(granted, Standing(before.spent, before.leased + granted))


def _record(db: Database, day: str, holder: str, spent: Mapping[Payer, Spent], off_lease: Amount) -> Booked:
    if not db.execute("SELECT 1 FROM spending_days WHERE day = ?", (day,)).fetchone():
        _forget_visitors(db, date.fromisoformat(day) - VISITORS_KEPT)
    for payer, cost in spent.items():
        _add(db, day, payer, cost)
    total = sum((cost.amount for cost in spent.values()), NOTHING)
    if total:
        db.execute(
            """
            INSERT INTO spending_days (day, nanos, tokens) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET nanos = nanos + excluded.nanos, tokens = tokens + excluded.tokens
            """,
            (day, total.nanos, total.tokens),
        )
    if off_lease:
        db.execute(
            "UPDATE spending_leases SET nanos = nanos - ?, tokens = tokens - ? WHERE day = ? AND holder = ?",
            (off_lease.nanos, off_lease.tokens, day, holder),
        )
        db.execute(
            "DELETE FROM spending_leases WHERE day = ? AND holder = ? AND nanos = 0 AND tokens = 0", (day, holder)
        )
    visitors = {payer.visitor for payer in spent if payer.visitor}
    return Booked(_standing(db, day), {visitor: _spent_by(db, day, visitor) for visitor in visitors})


def _forget_visitors(db: Database, before: date) -> None:
    """What they cost stays, who they were does not."""
    bound = (before.isoformat(),)
    db.execute(
        f"""
        INSERT INTO spending ({_COLUMNS})
        SELECT day, '', target, model, {_SUMS} FROM spending WHERE day < ? AND visitor <> '' GROUP BY day, target, model
        {_ADDED}
        """,  # noqa: S608 - only the names above
        bound,
    )
    db.execute("DELETE FROM spending WHERE day < ? AND visitor <> ''", bound)
    db.execute("DELETE FROM spending_leases WHERE day < ?", bound)


def _add(db: Database, day: str, payer: Payer, spent: Spent) -> None:
    db.execute(
        f"INSERT INTO spending ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_ADDED}",  # noqa: S608 - the same
        (
            day,
            payer.visitor,
            payer.target,
            payer.model,
            spent.calls,
            spent.input_tokens,
            spent.output_tokens,
            spent.cached_tokens,
            spent.nanos,
            spent.estimated_calls,
            spent.estimated_nanos,
            spent.unpriced_calls,
        ),
    )


def _standing(db: Database, day: str) -> Standing:
    spent = db.execute("SELECT nanos, tokens FROM spending_days WHERE day = ?", (day,)).fetchone()
    leased = db.execute(
        "SELECT coalesce(sum(nanos), 0), coalesce(sum(tokens), 0) FROM spending_leases WHERE day = ?", (day,)
    ).fetchone()
    return Standing(Amount(*spent) if spent else NOTHING, Amount(*leased))


def _spent_by(db: Database, day: str, visitor: str) -> Amount:
    found = db.execute(
        """
        SELECT coalesce(sum(nanos), 0), coalesce(sum(input_tokens + output_tokens), 0)
        FROM spending WHERE day = ? AND visitor = ?
        """,
        (day, visitor),
    ).fetchone()
    return Amount(*found)


def _spending(db: Database, since: str) -> list[DaySpending]:
    rows = db.execute(
        f"SELECT day, target, model, {_SUMS} FROM spending WHERE day >= ? GROUP BY day, target, model ORDER BY day",  # noqa: S608 - only the names above
        (since,),
    ).fetchall()
    return [DaySpending(date.fromisoformat(day), target, model, Spent(*sums)) for day, target, model, *sums in rows]


def _top_visitors(db: Database, since: str, limit: int) -> list[tuple[str, Spent]]:
    rows = db.execute(
        f"""
        SELECT visitor, {_SUMS} FROM spending WHERE day >= ? AND visitor <> '' GROUP BY visitor
        ORDER BY sum(nanos) DESC, sum(input_tokens + output_tokens) DESC, visitor LIMIT ?
        """,  # noqa: S608 - only the names above
        (since, limit),
    ).fetchall()
    return [(visitor, Spent(*sums)) for visitor, *sums in rows]

"""The ceiling of the bill: nothing is asked of a provider that has no room under the caps of the day.

A completion reserves the most it can cost and is settled with what it did cost. To keep the disk out of the way of the
first word, a process leases some of the day's budget from the ledger ahead of time and reserves from that in memory.
What a process held when it was killed counts as spent: nobody can know that it was not.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TypeAlias

import structlog

from ...errors import BudgetSpent, StoreError
from .amount import NOTHING, Amount, usd
from .ledger import Spent
from .pool import Account, Pool

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime, tzinfo

    from .amount import Caps
    from .ledger import Ledger, Payer
    from .pool import Reservation

log = structlog.get_logger(__name__)

State: TypeAlias = Literal["ok", "soft", "spent"]

BLOCKS_A_DAY = 50
"""A lease is a fiftieth of the cap at most: what a kill can cost."""
BOOKING_SECONDS = 0.05
"""What a kill leaves unbooked stays leased, as spent. Bookings join the commits that answers make anyway."""
IDLE_SECONDS = 5.0
DRY_SECONDS = 1.0
"""So long after it said no, the ledger is not asked again."""
VISITORS_KEPT = 20_000


class Budget:
    """Leases, reservations and what they became. One a process; `holder` names it in the ledger.

    `usual` is about the most that one completion costs, until one was asked for.
    `clock` tells the day in `zone` (None is the machine's own). A clock that goes back finds the day as it was left.
    """

    def __init__(
        self,
        caps: Caps,
        ledger: Ledger,
        *,
        holder: str,
        clock: Callable[[], datetime],
        zone: tzinfo | None = None,
        usual: Amount = NOTHING,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.caps = caps
        self._ledger = ledger
        self._holder = holder
        self._clock = clock
        self._zone = zone
        self._monotonic = monotonic
        self._pool = Pool(self._today(), caps)
        self._left: list[Pool] = []  # days that are over, with something still to be settled or booked
        self._usual = caps.everyone.counted(usual)
        self._leasing: asyncio.Task[bool] | None = None
        self._booking: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()
        self._told: set[tuple[date, str]] = set()
        self._closed = False

    @property
    def state(self) -> State:
        """`spent` while the day has no room for a completion, `soft` from the soft cap on, as this process knows."""
        pool = self._current()
        if pool.dry_since is not None and not pool.free.covers(self._usual):
            return "spent"
        soft = self.caps.soft_nanos
        return "soft" if soft is not None and pool.spent.nanos >= soft else "ok"

    async def look(self) -> State:
        """`state`, with what other processes have spent meanwhile."""
        pool = self._current()
        with suppress(StoreError):
            pool.standing = await self._ledger.standing(pool.day)
            room = self.caps.everyone.room(pool.standing.taken) + pool.free
            if room.covers(self._usual):
                pool.dry_since = None
            elif pool.dry_since is None:
                pool.dry_since, pool.refused = self._monotonic(), self._usual
            self._tell(pool)
        return self.state

    async def start(self) -> None:
        """Have a lease before the first question comes."""
        if self.caps.everyone:
            await self._lease(self._current(), self._usual)

    async def reserve(self, worst: Amount, visitor: str | None) -> Reservation:
        """Room for `worst`. Raises `BudgetSpent`; waits for the ledger only where the lease is too small."""
        pool, visitor = self._current(), visitor or ""
        counted = self._usual = self.caps.everyone.counted(worst)
        while True:  # whatever was waited for, the same visitor and others may have reserved meanwhile
            if visitor and self.caps.visitor:
                await self._open_account(pool, visitor)
                self._require_account(pool, worst, visitor)
            if pool.free.covers(counted):
                break
            await self._make_room(pool, counted)
        reservation = pool.reserve(worst, visitor)
        if self.caps.everyone and not pool.free.covers(self._block(pool).share(2)) and pool.dry_since is None:
            self._lease_ahead(pool)
        self._keep_books()
        return reservation

    def settle(self, reservation: Reservation, payer: Payer, spent: Spent) -> None:
        """What the reserved attempt came to. Returns at once; it is booked a moment later."""
        reservation.pool.settle(reservation, payer, spent)
        self._keep_books()

    def release(self, reservation: Reservation) -> None:
        """The attempt was not made, or nobody charges for it."""
        reservation.pool.settle(reservation, None, Spent())
        self._keep_books()

    async def flush(self, *, keep: Amount | None = None) -> None:
        """Book what was settled; give back what is free beyond `keep`, a block where that is None."""
        async with self._flushing:
            current = self._current()
            for pool in [*self._left, current]:
                await self._book(pool, keep if pool is current else NOTHING)
            self._left = [pool for pool in self._left if pool.reservations or pool.books.spent or pool.free]

    async def close(self) -> None:
        """Book everything and give back the lease. Reservations that are still open stay leased, as spent."""
        self._closed = True
        if self._leasing:
            await asyncio.wait([self._leasing])
        async with self._flushing:  # now it only sleeps: a record that is under way could not be called back
            if self._booking:
                self._booking.cancel()
        await self.flush(keep=NOTHING)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _current(self) -> Pool:
        today = self._today()
        if today != self._pool.day:
            self._left.append(self._pool)
            back = next((pool for pool in self._left if pool.day == today), None)
            if back:
                self._left.remove(back)
            self._pool = back or Pool(today, self.caps)
            self._keep_books()
        return self._pool

    def _block(self, pool: Pool) -> Amount:
        """The lease to have: smaller where little is left of the day, but enough for one completion."""
        limit = self.caps.everyone
        whole = Amount(limit.nanos or 0, limit.tokens or 0).share(BLOCKS_A_DAY)
        left = limit.room(pool.standing.taken).at_least(NOTHING).share(4)
        return whole.at_most(left).at_least(self._usual)

    async def _open_account(self, pool: Pool, visitor: str) -> None:
        if visitor in pool.accounts:
            return
        try:
            known = await self._ledger.spent_by(pool.day, visitor)
        except StoreError as error:
            raise BudgetSpent("What this visitor has spent cannot be read, so no model is asked.") from error
        pool.forget_accounts(VISITORS_KEPT)
        pool.accounts.setdefault(visitor, Account(known))

    def _require_account(self, pool: Pool, worst: Amount, visitor: str) -> None:
        if not pool.account_covers(worst, visitor):
            raise BudgetSpent("This visitor has used up the budget of the day.")

    async def _make_room(self, pool: Pool, worst: Amount) -> None:
        """Lease until `worst` fits. Whoever comes while a lease is under way waits for that one first."""
        while not pool.free.covers(worst):
            if self._leasing and not self._leasing.done():
                await asyncio.shield(self._leasing)
                continue
            if self._was_refused(pool, worst):
                self._refuse(pool)
            leasing = self._leasing = asyncio.ensure_future(self._lease(pool, worst))
            if not await asyncio.shield(leasing) and not pool.free.covers(worst):
                self._refuse(pool)

    def _was_refused(self, pool: Pool, worst: Amount) -> bool:
        """Whether the ledger said no to as much a moment ago."""
        dry = pool.dry_since is not None and self._monotonic() - pool.dry_since < DRY_SECONDS
        return dry and worst.covers(pool.refused)

    def _refuse(self, pool: Pool) -> None:
        limit = self.caps.everyone
        cap = f"USD {usd(limit.nanos):.2f}" if limit.nanos is not None else f"{limit.tokens:,} tokens"
        raise BudgetSpent(f"The budget of {pool.day} ({cap}) has no room for an answer, or cannot be kept for now.")

    def _lease_ahead(self, pool: Pool) -> None:
        if self._leasing is None or self._leasing.done():
            self._leasing = asyncio.ensure_future(self._lease(pool, NOTHING))

    async def _lease(self, pool: Pool, worst: Amount) -> bool:
        """Whether the lease grew. Without a ledger that can write, it does not: then nothing more is spent."""
        block = self._block(pool)
        least = (worst - pool.free).at_least(NOTHING) if worst else self._usual
        try:
            lease = await self._ledger.lease(
                pool.day,
                self._holder,
                least=least,
                block=(block + worst - pool.free).at_least(least),
                limit=self.caps.everyone,
            )
        except StoreError as error:
            log.error("budget_not_leased", reason=str(error))  # noqa: TRY400 - the line says it all
            return False
        pool.free += lease.granted
        pool.standing = lease.standing
        if lease.granted:
            pool.dry_since = None
        elif worst:
            pool.dry_since, pool.refused = self._monotonic(), worst
        self._tell(pool)
        return bool(lease.granted)

    def _keep_books(self) -> None:
        if self._closed or (self._booking and not self._booking.done()):
            return
        with suppress(RuntimeError):  # no loop runs any more: `close` will book it
            self._booking = asyncio.get_running_loop().create_task(self._book_until_idle())

    async def _book_until_idle(self) -> None:
        quiet = 0.0
        while quiet < IDLE_SECONDS:
            await asyncio.sleep(BOOKING_SECONDS)
            busy = self._pool.reservations or self._pool.books.spent or self._left
            quiet = 0.0 if busy else quiet + BOOKING_SECONDS
            if busy:
                await self.flush()
        await self.flush(keep=self._usual)

    async def _book(self, pool: Pool, keep: Amount | None) -> None:
        kept = self._block(pool) if keep is None else keep
        spare = (pool.free - kept).at_least(NOTHING)
        if keep is None and not spare.covers(kept):
            spare = NOTHING  # to give back every crumb would be to lease it again
        books = pool.take_books()
        if not books.spent and not books.used and not spare:
            return
        pool.free -= spare
        try:
            booked = await self._ledger.record(pool.day, self._holder, books.spent, off_lease=books.used + spare)
        except BaseException as error:
            pool.free += spare
            pool.not_booked(books)
            if not isinstance(error, StoreError):
                raise
            self._tell_once(pool, "spending_not_recorded", reason=str(error))
            return
        pool.booked(books, booked)
        self._tell(pool)

    def _tell(self, pool: Pool) -> None:
        soft, spent = self.caps.soft_nanos, usd(pool.spent.nanos)
        if soft is not None and pool.spent.nanos >= soft:
            self._tell_once(pool, "budget_soft_cap_reached", spent_usd=round(spent, 6), soft_cap_usd=usd(soft))
        if pool.dry_since is not None:
            self._tell_once(pool, "budget_spent", spent_usd=round(spent, 6), tokens=pool.spent.tokens)

    def _tell_once(self, pool: Pool, event: str, **told: object) -> None:
        if (pool.day, event) not in self._told:
            self._told.add((pool.day, event))
            log.warning(event, day=str(pool.day), **told)

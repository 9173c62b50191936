"""What one process may spend of one day without asking anybody: its lease, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .amount import NOTHING, Amount
from .ledger import Spent, Standing

if TYPE_CHECKING:
    from datetime import date

    from .amount import Caps
    from .ledger import Booked, Payer


@dataclass(slots=True, eq=False)
class Reservation:
    """Room for the most that one attempt can cost; to be settled or released once."""

    pool: Pool
    held: Amount
    held_for_visitor: Amount
    visitor: str
    open: bool = True


@dataclass(slots=True)
class Account:
    """One visitor's day: what the ledger knows, and what it does not know yet or may still come."""

    known: Amount
    pending: Amount = NOTHING


@dataclass(slots=True)
class Books:
    """What happened and is not in the ledger yet. `used` of the lease is gone with it."""

    spent: dict[Payer, Spent] = field(default_factory=dict)
    used: Amount = NOTHING

    def add(self, payer: Payer, spent: Spent) -> None:
        self.spent[payer] = self.spent.get(payer, Spent()) + spent

    @property
    def total(self) -> Amount:
        return sum((spent.amount for spent in self.spent.values()), NOTHING)


class Pool:
    """The lease of a day is `free`, `reserved` and `books.used` together, at every moment."""

    def __init__(self, day: date, caps: Caps) -> None:
        self.day = day
        self.free = NOTHING
        self.reserved = NOTHING
        self.reservations = 0
        self.books = Books()
        self.standing = Standing()
        self.accounts: dict[str, Account] = {}
        self.dry_since: float | None = None
        """By a clock that nobody sets: when the ledger had too little left for a completion; None while it has."""
        self.refused = NOTHING
        """What there was no room for then. Something smaller may still fit."""
        self._caps = caps

    @property
    def spent(self) -> Amount:
        return self.standing.spent + self.books.total

    def account_covers(self, worst: Amount, visitor: str) -> bool:
        limit = self._caps.visitor
        account = self.accounts[visitor]
        return limit.room(account.known + account.pending).covers(limit.counted(worst))

    def reserve(self, worst: Amount, visitor: str) -> Reservation:
        held = self._caps.everyone.counted(worst)
        self.free -= held
        self.reserved += held
        self.reservations += 1
        if account := self.accounts.get(visitor):
            account.pending += worst
        return Reservation(self, held, worst if account else NOTHING, visitor)

    def settle(self, reservation: Reservation, payer: Payer | None, spent: Spent) -> None:
        """Without a payer nothing was spent. What an attempt cost beyond its reservation is booked all the same."""
        if not reservation.open:
            return
        reservation.open = False
        used = self._caps.everyone.counted(spent.amount).at_most(reservation.held)
        self.reserved -= reservation.held
        self.free += reservation.held - used
        self.reservations -= 1
        self.books.used += used
        if payer:
            self.books.add(payer, spent)
        if account := self.accounts.get(reservation.visitor):
            account.pending += spent.amount - reservation.held_for_visitor

    def take_books(self) -> Books:
        books, self.books = self.books, Books()
        return books

    def booked(self, books: Books, booked: Booked) -> None:
        self.standing = booked.standing
        for payer, spent in books.spent.items():
            if account := self.accounts.get(payer.visitor):
                account.pending -= spent.amount
        for visitor, known in booked.visitors.items():
            if account := self.accounts.get(visitor):
                account.known = known

    def not_booked(self, books: Books) -> None:
        """The ledger would not: they wait for the next time, in front of what came meanwhile."""
        for payer, spent in books.spent.items():
            self.books.add(payer, spent)
        self.books.used += books.used

    def forget_accounts(self, keep: int) -> None:
        """Visitors without anything pending can be read again."""
        if len(self.accounts) > keep:
            self.accounts = {visitor: account for visitor, account in self.accounts.items() if account.pending}

"""Where spending is kept: what the budget needs of a database, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - dataclass fields are read at run time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .amount import NOTHING, Amount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .amount import Limit


class Payer(NamedTuple):
    """Who was paid for whom. `visitor` is a digest, empty where nobody in particular asked."""

    target: str
    model: str
    visitor: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What attempts cost. `unpriced` of the `calls` were of a model whose price is not known and add no `nanos`."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    nanos: int = 0
    estimated_calls: int = 0
    estimated_nanos: int = 0
    unpriced_calls: int = 0

    @property
    def amount(self) -> Amount:
        return Amount(self.nanos, self.input_tokens + self.output_tokens)

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.nanos + other.nanos,
            self.estimated_calls + other.estimated_calls,
            self.estimated_nanos + other.estimated_nanos,
            self.unpriced_calls + other.unpriced_calls,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a day stands. `leased` is what processes hold and may still spend, or held when they were killed."""

    spent: Amount = NOTHING
    leased: Amount = NOTHING

    @property
    def taken(self) -> Amount:
        return self.spent + self.leased


@dataclass(frozen=True, slots=True)
class Lease:
    """`granted` is empty when there was too little room for what was asked at least."""

    granted: Amount
    standing: Standing


@dataclass(frozen=True, slots=True)
class Booked:
    """Where things stand after spending was recorded: the day, and each visitor who was part of it."""

    standing: Standing
    visitors: Mapping[str, Amount] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DaySpending:
    """What one model of one target cost on one day."""

    day: date
    target: str
    model: str
    spent: Spent


class Ledger(Protocol):
    """Spending that survives, shared by every process of the service. What has returned is on disk.

    Every method raises `StoreError` as `Store` does.
    """

    async def lease(self, day: date, holder: str, *, least: Amount, block: Amount, limit: Limit) -> Lease:
        """Take from what is left of the day under `limit`: at least `least` or nothing.

        Up to `block` more is taken, but never over a quarter of the room: close to the limit leases become small, so
        that one process does not sit on what another could spend.
        """

    async def record(self, day: date, holder: str, spent: Mapping[Payer, Spent], *, off_lease: Amount) -> Booked:
        """Book what was spent, and shorten the holder's lease by what that used and what is given back, all at once."""

    async def standing(self, day: date) -> Standing: ...

    async def spent_by(self, day: date, visitor: str) -> Amount: ...

    async def spending(self, *, since: date) -> Sequence[DaySpending]:
        """Every day from `since` on, oldest first."""

    async def top_visitors(self, *, since: date, limit: int) -> Sequence[tuple[str, Spent]]:
        """Who cost most, in money and then in tokens."""

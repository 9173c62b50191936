"""Money and tokens, counted together."""

from __future__ import annotations

from dataclasses import dataclass

NANOS_A_USD = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Amount:
    """`nanos` are billionths of a US dollar: whole numbers, so that a million small sums stay exact."""

    nanos: int = 0
    tokens: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.nanos + other.nanos, self.tokens + other.tokens)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.nanos - other.nanos, self.tokens - other.tokens)

    def __bool__(self) -> bool:
        return bool(self.nanos or self.tokens)

    def covers(self, other: Amount) -> bool:
        return self.nanos >= other.nanos and self.tokens >= other.tokens

    def at_most(self, other: Amount) -> Amount:
        return Amount(min(self.nanos, other.nanos), min(self.tokens, other.tokens))

    def at_least(self, other: Amount) -> Amount:
        return Amount(max(self.nanos, other.nanos), max(self.tokens, other.tokens))

    def share(self, divisor: int) -> Amount:
        return Amount(self.nanos // divisor, self.tokens // divisor)


NOTHING = Amount()


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of each; None is no limit."""

    nanos: int | None = None
    tokens: int | None = None

    def __bool__(self) -> bool:
        return self.nanos is not None or self.tokens is not None

    def counted(self, amount: Amount) -> Amount:
        """Only what is limited, the rest 0: then one comparison serves every kind of limit."""
        return Amount(amount.nanos if self.nanos is not None else 0, amount.tokens if self.tokens is not None else 0)

    def room(self, taken: Amount) -> Amount:
        """What is left beside `taken`, 0 where nothing is limited; below 0 beyond the limit."""
        return Amount(
            self.nanos - taken.nanos if self.nanos is not None else 0,
            self.tokens - taken.tokens if self.tokens is not None else 0,
        )


@dataclass(frozen=True, slots=True)
class Caps:
    """The most of a day: for all visitors together and for one. From `soft_nanos` on it is said, and nothing else."""

    everyone: Limit = Limit()
    visitor: Limit = Limit()
    soft_nanos: int | None = None


def nanos(usd: float) -> int:
    return round(usd * NANOS_A_USD)


def usd(nanos: int) -> float:
    return nanos / NANOS_A_USD

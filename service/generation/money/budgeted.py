"""A completer that asks the budget first, and writes down what came of it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from ..completion import Ending, ToolCalls
from ..tokens import Usage, estimate_tokens
from .amount import Amount, usd
from .charging import charged, charged_unfinished, most, sent_tokens
from .ledger import Payer, Spent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from ..completion import Completer, CompletionRequest, Piece
    from .budget import Budget
    from .limiter import Limiter
    from .pool import Reservation
    from .price import Price, Prices


class Budgeted:
    """A `Completer` around another one. `max_tokens` is what the inner one allows where a request says nothing.

    Every attempt is a reservation of its own, made before it is sent. The inner completer names its attempts to
    `CompletionRequest.meter`; one that does not is taken to make a single attempt.
    """

    def __init__(
        self, inner: Completer, budget: Budget, prices: Prices, *, max_tokens: int, limiter: Limiter | None = None
    ) -> None:
        self.inner = inner
        self.model = inner.model
        self.budget = budget
        self._prices = prices
        self._max_tokens = max_tokens
        self._limiter = limiter

    async def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        """See `Completer.stream`. Raises `BudgetSpent` where there is no room for another attempt."""
        payment = _Payment(asked, self, self._prices, self._limiter, asked.sampling.max_tokens or self._max_tokens)
        await payment.reserve()
        seen: list[str] = []
        see = seen.append
        try:
            async with aclosing(self.inner.stream(replace(asked, meter=payment))) as pieces:
                async for piece in pieces:
                    if type(piece) is str:
                        see(piece)
                        yield piece
                    elif isinstance(piece, Ending):
                        yield payment.ended(piece, seen)
                    else:
                        if isinstance(piece, ToolCalls):
                            seen += (call.name + call.arguments for call in piece.calls)
                        yield piece
        finally:
            payment.close(seen)  # waits for nothing: whoever stops an answer is not held up by its bill


class _Payment:
    """One completion's attempts. It is the `Meter` of the request."""

    def __init__(
        self,
        asked: CompletionRequest,
        payer: Budgeted,
        prices: Prices,
        limiter: Limiter | None,
        max_tokens: int,
    ) -> None:
        self._asked = asked
        self._model = payer.model
        self._budget = payer.budget
        self._prices = prices
        self._limiter = limiter
        self._max_tokens = max_tokens
        self._sent = sent_tokens(asked)
        self._worst = most(self._sent, max_tokens)
        self._reservation: Reservation | None = None
        self._target: str | None = None
        self._billed = False
        self._thought = 0
        self._cost_usd: float | None = None

    async def reserve(self) -> None:
        dearest = self._prices.dearest
        nanos = dearest.nanos(self._worst) if dearest else 0
        tokens = self._worst.input_tokens + self._worst.output_tokens
        self._reservation = await self._budget.reserve(Amount(nanos, tokens), self._asked.visitor)
        if self._limiter:
            try:
                await self._limiter.admit(self._sent + self._max_tokens)
            except BaseException:
                self._give_up()
                raise

    async def attempt(self, target: str) -> None:
        if self._target is not None:  # the one before failed without a word
            self._settle_unfinished([])
            await self.reserve()
        self._target, self._billed, self._thought = target, True, 0

    def unbilled(self) -> None:
        self._billed = False

    def thought(self, tokens: int) -> None:
        self._thought += tokens

    def ended(self, ending: Ending, seen: Sequence[str]) -> Ending:
        """The ending with what it is charged with, and what all attempts have cost together."""
        usage = charged(ending.usage, sent=self._sent, seen=self._written(seen), max_tokens=self._max_tokens)
        self._target = self._target or ending.target
        self._settle(usage, ending.model or self._model)
        return replace(ending, usage=usage, cost_usd=self._cost_usd)

    def close(self, seen: Sequence[str]) -> None:
        """Nothing more will come. What was not settled by then failed, broke off or was abandoned."""
        if self._reservation:
            self._settle_unfinished(seen)

    def _settle_unfinished(self, seen: Sequence[str]) -> None:
        if seen or self._billed:
            usage = charged_unfinished(sent=self._sent, seen=self._written(seen), max_tokens=self._max_tokens)
            self._settle(usage, self._model)
        else:
            self._give_up()

    def _written(self, seen: Sequence[str]) -> int:
        return (estimate_tokens("".join(seen)) if seen else 0) + self._thought

    def _give_up(self) -> None:
        if self._reservation:
            self._budget.release(self._reservation)
            self._reservation = None

    def _settle(self, usage: Usage, model: str) -> None:
        if self._reservation is None:
            return
        price = self._prices.of(self._target or "", self._asked.model)
        cost = None if price is None else price.nanos(usage)
        payer = Payer(self._target or "", model, self._asked.visitor or "")
        self._budget.settle(self._reservation, payer, _spent(usage, cost))
        self._reservation = None
        if cost is not None:
            self._cost_usd = (self._cost_usd or 0.0) + usd(cost)
        if self._asked.bill:
            self._asked.bill.add(usage, None if cost is None else usd(cost))


def _spent(usage: Usage, nanos: int | None) -> Spent:
    return Spent(
        calls=1,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cached_tokens,
        nanos=nanos or 0,
        estimated_calls=int(usage.estimated),
        estimated_nanos=(nanos or 0) if usage.estimated else 0,
        unpriced_calls=int(nanos is None),
    )


def cost_usd(price: Price | None, usage: Usage) -> float | None:
    """What so many tokens cost; None where the price is not known."""
    return None if price is None else usd(price.nanos(usage))

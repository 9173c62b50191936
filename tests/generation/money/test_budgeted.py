"""A completer that pays: what each way of ending costs, over the real wire and a real ledger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

import pytest

from service.conversation.sqlite import SqliteStore
from service.errors import BudgetSpent, UpstreamError, UpstreamInterrupted, UpstreamRefused, UpstreamUnavailable
from service.generation.completion import Bill, CompletionRequest, Ending, Piece, Sampling
from service.generation.message import Message
from service.generation.money.amount import NOTHING, Caps, Limit, nanos
from service.generation.money.budget import Budget
from service.generation.money.budgeted import Budgeted
from service.generation.money.charging import sent_tokens
from service.generation.money.ledger import DaySpending
from service.generation.money.limiter import Limiter
from service.generation.money.price import Price, Prices
from service.generation.tokens import Usage, estimate_tokens
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.patience import Deadlines
from service.generation.upstream.target import Target
from tests.conversation.samples import NOON, Clock
from tests.fakes import FakeCompleter
from tests.upstream import (
    DONE,
    FINISH,
    LAST_CHUNK,
    OPENING,
    Act,
    Script,
    Upstream,
    answer,
    chunk,
    delta,
    faulty,
    usage,
    whole,
)

DAY = NOON.date()
ASKED = CompletionRequest([Message("system", "Answer briefly."), Message("user", "배송비는 얼마인가요?")], visitor="v1")
SENT = sent_tokens(ASKED)
READ = -(-SENT * 115 // 100)
PRICE = Price(1.0, 10.0, 0.1)
PIECES = ["배송비는 ", "3,000원", "이에요."]
WRITTEN = -(-estimate_tokens("".join(PIECES)) * 115 // 100)
QUICK = Deadlines(first=0.3, between=0.3, tail=0.2, total=3.0, pause=0.01)


@pytest.fixture
async def budget(store: SqliteStore, clock: Clock) -> AsyncIterator[Budget]:
    opened = Budget(Caps(everyone=Limit(nanos=nanos(1))), store.ledger, holder="test", clock=clock)
    yield opened
    await opened.close()


class Asking:
    """A budgeted completer over an upstream that plays the scripts."""

    def __init__(self, budget: Budget, *scripts: Script, max_tokens: int = 600, limiter: Limiter | None = None) -> None:
        self.upstream = Upstream(*scripts)
        self.budget = budget
        self.bill = Bill()
        self._max_tokens = max_tokens
        self._limiter = limiter

    async def __aenter__(self) -> "Asking":
        await self.upstream.__aenter__()
        inner = OpenAICompleter([Target(self.upstream.base_url, None, "m", label="t")], deadlines=QUICK)
        self.completer = Budgeted(
            inner, self.budget, Prices({"t": PRICE}), max_tokens=self._max_tokens, limiter=self._limiter
        )
        self._inner = inner
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._inner.close()
        await self.upstream.__aexit__()

    async def pieces(self, asked: CompletionRequest = ASKED) -> list[Piece]:
        async with aclosing(self.completer.stream(replace(asked, bill=self.bill))) as pieces:
            return [piece async for piece in pieces]


async def booked(store: SqliteStore, budget: Budget) -> list[DaySpending]:
    await budget.flush(keep=NOTHING)
    assert (await store.ledger.standing(DAY)).leased == NOTHING
    return list(await store.ledger.spending(since=DAY))


def reporting(*counts: tuple[object, object]) -> Script:
    finish = (chunk(delta("stop")), *(chunk(usage(*each)) for each in counts), chunk(DONE), LAST_CHUNK)
    return answer(PIECES, finish=finish)


@pytest.mark.parametrize(
    ("counts", "expected", "estimated"),
    [
        ([(40, 12)], (40, 12), False),
        ([(40, 12), (40, 12)], (40, 12), False),
        ([], (READ, WRITTEN), True),
        ([(None, None)], (READ, WRITTEN), True),
        ([(-7, -5)], (READ, WRITTEN), True),
        ([(0, 0)], (READ, WRITTEN), True),
        ([(40, 12), (0, 0)], (READ, WRITTEN), True),
        ([("many", True)], (READ, WRITTEN), True),
        ([(10**9, 12)], (READ, WRITTEN), True),
    ],
    ids=["told", "twice", "never", "null", "negative", "zero", "zero in the end", "words", "absurd"],
)
async def test_a_whole_answer_is_charged_once_and_never_below_what_was_seen_fault_98(
    store: SqliteStore,
    budget: Budget,
    counts: list[tuple[object, object]],
    expected: tuple[int, int],
    estimated: bool,
) -> None:
    async with Asking(budget, reporting(*counts)) as asking:
        *texts, ending = await asking.pieces()
    assert "".join(map(str, texts)) == "".join(PIECES)
    assert isinstance(ending, Ending)
    assert ending.usage == Usage(*expected, estimated=estimated)
    cost = (expected[0] * 1.0 + expected[1] * 10.0) / 1e6
    assert ending.cost_usd == pytest.approx(cost)
    assert replace(asking.bill, cost_usd=None) == Bill(None, *expected, estimated, 1)
    assert asking.bill.cost_usd == pytest.approx(cost)
    (row,) = await booked(store, budget)
    assert (row.model, row.spent.calls, row.spent.amount.tokens) == ("fake-1", 1, sum(expected))
    assert row.spent.nanos == expected[0] * 1_000 + expected[1] * 10_000
    assert row.spent.estimated_calls == estimated


@pytest.mark.parametrize(
    ("fault", "error"),
    [("reset", UpstreamInterrupted), ("hang", UpstreamInterrupted), ("malformed json", UpstreamInterrupted)],
)
async def test_an_answer_that_breaks_off_costs_what_was_sent_and_seen(
    store: SqliteStore, budget: Budget, fault: str, error: type[UpstreamError]
) -> None:
    async with Asking(budget, faulty(fault, after=PIECES)) as asking:
        with pytest.raises(error):
            await asking.pieces()
    assert (asking.bill.calls, asking.bill.input_tokens, asking.bill.output_tokens) == (1, READ, WRITTEN + 32)
    (row,) = await booked(store, budget)
    assert row.spent.nanos == nanos(asking.bill.cost_usd or 0)


@pytest.mark.parametrize("end", [Act.RESET, *FINISH[:1]])
@pytest.mark.parametrize("field", ["reasoning_content", "content"])
async def test_what_a_model_thinks_is_charged_although_nobody_sees_it_fault_97(
    store: SqliteStore, budget: Budget, field: str, end: Any
) -> None:
    """With nothing reported, a model that thinks would else cost nothing, and a cap would hold nothing."""
    thinks = chunk(delta(**{field: f"{'<think>' if field == 'content' else ''}one two three four five "}))
    said = (chunk(delta(content="</think>" if field == "content" else "")), chunk(delta(content="네.")))
    script = (*OPENING, *[thinks] * 20, *said, end, *([] if end is Act.RESET else [chunk(DONE), LAST_CHUNK]))
    async with Asking(budget, script) as asking:
        with suppress(UpstreamInterrupted):
            await asking.pieces()
    (row,) = await booked(store, budget)
    assert 100 <= row.spent.output_tokens <= 400


async def test_an_answer_nobody_waits_for_is_paid_without_waiting(store: SqliteStore, budget: Budget) -> None:
    async with Asking(budget, (*answer(PIECES)[:-4], Act.HANG)) as asking:
        stream = asking.completer.stream(replace(ASKED, bill=asking.bill))
        assert str(await anext(stream)).startswith(PIECES[0])
        await stream.aclose()
        assert asking.bill.calls == 1, "known as soon as it is closed"
    async with Asking(budget, (Act.HANG,)) as silent:
        task = asyncio.create_task(silent.pieces())
        await silent.upstream.arrived()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (silent.bill.calls, silent.bill.input_tokens, silent.bill.output_tokens) == (1, READ, 0)
    rows = await booked(store, budget)
    assert sum(row.spent.calls for row in rows) == 2


async def test_each_retry_is_reserved_and_one_that_was_accepted_is_paid(store: SqliteStore, budget: Budget) -> None:
    async with Asking(budget, faulty("reset"), reporting((40, 12))) as asking:
        ending = (await asking.pieces())[-1]
    assert isinstance(ending, Ending)
    assert len(asking.upstream.received) == 2
    assert asking.bill.calls == 2
    assert ending.cost_usd == pytest.approx((READ + 40 + 120) / 1e6)
    rows = await booked(store, budget)
    assert sum(row.spent.calls for row in rows) == 2


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (whole(401, {"error": "no"}), UpstreamRefused),
        (whole(503, {"error": "busy"}), UpstreamUnavailable),
        (whole(429, {"error": "slow down"}), UpstreamUnavailable),
    ],
)
async def test_what_a_provider_turns_down_costs_nothing(
    store: SqliteStore, budget: Budget, script: Script, error: type[UpstreamError]
) -> None:
    async with Asking(budget, script) as asking:
        with pytest.raises(error):
            await asking.pieces()
    assert asking.bill == Bill()
    assert await booked(store, budget) == []


async def test_a_provider_that_is_not_there_costs_nothing(store: SqliteStore, budget: Budget) -> None:
    async with Asking(budget, answer(PIECES)) as asking:
        await asking.upstream.__aexit__()
        with pytest.raises(UpstreamUnavailable):
            await asking.pieces()
        await asking.upstream.__aenter__()
    assert await booked(store, budget) == []


async def test_a_parameter_that_is_conceded_is_one_paid_attempt(store: SqliteStore, budget: Budget) -> None:
    complaint = whole(400, {"error": {"message": "stream_options is not supported"}})
    async with Asking(budget, complaint, (*answer(PIECES)[:-4], Act.RESET)) as asking:
        with pytest.raises(UpstreamInterrupted):
            await asking.pieces()
    assert asking.bill.calls == 1


async def test_where_nothing_is_left_nobody_is_asked(store: SqliteStore, clock: Clock) -> None:
    budget = Budget(Caps(everyone=Limit(nanos=1_000)), store.ledger, holder="test", clock=clock)
    async with Asking(budget, answer(PIECES)) as asking:
        with pytest.raises(BudgetSpent):
            await asking.pieces()
        assert asking.upstream.received == []
    await budget.close()


async def test_a_retry_for_which_nothing_is_left_is_not_made(store: SqliteStore, clock: Clock) -> None:
    worst = PRICE.nanos(Usage(-(-SENT * 125 // 100) + 32, 600))
    budget = Budget(Caps(everyone=Limit(nanos=worst)), store.ledger, holder="test", clock=clock)
    async with Asking(budget, faulty("reset"), answer(PIECES)) as asking:
        with pytest.raises(BudgetSpent):
            await asking.pieces()
        assert len(asking.upstream.received) == 1
    await budget.close()


async def test_what_a_request_allows_is_what_is_reserved(store: SqliteStore, clock: Clock) -> None:
    budget = Budget(Caps(everyone=Limit(tokens=1_000)), store.ledger, holder="test", clock=clock)
    async with Asking(budget, answer(PIECES)) as asking:
        with pytest.raises(BudgetSpent):
            await asking.pieces(replace(ASKED, sampling=Sampling(max_tokens=2_000)))
        assert await asking.pieces(replace(ASKED, sampling=Sampling(max_tokens=100)))
    await budget.close()


async def test_the_limiter_holds_back_before_anything_is_sent_or_paid(store: SqliteStore, budget: Budget) -> None:
    async with Asking(budget, answer(PIECES), limiter=Limiter(rpm=1)) as asking:
        await asking.pieces()
        with pytest.raises(UpstreamUnavailable, match="a minute"):
            await asking.pieces()
        assert len(asking.upstream.received) == 1
    (row,) = await booked(store, budget)
    assert row.spent.calls == 1


async def test_an_unknown_price_is_written_down_as_one(store: SqliteStore, clock: Clock) -> None:
    budget = Budget(Caps(), store.ledger, holder="test", clock=clock)
    completer = Budgeted(FakeCompleter("hello there"), budget, Prices({"t": None}), max_tokens=600)
    bill = Bill()
    async with aclosing(completer.stream(replace(ASKED, bill=bill))) as pieces:
        ending = [piece async for piece in pieces][-1]
    assert isinstance(ending, Ending)
    assert (ending.cost_usd, bill.cost_usd) == (None, None)
    await budget.close()
    (row,) = await store.ledger.spending(since=DAY)
    assert (row.spent.unpriced_calls, row.spent.nanos) == (1, 0)


async def test_a_completer_that_names_no_attempts_is_paid_for_what_it_said(store: SqliteStore, budget: Budget) -> None:
    async with Asking(budget, answer(PIECES, finish=FINISH)) as asking:
        for end, calls in (("stop", 1), (UpstreamInterrupted("gone"), 2)):
            completer = Budgeted(FakeCompleter(*PIECES, end=end), budget, Prices({"t": PRICE}), max_tokens=600)
            try:
                async with aclosing(completer.stream(replace(ASKED, bill=asking.bill))) as pieces:
                    async for _ in pieces:
                        pass
            except UpstreamInterrupted:
                pass
            assert asking.bill.calls == calls

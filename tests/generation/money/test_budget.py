"""The caps of a day, over a real ledger: what is let through, what is refused, and what is left for whom."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from service.conversation.sqlite import SqliteStore
from service.errors import BudgetSpent
from service.generation.money.amount import NOTHING, Amount, Caps, Limit
from service.generation.money.budget import Budget
from service.generation.money.ledger import Payer, Spent
from tests.conversation.samples import NOON, Clock

DAY = NOON.date()
CAP = 1_000_000
WORST = Amount(4_000, 1_000)
PAYER = Payer("main", "m", "")
HARD = Caps(everyone=Limit(nanos=CAP), soft_nanos=800_000)

Open = Callable[..., Budget]


@pytest.fixture
async def opened(store: SqliteStore, clock: Clock) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def open_budget(caps: Caps = HARD, *, holder: str = "a", ledger: Any = store.ledger, **given: Any) -> Budget:
            budget = Budget(caps, ledger, holder=holder, clock=clock, **({"zone": UTC} | given))
            stack.push_async_callback(budget.close)
            return budget

        yield open_budget


async def spend(budget: Budget, cost: Amount, *, worst: Amount = WORST, visitor: str | None = None) -> None:
    reservation = await budget.reserve(worst, visitor)
    budget.settle(reservation, Payer("main", "m", visitor or ""), spent(cost))


def state(budget: Budget) -> str:
    """Asked anew: it changes between two lines."""
    return budget.state


def spent(cost: Amount) -> Spent:
    return Spent(calls=1, input_tokens=cost.tokens, nanos=cost.nanos)


async def spend_all(budget: Budget, cost: Callable[[], Amount], **given: Any) -> int:
    """Until it is refused; how many went through."""
    for number in range(100_000):
        try:
            await spend(budget, cost(), **given)
        except BudgetSpent:
            return number
    raise AssertionError("it never ended")


@pytest.mark.parametrize("start", [True, False])
async def test_the_cap_is_used_up_and_never_passed(store: SqliteStore, opened: Open, start: bool) -> None:
    budget = opened()
    if start:
        await budget.start()
    chance = random.Random(1)
    total = NOTHING

    def cost() -> Amount:
        nonlocal total
        paid = Amount(chance.randint(500, 4_000), 10)
        total += paid
        return paid

    assert await spend_all(budget, cost) > 300
    await budget.close()
    standing = await store.ledger.standing(DAY)
    assert standing.leased == NOTHING
    assert CAP - WORST.nanos < standing.spent.nanos <= CAP


@pytest.mark.parametrize(
    "caps", [Caps(everyone=Limit(nanos=0)), Caps(everyone=Limit(tokens=0)), Caps(everyone=Limit(nanos=3_999))]
)
async def test_a_cap_below_one_completion_lets_none_through(opened: Open, caps: Caps) -> None:
    budget = opened(caps)
    await budget.start()
    with pytest.raises(BudgetSpent, match="has no room"):
        await budget.reserve(WORST, None)
    assert budget.state == "spent"


async def test_tokens_are_capped_like_money(store: SqliteStore, opened: Open) -> None:
    budget = opened(Caps(everyone=Limit(tokens=50_000)))
    assert await spend_all(budget, lambda: Amount(999_999, 700)) == 71
    await budget.close()
    assert (await store.ledger.standing(DAY)).spent.tokens == 49_700


async def test_without_caps_everything_goes_and_is_written_down(store: SqliteStore, opened: Open) -> None:
    budget = opened(Caps())
    for _ in range(20):
        await spend(budget, Amount(5_000_000_000, 5))
    await budget.flush()
    standing = await store.ledger.standing(DAY)
    assert (standing.spent, standing.leased) == (Amount(100_000_000_000, 100), NOTHING)
    assert budget.state == "ok"


async def test_many_at_once_never_reserve_more_than_there_is(store: SqliteStore, opened: Open) -> None:
    budget = opened()
    asked = await asyncio.gather(*(budget.reserve(WORST, None) for _ in range(400)), return_exceptions=True)
    reserved = [each for each in asked if not isinstance(each, BaseException)]
    assert len(reserved) == 250
    assert {type(each) for each in asked if isinstance(each, BaseException)} == {BudgetSpent}
    for each in reserved:
        budget.release(each)
    await budget.close()
    assert (await store.ledger.standing(DAY)).taken == NOTHING


async def test_two_processes_share_one_cap(path: Path, clock: Clock) -> None:
    """Two stores, two writers, one file, as two processes have it."""
    stores = [SqliteStore.open(path) for _ in range(2)]
    budgets = [
        Budget(HARD, each.ledger, holder=name, clock=clock, zone=UTC) for each, name in zip(stores, "ab", strict=True)
    ]
    chance = random.Random(2)
    await asyncio.gather(*(spend_all(budget, lambda: Amount(chance.randint(500, 4_000), 1)) for budget in budgets))
    for budget in budgets:
        await budget.close()
    standing = await stores[0].ledger.standing(DAY)
    for each in stores:
        await each.close()
    assert standing.leased == NOTHING
    assert CAP * 0.98 < standing.spent.nanos <= CAP


async def test_what_a_killed_process_held_counts_as_spent(store: SqliteStore, opened: Open) -> None:
    killed = Budget(HARD, store.ledger, holder="killed", clock=lambda: NOON, zone=UTC)
    for _ in range(3):
        await spend(killed, Amount(4_000, 1))
    await killed.reserve(WORST, None)  # and it is never heard of again
    held = (await store.ledger.standing(DAY)).taken.nanos
    assert 16_000 <= held <= 0.05 * CAP
    budget = opened(holder="next")
    await spend_all(budget, lambda: Amount(4_000, 1))
    await budget.close()
    standing = await store.ledger.standing(DAY)
    assert CAP - 4_000 < standing.taken.nanos <= CAP


async def test_an_orderly_restart_loses_nothing_and_frees_nothing(store: SqliteStore, opened: Open) -> None:
    first = opened(holder="first")
    for _ in range(100):
        await spend(first, Amount(3_000, 1))
    await first.close()
    assert (await store.ledger.standing(DAY)).taken.nanos == 300_000
    second = opened(holder="second")
    assert await spend_all(second, lambda: Amount(4_000, 1)) == 175


async def test_a_new_day_has_a_budget_of_its_own_and_going_back_frees_nothing(
    store: SqliteStore, opened: Open, clock: Clock
) -> None:
    budget = opened(monotonic=iter(range(0, 10**9, 10)).__next__)
    assert await spend_all(budget, lambda: Amount(4_000, 1)) == 250
    clock.now = NOON + timedelta(days=1)
    assert budget.state == "ok"
    assert await spend_all(budget, lambda: Amount(4_000, 1)) == 250
    for days in (0, 1, 0, 1):
        clock.now = NOON + timedelta(days=days)
        with pytest.raises(BudgetSpent):
            await budget.reserve(WORST, None)
    again = opened(holder="restarted")
    with pytest.raises(BudgetSpent):
        await again.reserve(WORST, None)
    await budget.close()
    for days in (0, 1):
        assert (await store.ledger.standing(DAY + timedelta(days=days))).taken == Amount(CAP, 0) + Amount(0, 250)


async def test_what_was_reserved_before_midnight_belongs_to_that_day(
    store: SqliteStore, opened: Open, clock: Clock
) -> None:
    budget = opened()
    reservation = await budget.reserve(WORST, None)
    clock.now = NOON + timedelta(days=1)
    await spend(budget, Amount(1_000, 1))
    budget.settle(reservation, PAYER, spent(Amount(2_000, 1)))
    await budget.close()
    assert (await store.ledger.standing(DAY)).taken.nanos == 2_000
    assert (await store.ledger.standing(DAY + timedelta(days=1))).taken.nanos == 1_000


async def test_the_day_is_that_of_the_time_zone(store: SqliteStore, opened: Open, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # half past midnight in Seoul
    budget = opened(zone=ZoneInfo("Asia/Seoul"))
    await spend(budget, Amount(1_000, 1))
    await budget.close()
    assert (await store.ledger.standing(date(2026, 11, 21))).spent.nanos == 1_000


async def test_what_costs_more_than_was_reserved_is_booked_in_full(store: SqliteStore, opened: Open) -> None:
    budget = opened()
    await spend(budget, Amount(900_000, 1))
    await budget.flush()
    assert (await store.ledger.standing(DAY)).spent.nanos == 900_000
    await spend_all(budget, lambda: Amount(4_000, 1))
    await budget.close()
    standing = await store.ledger.standing(DAY)
    assert standing.leased == NOTHING
    assert standing.spent.nanos <= CAP


async def test_settling_twice_is_settling_once(store: SqliteStore, opened: Open) -> None:
    budget = opened()
    reservation = await budget.reserve(WORST, None)
    for _ in range(3):
        budget.settle(reservation, PAYER, spent(Amount(2_000, 1)))
        budget.release(reservation)
    await budget.close()
    assert (await store.ledger.standing(DAY)).taken.nanos == 2_000


@pytest.mark.parametrize(
    ("limit", "times"),
    [(Limit(nanos=10_000), 3), (Limit(tokens=1_300), 3), (Limit(nanos=3_999), 0), (Limit(nanos=0), 0)],
)
async def test_a_visitor_has_a_cap_of_their_own(store: SqliteStore, opened: Open, limit: Limit, times: int) -> None:
    budget = opened(Caps(visitor=limit))
    assert await spend_all(budget, lambda: Amount(3_000, 150), visitor="v1") == times
    assert await spend_all(budget, lambda: Amount(3_000, 150), visitor="v2") == times, "and leaves the others theirs"
    await spend(budget, Amount(3_000, 150))
    assert budget.state == "ok", "one visitor's end is not the service's"
    await budget.close()
    again = opened(Caps(visitor=limit), holder="restarted")
    assert await spend_all(again, lambda: Amount(3_000, 150), visitor="v1") == 0


async def test_a_visitor_who_asks_twice_at_once_does_not_get_twice_as_much(opened: Open) -> None:
    budget = opened(Caps(everyone=Limit(nanos=CAP), visitor=Limit(nanos=9_000)))
    asked = await asyncio.gather(*(budget.reserve(WORST, "v1") for _ in range(10)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in asked) == 2


async def test_the_soft_cap_is_said_once_a_day_and_stops_nobody(opened: Open, clock: Clock) -> None:
    budget = opened()
    with capture_logs() as logs:
        while state(budget) == "ok":
            await spend(budget, Amount(4_000, 1))
        assert state(budget) == "soft"
        await spend_all(budget, lambda: Amount(4_000, 1))
        await budget.flush()
        assert state(budget) == "spent"
        clock.now = NOON + timedelta(days=1)
        assert state(budget) == "ok"
    events = [line["event"] for line in logs]
    assert events.count("budget_soft_cap_reached") == 1
    assert events.count("budget_spent") == 1


async def test_a_process_that_asked_nothing_learns_of_what_another_spent(opened: Open) -> None:
    busy, idle = opened(holder="busy"), opened(holder="idle")
    await spend(idle, Amount(4_000, 1))
    await spend_all(busy, lambda: Amount(4_000, 1))
    await busy.flush()
    assert idle.state == "ok"
    assert await idle.look() in {"soft", "spent"}


async def test_a_process_that_starts_late_in_a_day_that_is_spent_says_so_before_anybody_asks(opened: Open) -> None:
    first = opened(holder="first")
    await spend_all(first, lambda: Amount(4_000, 1))
    await first.close()
    late = opened(holder="late", usual=WORST)
    await late.start()
    assert late.state == "spent"
    looking = opened(holder="looking", usual=WORST)
    assert await looking.look() == "spent"


async def test_a_process_learns_that_there_is_room_again_before_anybody_asks(opened: Open) -> None:
    """Another had leased the rest of the day, and has given it back."""
    small = Caps(everyone=Limit(nanos=6_000))
    holding, looking = opened(small, holder="holding"), opened(small, holder="looking", usual=WORST)
    reservation = await holding.reserve(WORST, None)
    with pytest.raises(BudgetSpent):
        await looking.reserve(WORST, None)
    assert await looking.look() == "spent"
    holding.release(reservation)
    await holding.flush(keep=NOTHING)
    assert await looking.look() == "ok"


async def test_a_day_that_ends_while_nobody_asks_gives_its_lease_back(
    store: SqliteStore, opened: Open, clock: Clock
) -> None:
    budget = opened()
    await budget.start()
    assert (await store.ledger.standing(DAY)).leased
    clock.now = NOON + timedelta(days=1)
    await budget.close()
    assert (await store.ledger.standing(DAY)).taken == NOTHING


async def test_room_that_comes_back_is_used(opened: Open) -> None:
    time = [0.0]
    budget = opened(monotonic=lambda: time[0])
    held = [await budget.reserve(WORST, None) for _ in range(250)]
    with pytest.raises(BudgetSpent):
        await budget.reserve(WORST, None)
    assert state(budget) == "spent"
    for each in held[:50]:
        budget.release(each)
    assert state(budget) != "spent"
    assert await budget.reserve(WORST, None)


async def test_past_the_cap_the_ledger_is_asked_once_a_second(store: SqliteStore, opened: Open) -> None:
    asked = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(store.ledger, name)

    time = [0.0]
    budget = opened(Caps(everyone=Limit(nanos=0)), ledger=Counting(), monotonic=lambda: time[0])
    for _ in range(100):
        with pytest.raises(BudgetSpent):
            await budget.reserve(WORST, None)
    assert asked.count("lease") == 1
    time[0] = 1.5
    with pytest.raises(BudgetSpent):
        await budget.reserve(WORST, None)
    assert asked.count("lease") == 2


async def test_the_first_word_waits_for_no_disk_while_the_lease_lasts(store: SqliteStore, opened: Open) -> None:
    """A reservation from the lease does not even let another task run."""
    budget = opened()
    await budget.start()
    others: list[str] = []
    asyncio.get_running_loop().call_soon(others.append, "ran")
    await budget.reserve(WORST, None)
    assert others == []


async def test_a_caller_that_goes_away_while_it_waits_takes_no_lease_along(store: SqliteStore, opened: Open) -> None:
    budget = opened()
    asking = asyncio.create_task(budget.reserve(WORST, None))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await budget.close()
    assert (await store.ledger.standing(DAY)).taken == NOTHING


async def test_when_leases_cannot_be_written_nothing_more_is_spent(path: Path, opened: Open) -> None:
    """Denied by default: a cap that cannot be kept is not passed (fault 108)."""
    await SqliteStore.open(path).close()
    locked = SqliteStore.open(path, read_only=True)
    budget = opened(ledger=locked.ledger)
    with capture_logs() as logs:
        await budget.start()
        with pytest.raises(BudgetSpent, match="cannot be kept"):
            await budget.reserve(WORST, None)
    assert [line["event"] for line in logs] == ["budget_not_leased"] * 2
    uncapped = opened(Caps(), ledger=locked.ledger)
    await spend(uncapped, Amount(4_000, 1))
    with capture_logs() as logs:
        for _ in range(3):
            await uncapped.flush()
    assert [line["event"] for line in logs] == ["spending_not_recorded"]
    await locked.close()


async def test_what_could_not_be_booked_is_booked_once_when_it_can(
    store: SqliteStore, path: Path, opened: Open
) -> None:
    budget = opened()
    await spend(budget, Amount(3_000, 1))
    reading = SqliteStore.open(path, read_only=True)
    working, budget._ledger = budget._ledger, reading.ledger
    await budget.flush()
    await spend(budget, Amount(2_000, 1))
    budget._ledger = working
    await budget.close()
    await reading.close()
    standing = await store.ledger.standing(DAY)
    assert (standing.spent, standing.leased) == (Amount(5_000, 2), NOTHING)

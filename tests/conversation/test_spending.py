"""The ledger in SQLite: leases that never pass a limit, and sums that add up."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from service.conversation.sqlite import SqliteStore
from service.errors import StoreBusy
from service.generation.money.amount import NOTHING, Amount, Limit
from service.generation.money.ledger import DaySpending, Payer, Spent, Standing

DAY = date(2026, 11, 20)
CALL = Spent(1, 100, 20, 30, 5_000, 1, 5_000, 0)


async def lease(store: SqliteStore, holder: str, least: Amount, block: Amount, limit: Limit) -> Amount:
    return (await store.ledger.lease(DAY, holder, least=least, block=block, limit=limit)).granted


@pytest.mark.parametrize(
    ("least", "block", "limit", "granted"),
    [
        (Amount(10), Amount(100), Limit(nanos=1_000), Amount(100)),
        (Amount(10), Amount(500), Limit(nanos=1_000), Amount(250)),
        (Amount(300), Amount(500), Limit(nanos=1_000), Amount(300)),
        (Amount(1_000), Amount(1_000), Limit(nanos=1_000), Amount(1_000)),
        (Amount(1_001), Amount(1_001), Limit(nanos=1_000), NOTHING),
        (Amount(10, 10), Amount(100, 100), Limit(nanos=1_000), Amount(100, 0)),
        (Amount(10, 10), Amount(100, 100), Limit(tokens=1_000), Amount(0, 100)),
        (Amount(10, 300), Amount(100, 100), Limit(1_000, 200), NOTHING),
        (NOTHING, Amount(100, 100), Limit(1_000, 200), Amount(100, 50)),
        (Amount(1), Amount(1), Limit(nanos=0), NOTHING),
    ],
)
async def test_a_lease_is_what_is_needed_and_a_quarter_of_the_room_at_most(
    store: SqliteStore, least: Amount, block: Amount, limit: Limit, granted: Amount
) -> None:
    assert await lease(store, "a", least, block, limit) == granted
    assert await store.ledger.standing(DAY) == Standing(NOTHING, granted)


async def test_leases_and_spending_share_the_room(store: SqliteStore) -> None:
    limit = Limit(nanos=1_000)
    assert await lease(store, "a", Amount(400), Amount(400), limit) == Amount(400)
    assert await lease(store, "b", Amount(400), Amount(400), limit) == Amount(400)
    assert await lease(store, "c", Amount(201), Amount(400), limit) == NOTHING
    payer = Payer("t", "m", "")
    booked = await store.ledger.record(DAY, "a", {payer: Spent(1, nanos=100)}, off_lease=Amount(400))
    assert booked.standing == Standing(Amount(100), Amount(400))
    assert await lease(store, "c", Amount(501), Amount(501), limit) == NOTHING
    assert await lease(store, "c", Amount(500), Amount(500), limit) == Amount(500)


async def test_another_day_has_room_of_its_own(store: SqliteStore) -> None:
    limit = Limit(nanos=1_000)
    assert await lease(store, "a", Amount(1_000), Amount(1_000), limit) == Amount(1_000)
    tomorrow = await store.ledger.lease(DAY + timedelta(days=1), "a", least=Amount(1_000), block=NOTHING, limit=limit)
    assert tomorrow.granted == Amount(1_000)


async def test_two_connections_never_lease_more_than_there_is(path: Path) -> None:
    stores = [SqliteStore.open(path) for _ in range(2)]
    asked = [lease(stores[n % 2], f"h{n % 2}", Amount(7), Amount(7), Limit(nanos=1_000)) for n in range(200)]
    granted = await asyncio.gather(*asked)
    assert sum(each.nanos for each in granted) == 994
    for each in stores:
        await each.close()


async def test_what_was_spent_adds_up_by_day_model_and_visitor(store: SqliteStore) -> None:
    yesterday = DAY - timedelta(days=1)
    ledger = store.ledger
    await ledger.record(yesterday, "a", {Payer("t", "m", "v1"): CALL}, off_lease=NOTHING)
    one = {Payer("t", "m", "v1"): CALL, Payer("t", "m", "v2"): CALL + CALL, Payer("t2", "m2", ""): CALL}
    booked = await ledger.record(DAY, "a", one, off_lease=NOTHING)
    assert booked.visitors == {"v1": CALL.amount, "v2": (CALL + CALL).amount}
    booked = await ledger.record(DAY, "a", {Payer("t2", "m", "v1"): CALL}, off_lease=NOTHING)
    assert booked.visitors == {"v1": (CALL + CALL).amount}
    assert (await ledger.standing(DAY)).spent == Amount(25_000, 600)
    assert await ledger.spent_by(DAY, "v1") == Amount(10_000, 240)
    assert await ledger.spent_by(DAY, "nobody") == NOTHING
    three = CALL + CALL + CALL
    assert list(await ledger.spending(since=yesterday)) == [
        DaySpending(yesterday, "t", "m", CALL),
        DaySpending(DAY, "t", "m", three),
        DaySpending(DAY, "t2", "m", CALL),
        DaySpending(DAY, "t2", "m2", CALL),
    ]
    assert list(await ledger.spending(since=DAY + timedelta(days=1))) == []
    assert list(await ledger.top_visitors(since=DAY, limit=1)) == [("v1", CALL + CALL)], "as much as v2, by name"
    assert [visitor for visitor, _ in await ledger.top_visitors(since=yesterday, limit=9)] == ["v1", "v2"]


async def test_it_survives_and_can_be_read_by_others(store: SqliteStore, path: Path) -> None:
    await store.ledger.record(DAY, "a", {Payer("t", "m", ""): CALL}, off_lease=NOTHING)
    looking = SqliteStore.open(path, read_only=True)
    assert (await looking.ledger.standing(DAY)).spent == CALL.amount
    with pytest.raises(StoreBusy, match="reading only"):
        await looking.ledger.lease(DAY, "b", least=Amount(1), block=Amount(1), limit=Limit(nanos=9))
    await looking.close()
    await store.close()
    again = SqliteStore.open(path)
    assert (await again.ledger.standing(DAY)).spent == CALL.amount
    await again.close()


async def test_who_it_was_is_forgotten_after_a_while_and_what_it_cost_is_not(store: SqliteStore) -> None:
    ledger, old = store.ledger, DAY - timedelta(days=36)
    rows = {Payer("t", "m", visitor): CALL for visitor in ("", "v1", "v2")}
    await ledger.record(old, "killed", rows, off_lease=NOTHING)
    await ledger.lease(old, "killed", least=NOTHING, block=Amount(9), limit=Limit(nanos=100))
    await ledger.record(DAY - timedelta(days=35), "a", {Payer("t", "m", "v3"): CALL}, off_lease=NOTHING)
    before = list(await ledger.spending(since=old))
    for _ in range(2):
        await ledger.record(DAY, "a", {Payer("t", "m", "v4"): CALL}, off_lease=NOTHING)
    assert [visitor for visitor, _ in await ledger.top_visitors(since=old, limit=9)] == ["v4", "v3"]
    assert list(await ledger.spending(since=old))[:2] == before
    assert await ledger.standing(old) == Standing((CALL + CALL + CALL).amount, NOTHING)

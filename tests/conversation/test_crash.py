"""Processes that are killed while they write: nothing that was acknowledged may be lost or doubled (G1, fault 117)."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from service.conversation.database import connect_reader, pragma
from service.conversation.sqlite import SqliteStore
from service.conversation.store import Exchange, ExchangeFilter

KILLS = 10

WRITES_UNTIL_KILLED = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path

from service.conversation.sqlite import SqliteStore
from service.conversation.store import Answer, Escalation, NewExchange

def say(*words):
    os.write(1, (" ".join(words) + "\\n").encode())

async def visitor(store, name):
    number = 0
    while True:
        number += 1
        exchange = f"{name}-{number}"
        await store.open_exchange(NewExchange(exchange, name, "언제 오나요?", "ko", datetime.now(UTC)))
        say("opened", exchange)
        raised = Escalation(f"s-{exchange}", exchange, "asked", datetime.now(UTC), exchange)
        await store.close_exchange(exchange, Answer("내일요 " * 50, "faq", "complete"), escalation=raised)
        say("closed", exchange)

async def main():
    store = SqliteStore.open(Path(sys.argv[1]))
    await asyncio.gather(*(visitor(store, f"{sys.argv[2]}-{n}") for n in range(20)))

asyncio.run(main())
"""


def write_and_die(path: Path, life: int, acknowledged: int) -> list[str]:
    """The lines one process got out before it was killed, which happens after `acknowledged` of them."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES_UNTIL_KILLED, path, str(life)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as lines:
        said = [lines.readline().strip() for _ in range(acknowledged)]
        process.kill()
        said += [line.strip() for line in lines if line.endswith("\n")]
    process.wait()
    return said


def test_of_acknowledged_writes_none_is_lost_or_doubled_in_ten_kills(tmp_path: Path) -> None:
    path = tmp_path / "ondap.db"
    seed = random.randrange(1_000_000)
    rng = random.Random(seed)
    said = [line for life in range(KILLS) for line in write_and_die(path, life, rng.randrange(1, 800))]
    opened = {line.removeprefix("opened ") for line in said if line.startswith("opened ")}
    closed = {line.removeprefix("closed ") for line in said if line.startswith("closed ")}
    assert len(opened) + len(closed) == len(said), f"seed {seed}"

    exchanges, waiting = asyncio.run(what_survived(path))
    ends = {exchange.id: exchange.answer and exchange.answer.end for exchange in exchanges}
    assert len(ends) == len(exchanges)
    assert opened <= ends.keys(), f"seed {seed}"
    assert {exchange_id for exchange_id in closed if ends[exchange_id] != "complete"} == set(), f"seed {seed}"
    assert set(ends.values()) <= {"complete", "restarted"}, f"seed {seed}"
    assert waiting == {exchange_id for exchange_id, end in ends.items() if end == "complete"}, f"seed {seed}"

    db = connect_reader(path, busy_timeout_seconds=1)
    assert pragma(db, "integrity_check") == "ok", f"seed {seed}"
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()


async def what_survived(path: Path) -> tuple[Sequence[Exchange], set[str | None]]:
    store = SqliteStore.open(path)
    exchanges = await store.exchanges(ExchangeFilter(), limit=1_000_000)
    waiting = {escalation.exchange_id for escalation in await store.escalations()}
    await store.close()
    return exchanges, waiting

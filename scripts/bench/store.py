"""Durable writes a second, what one costs, how free the event loop stays, and what masking costs.

    .venv/bin/python -m scripts.bench.store [--writes 10000] [--directory .] [--json]

A write is an exchange that is opened or closed: it counts when its call has returned, with WAL and synchronous=FULL.
The database is made in `--directory`, so that the disk under test is the one you mean.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from service.conversation.database import VERSION
from service.conversation.privacy import mask
from service.conversation.sqlite import SqliteStore
from service.conversation.store import Answer, ExchangeFilter, NewExchange

ANSWER = Answer("수령 후 7일 이내에 마이페이지에서 반품을 신청하실 수 있습니다. " * 6, "faq", "complete", 0.93, 0.81)
TICK_SECONDS = 0.001
NEARLY = ("1", "4111 ", "900101 1234567 ", "a@", "a@b.", "010-", "０", "주문 900101-1234567")


@dataclass
class Round:
    """What a number of visitors at once measured; milliseconds."""

    visitors: int
    writes: int = 0
    seconds: float = 0.0
    each_ms: list[float] = field(default_factory=list)
    loop_late_ms: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        return {
            "visitors": self.visitors,
            "writes_per_second": round(self.writes / self.seconds),
            "write_ms_p50": round(statistics.median(self.each_ms), 3),
            "write_ms_p99": round(statistics.quantiles(self.each_ms, n=100)[98], 3),
            "loop_late_ms_p50": round(statistics.median(self.loop_late_ms), 3),
            "loop_late_ms_worst": round(max(self.loop_late_ms), 3),
        }


async def write(store: SqliteStore, visitors: int, writes: int) -> Round:
    measured = Round(visitors)
    left = iter(range(writes // 2))

    async def visitor() -> None:
        conversation = uuid4().hex
        for _ in left:
            exchange = NewExchange(uuid4().hex, conversation, "반품은 어떻게 하나요?", "ko", datetime.now(UTC))
            for call in (store.open_exchange(exchange), store.close_exchange(exchange.id, ANSWER)):
                began = time.perf_counter()
                await call
                measured.each_ms.append((time.perf_counter() - began) * 1000)

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            measured.loop_late_ms.append((time.perf_counter() - began - TICK_SECONDS) * 1000)

    watching = asyncio.create_task(watch())
    began = time.perf_counter()
    await asyncio.gather(*(visitor() for _ in range(visitors)))
    measured.seconds = time.perf_counter() - began
    watching.cancel()
    measured.writes = len(measured.each_ms)
    return measured


async def read_ms(store: SqliteStore) -> float:
    times = []
    for _ in range(200):
        began = time.perf_counter()
        await store.exchanges(ExchangeFilter(min_confidence=0.5), limit=20)
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 3)


def mask_ms() -> dict[str, float]:
    """The worst of five for 64 KiB of what nearly matches, over and over."""
    figures = {}
    for nearly in NEARLY:
        text = nearly * (65536 // len(nearly))
        times = []
        for _ in range(5):
            began = time.perf_counter()
            mask(text)
            times.append((time.perf_counter() - began) * 1000)
        figures[nearly] = round(max(times), 1)
    return figures


async def measure(path: Path, writes: int) -> dict[str, object]:
    store = SqliteStore.open(path)
    rounds = [(await write(store, visitors, count)).figures() for visitors, count in ((1, writes // 5), (50, writes))]
    log_ms = await read_ms(store)
    await store.close()
    began = time.perf_counter()
    await SqliteStore.open(path).close()
    return {
        "sqlite": ".".join(map(str, VERSION)),
        "rounds": rounds,
        "read_last_20_ms": log_ms,
        "open_and_close_ms": round((time.perf_counter() - began) * 1000, 1),
        "mask_64_kib_ms": mask_ms(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writes", type=int, default=10_000)
    parser.add_argument("--directory", type=Path, default=Path())
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        figures = asyncio.run(measure(Path(directory) / "bench.sqlite", options.writes))
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for name, figure in figures.items():
        for line in figure if isinstance(figure, list) else [figure]:
            print(f"{name:18} {line}")


if __name__ == "__main__":
    main()

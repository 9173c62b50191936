"""FAQ answers a second over HTTP, durable log included: one service process on one core, the client on another.

.venv/bin/python -m scripts.bench.answers [--seconds 10] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from itertools import cycle, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from service.knowledge.faq import load_faq

from .service import ROOT, Service, serving

if TYPE_CHECKING:
    from collections.abc import Iterable


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, service: Service, question: str) -> float:
    """One question on a kept connection; returns seconds. The answer must come from the FAQ."""
    body = json.dumps({"message": question}).encode()
    head = f"POST /api/chat HTTP/1.1\r\nHost: {service.host}:{service.port}\r\nContent-Type: application/json\r\n"
    began = time.perf_counter()
    writer.write(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
    answer = json.loads(await reader.readexactly(length))
    seconds = time.perf_counter() - began
    if answer.get("source") != "faq":
        raise SystemExit(f"Not answered from the FAQ: {question!r}: {answer}")
    return seconds


async def visitor(service: Service, questions: Iterable[str], taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection(service.host, service.port)
    taken += [await post(reader, writer, service, question) for question in questions]
    writer.close()
    await writer.wait_closed()


async def load(service: Service, shares: list[Iterable[str]]) -> dict[str, float]:
    """Each visitor asks its share, one question after the other, all visitors at once."""
    taken: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(visitor(service, share, taken) for share in shares))
    elapsed = time.perf_counter() - began
    spread = statistics.quantiles(taken, n=100)
    return {
        "visitors": len(shares),
        "answers": len(taken),
        "answers_per_second": round(len(taken) / elapsed, 1),
        "p50_ms": round(spread[49] * 1000, 2),
        "p95_ms": round(spread[94] * 1000, 2),
        "p99_ms": round(spread[98] * 1000, 2),
    }


def once(questions: list[str], visitors: int) -> list[Iterable[str]]:
    """Every question once, whoever asks it: nothing can be remembered."""
    return [questions[number::visitors] for number in range(visitors)]


def again(questions: list[str], visitors: int, seconds: float) -> list[Iterable[str]]:
    """The same questions over and over, as customers do."""
    until = time.perf_counter() + seconds
    around = [questions[start:] + questions[:start] for start in range(0, visitors * 7, 7)]
    return [takewhile(lambda _: time.perf_counter() < until, cycle(share)) for share in around]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="how long the same questions are asked")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    live = [entry for entry in load_faq(ROOT / "data/faq.yaml").entries if entry.enabled and not entry.valid_until]
    phrasings = [phrasing for entry in live for phrasing in entry.phrasings]
    results = {}
    with tempfile.TemporaryDirectory() as var:
        with serving(var_dir=Path(var)) as service:
            built = service.seconds_to_ready
            results["each question new, 1 visitor"] = asyncio.run(load(service, once(phrasings, 1)))
        with serving(var_dir=Path(var)) as service:
            results["each question new, 32 visitors"] = asyncio.run(load(service, once(phrasings, 32)))
        with serving(var_dir=Path(var)) as service:
            idle = service.resident_mb
            for visitors in (1, 8, 32):
                shares = again([entry.question for entry in live], visitors, options.seconds)
                results[f"the same {len(live)} questions, {visitors} visitors"] = asyncio.run(load(service, shares))
            report = {
                "seconds_to_ready_with_building": round(built, 2),
                "seconds_to_ready": round(service.seconds_to_ready, 2),
                "resident_mb_idle": round(idle),
                "resident_mb_after": round(service.resident_mb),
                "loads": results,
            }
    if options.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        if name != "loads":
            print(f"{name:32} {value}")
    for label, result in results.items():
        print(f"{label:36}", "  ".join(f"{name} {value:>7}" for name, value in result.items()))


if __name__ == "__main__":
    main()

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
from pathlib import Path

from service.knowledge.faq import load_faq

from .service import ROOT, Service, serving


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


async def visitor(service: Service, questions: list[str], until: float, taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection(service.host, service.port)
    while time.perf_counter() < until:
        for question in questions:
            taken.append(await post(reader, writer, service, question))
            if time.perf_counter() >= until:
                break
    writer.close()
    await writer.wait_closed()


async def load(service: Service, questions: list[str], *, visitors: int, seconds: float) -> dict[str, float]:
    taken: list[float] = []
    began = time.perf_counter()
    shares = [questions[start:] + questions[:start] for start in range(0, visitors * 7, 7)]
    await asyncio.gather(*(visitor(service, share, began + seconds, taken) for share in shares))
    elapsed = time.perf_counter() - began
    spread = statistics.quantiles(taken, n=100)
    return {
        "visitors": visitors,
        "answers": len(taken),
        "answers_per_second": round(len(taken) / elapsed, 1),
        "p50_ms": round(spread[49] * 1000, 2),
        "p95_ms": round(spread[94] * 1000, 2),
        "p99_ms": round(spread[98] * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="how long each load lasts")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    live = [entry for entry in load_faq(ROOT / "data/faq.yaml").entries if entry.enabled and not entry.valid_until]
    questions = [entry.question for entry in live]
    with tempfile.TemporaryDirectory() as var:
        with serving(var_dir=Path(var)) as first:
            built = first.seconds_to_ready
        with serving(var_dir=Path(var)) as service:
            idle = service.resident_mb
            results = [asyncio.run(load(service, questions, visitors=n, seconds=options.seconds)) for n in (1, 8, 32)]
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
    for result in results:
        print("  ".join(f"{name} {value:>8}" for name, value in result.items()))


if __name__ == "__main__":
    main()

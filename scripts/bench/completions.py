"""What Ondap adds to a completion: first text one at a time, and fifty streams at once, against the upstream itself.

    .venv/bin/python -m scripts.bench.completions [--rounds 300] [--json]

The upstream is a fake on loopback: first token after 50 ms, 100 tokens, 5 ms apart. The service has one core, upstream
and client share the other. Every question is one the FAQ cannot answer, every exchange is stored and every byte of each
answer compared. The last line says which goals were missed: at most 4 ms (p50) and 15 ms (p99) added to the first text
one at a time, 65 streams a second and a p95 of 150 ms for fifty at once. Ten questions of each are asked before one is
measured. A round takes 2.5 s; fewer than 200 say little about a p99, and so does a machine that does something else:
`load` is the machine's over five minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import psutil

from .service import ROOT, serving
from .streams import QUESTION, SAID, plain_pieces, post

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Ask = Callable[[int], Awaitable[tuple[float, float]]]

TOKENS = 100
SPEED = ("--port=0", "--first-token=0.05", "--interval=0.005")
numbers = count(1)
TEXT = "".join(plain_pieces(TOKENS)).strip()
WARMING = 10
"""Questions asked before any is measured: a service is new once, and its provider's connection too."""
GOALS: dict[str, dict[str, tuple[str, float]]] = {
    "one at a time, new": {"added_p50_ms": ("<=", 4.0), "added_p99_ms": ("<=", 15.0)},
    "one at a time, same": {"added_p50_ms": ("<=", 4.0), "added_p99_ms": ("<=", 15.0)},
    "50 at once, new": {"streams_per_second": (">=", 65.0), "first_text_p95_ms": ("<=", 150.0)},
    "50 at once, same": {"streams_per_second": (">=", 65.0), "first_text_p95_ms": ("<=", 150.0)},
}


@contextmanager
def upstream(core: int) -> Iterator[int]:
    """The fake provider in its own process; yields its port."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.upstream", *SPEED, f"--pieces={TOKENS}", f"--words={SAID}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    psutil.Process(child.pid).cpu_affinity([core])
    assert child.stdout is not None
    try:
        yield int(child.stdout.readline().rsplit(":", 1)[1].split("/")[0])
    finally:
        child.terminate()
        child.wait()


async def one_stream(port: int, path: str, body: dict[str, object], mark: bytes) -> tuple[float, float]:
    """Seconds to the first text and to the end. `mark` is how a piece of text looks on this wire."""
    heard = await post(port, path, body, mark=mark)
    if not heard.ended or heard.first_seconds is None or heard.text.strip() != TEXT:
        raise SystemExit(f"A stream was not whole: {heard.body[-400:]!r}")
    return heard.first_seconds, heard.seconds


async def direct(port: int) -> tuple[float, float]:
    body = {"model": "fake-1", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    return await one_stream(port, "/v1/chat/completions", body, b'"content": "' + plain_pieces(1)[0].encode())


async def through(port: int) -> tuple[float, float]:
    """Each time another question, so that nothing is remembered of an earlier one."""
    return await one_stream(port, "/api/chat", {"message": f"{QUESTION} {next(numbers)}번째"}, b"event: delta")


async def through_again(port: int) -> tuple[float, float]:
    """The same question each time."""
    return await one_stream(port, "/api/chat", {"message": QUESTION}, b"event: delta")


async def one_at_a_time(upstream_port: int, port: int, ask: Ask, rounds: int) -> dict[str, float]:
    added: list[float] = []
    for _ in range(WARMING):
        await ask(port)
    for _ in range(rounds):
        plain, _ = await direct(upstream_port)
        ours, _ = await ask(port)
        added.append((ours - plain) * 1000)
    spread = statistics.quantiles(added, n=100)
    return {"added_p50_ms": round(spread[49], 2), "added_p99_ms": round(spread[98], 2)}


async def at_once(port: int, ask: Ask, streams: int, rounds: int) -> dict[str, float]:
    firsts: list[float] = []
    rates: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        taken = await asyncio.gather(*(ask(port) for _ in range(streams)))
        rates.append(streams / (time.perf_counter() - began))
        firsts += [first * 1000 for first, _ in taken]
    spread = statistics.quantiles(firsts, n=100)
    return {
        "streams_per_second": round(statistics.median(rates), 1),
        "first_text_p50_ms": round(spread[49], 1),
        "first_text_p95_ms": round(spread[94], 1),
    }


def missed(report: dict[str, dict[str, float]]) -> list[str]:
    """The goals that were not reached, in words."""
    return [
        f"{name}: {figure} {report[name][figure]}, goal {sign} {goal}"
        for name, goals in GOALS.items()
        for figure, (sign, goal) in goals.items()
        if (report[name][figure] > goal) == (sign == "<=") and report[name][figure] != goal
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300, help="questions one at a time")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with upstream(cores[-1]) as upstream_port:
        endpoint = f"http://127.0.0.1:{upstream_port}/v1"
        with serving(core=cores[0], chat_base_url=endpoint, chat_model="fake-1", chat_api_key="bench") as service:
            report = {
                "one at a time, new": asyncio.run(one_at_a_time(upstream_port, service.port, through, options.rounds)),
                "one at a time, same": asyncio.run(
                    one_at_a_time(upstream_port, service.port, through_again, options.rounds)
                ),
                "50 at once, direct": asyncio.run(at_once(upstream_port, direct, 50, 5)),
                "50 at once, new": asyncio.run(at_once(service.port, through, 50, 5)),
                "50 at once, same": asyncio.run(at_once(service.port, through_again, 50, 5)),
            }
    goals = missed(report)
    load = os.getloadavg()[1]
    if options.json:
        print(json.dumps(report | {"missed": goals, "load": load}))
        return
    print(f"load {load:.1f}")
    for name, figures in report.items():
        print(f"{name:20}", "  ".join(f"{key} {value}" for key, value in figures.items()))
    print("goals missed:", "; ".join(goals) or "none")


if __name__ == "__main__":
    main()

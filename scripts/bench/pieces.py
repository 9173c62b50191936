"""What one piece of text costs on its way from the provider to the visitor, and whether every byte of it arrives.

    .venv/bin/python -m scripts.bench.pieces                  # CPU a piece, beside a plain pass-through
    .venv/bin/python -m scripts.bench.pieces --minute         # and 100 visitors, 20 tokens a second, for a minute

CPU is the time of the serving process. Each round asks both for short and for long answers; the difference of the two
is what the additional pieces cost, so that the question, its search, its storing and the connection do not count. The
pass-through (`passthrough.py`) is FastAPI, AsyncOpenAI and StreamingResponse; both have the same provider, the same
client and the same core, in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import psutil

from tests.upstream import answer

from .service import ROOT, serving
from .streams import QUESTION, Scripted, ask, plain_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.upstream import Received, Script

SHORT, LONG = 10, 410
SECONDS_A_TURN = 20
"""How long each answer of the minute is: three of them one after the other for each visitor."""

numbers = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system


class Pacer:
    """The provider: as many pieces as the moment asks for, one every `interval_seconds`."""

    def __init__(self, *, pieces: int, interval_seconds: float) -> None:
        self.pieces = pieces
        self.interval_seconds = interval_seconds

    def script(self, _: Received) -> Script:
        return answer(plain_pieces(self.pieces), interval_seconds=self.interval_seconds)


@contextmanager
def passing_through(base_url: str, core: int) -> Iterator[Server]:
    """The plain pass-through in a process of its own, on one core."""
    child = subprocess.Popen(
        [sys.executable, "-m", "scripts.bench.passthrough", base_url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    psutil.Process(child.pid).cpu_affinity([core])
    assert child.stdout is not None
    try:
        yield Server(int(child.stdout.readline().rsplit(":", 1)[1]), psutil.Process(child.pid))
    finally:
        child.terminate()
        child.wait()


async def wrong_streams(port: int, streams: int, text: str) -> int:
    """Ask so many at once; how many did not hear exactly `text` and a good end."""
    questions = [f"{QUESTION} {next(numbers)}번째" for _ in range(streams)]
    return sum(not good for good in await asyncio.gather(*(_heard_all(port, question, text) for question in questions)))


async def _heard_all(port: int, question: str, text: str) -> bool:
    heard = await ask(port, question)
    events = heard.events
    said = "".join(event.data["text"] for event in events if event.name == "delta")
    whole = bool(events) and events[-1].name == "done" and events[-1].data.get("complete", True)
    return heard.ended and whole and said == text


async def cpu_us_a_piece(server: Server, pacer: Pacer, streams: int) -> float:
    spent = []
    for pacer.pieces in (SHORT, LONG):
        before = server.cpu_seconds()
        wrong = await wrong_streams(server.port, streams, "".join(plain_pieces(pacer.pieces)))
        if wrong:
            raise SystemExit(f"{wrong} of {streams} streams did not hear every byte.")
        spent.append(server.cpu_seconds() - before)
    return (spent[1] - spent[0]) / (streams * (LONG - SHORT)) * 1e6


async def a_minute(server: Server, pacer: Pacer, visitors: int) -> dict[str, float]:
    pacer.interval_seconds, pacer.pieces = 0.05, SECONDS_A_TURN * 20
    text = "".join(plain_pieces(pacer.pieces))
    began, before, wrong = time.perf_counter(), server.cpu_seconds(), 0
    for turn in range(60 // SECONDS_A_TURN):
        wrong += await wrong_streams(server.port, visitors, text)
        print(f"  {(turn + 1) * SECONDS_A_TURN} s, wrong so far: {wrong}", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    return {
        "streams": visitors * 60 // SECONDS_A_TURN,
        "wrong": wrong,
        "seconds": round(seconds, 1),
        "cpu_share": round((server.cpu_seconds() - before) / seconds, 3),
    }


async def measure(options: argparse.Namespace, core: int) -> dict[str, object]:
    pacer = Pacer(pieces=SHORT, interval_seconds=options.interval)
    report: dict[str, object] = {}
    async with Scripted(pacer.script) as provider:
        with (
            serving(core=core, chat_base_url=provider.base_url, chat_model="fake-1", chat_api_key="bench") as service,
            passing_through(provider.base_url, core) as plain,
        ):
            ours = Server(service.port, service.process)
            for server in (ours, plain):
                await wrong_streams(server.port, 5, "")  # whatever is made at the first question
            taken: list[tuple[float, float]] = []
            for number in range(options.rounds):
                mine = await cpu_us_a_piece(ours, pacer, options.streams)
                theirs = await cpu_us_a_piece(plain, pacer, options.streams)
                taken.append((mine, theirs))
                print(f"  round {number + 1}: {mine:.1f} us, plain {theirs:.1f} us", file=sys.stderr, flush=True)
            report["cpu us a piece"] = {
                "ondap": round(statistics.median(mine for mine, _ in taken), 1),
                "pass-through": round(statistics.median(theirs for _, theirs in taken), 1),
                "ratio": round(statistics.median(mine / theirs for mine, theirs in taken), 3),
            }
            if options.minute:
                report["a minute"] = await a_minute(ours, pacer, options.visitors)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", type=int, default=20, help="streams at once while CPU is measured")
    parser.add_argument("--interval", type=float, default=0.005, help="seconds between two pieces of a stream")
    parser.add_argument("--minute", action="store_true", help="also 20 tokens a second to each visitor for a minute")
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    report = asyncio.run(measure(options, cores[0]))
    print(json.dumps(report) if options.json else re.sub(r'[{}"]', "", json.dumps(report, indent=2)).strip())


if __name__ == "__main__":
    main()

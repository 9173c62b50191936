"""What a large FAQ costs: building its index, calibrating it, opening it, and one question. Offline embedder.

On generated FAQs with five phrasings an entry, one process that builds and one that opens and asks. Times are of the
processor; `wall` says what the clock on the wall said.

.venv/bin/python -m scripts.bench.large [--sizes 1000 5000 20000] [--json]
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from service.retrieval.build import Build, index_storage
from service.retrieval.building import reindex
from service.retrieval.contrast.guard import prepare
from service.retrieval.live import LiveIndex
from service.retrieval.recipe import recipes
from service.retrieval.retriever import Retriever

from .salad import questions, write_faq

SIZES = (1_000, 5_000, 20_000)
ASKED, WARM = 200, 20
"""Questions, and how many of them only warm up."""
FAQ = "faq.jsonl"


class Stopwatch:
    """Processor and wall seconds since it was made or last read."""

    def __init__(self) -> None:
        self._since = time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        own, wall = self._since
        self._since = time.process_time(), time.perf_counter()
        return round(self._since[0] - own, 4), round(self._since[1] - wall, 4)


async def build(entries: int, folder: Path) -> dict[str, float]:
    """Seconds of a whole `reindex`, and of the calibration that is a part of it."""
    write_faq(folder / FAQ, entries)
    calibrating = Stopwatch()
    calibrated: list[float] = []

    def on_trial(done: int, total: int) -> None:
        if done == 0:
            calibrating.read()

    def on_step(name: str) -> None:
        if name.startswith("calibrated"):
            calibrated.append(calibrating.read()[0])

    whole = Stopwatch()
    await reindex(Build(folder / FAQ, folder, recipes(), on_trial=on_trial, on_step=on_step))
    own, wall = whole.read()
    return {"reindex": own, "reindex_wall": wall, "calibration": calibrated[0], "reindex_mb": megabytes()}


async def ask(entries: int, folder: Path) -> dict[str, float]:
    """Seconds until the index answers, models included, and milliseconds of a question nobody asked before."""
    watch = Stopwatch()
    ready = recipes()
    live = LiveIndex(index_storage(folder), ready, folder / FAQ)
    await live.start()
    prepare()
    opened, opened_wall = watch.read()
    retriever = Retriever(live, ready)
    times = []
    for question in questions(entries, ASKED):
        watch.read()
        await retriever.match(question, limit=3)
        times.append(watch.read()[0] * 1000)
    of_warm = times[WARM:]
    return {
        "open": opened,
        "open_wall": opened_wall,
        "open_mb": megabytes(),
        "question_p50_ms": round(statistics.median(of_warm), 2),
        "question_p95_ms": round(statistics.quantiles(of_warm, n=20)[-1], 2),
    }


def megabytes() -> int:
    """The most this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="entries")
    parser.add_argument("--json", action="store_true", help="one object a size")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        print(json.dumps(asyncio.run(PARTS[given.part](given.sizes[0], given.folder))))
        return
    for entries in given.sizes:
        figures: dict[str, float] = {"entries": entries}
        with TemporaryDirectory() as folder:
            for part in PARTS:
                child = [sys.executable, "-m", "scripts.bench.large", "--sizes", str(entries), "--part", part]
                said = subprocess.run([*child, "--folder", folder], check=True, capture_output=True, text=True).stdout
                figures |= json.loads(said)
        print(json.dumps(figures) if given.json else "  ".join(f"{name} {value:g}" for name, value in figures.items()))
        sys.stdout.flush()


PARTS: Final = {"build": build, "ask": ask}

if __name__ == "__main__":
    main()

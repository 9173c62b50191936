"""The dense search alone: the three closest rows to a question, beside others on the same vectors, one thread each.

Each peer is asked in turn with FAISS flat, question by question, so that what else the machine does slows both alike.
Times are of the processor, the median of all questions; `wall` says what the clock on the wall said.

.venv/bin/python -m scripts.bench.search [--sizes 1000 100000] [--dims 256] [--peers ondap usearch] [--json]
.venv/bin/python -m scripts.bench.search --kind sphere
.venv/bin/python -m scripts.bench.search --texts questions.jsonl --sizes 100000 --dims 256
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported

import argparse
import ctypes
import gc
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from .peers import COPIES, MAKE, WANTED, TooSlow, installed
from .vectors import Vectors, clustered, of_texts, sphere

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .peers import Rows

    Ask = Callable[[Vectors], Rows]

SIZES = (1_000, 10_000, 100_000, 1_000_000)
DIMENSIONS = (256, 1536)
TIMED, WARM, FEWEST = 200, 3, 8
"""Questions whose time is taken, after the first few that warm up; fewer where they take half of the time allowed."""
ASKED = 1_000
"""Questions that recall is measured on, where the time allows."""
TIE = 1e-6
"""Rows whose products differ by less stand for one another: each adds up in an order of its own."""


@dataclass(frozen=True, slots=True)
class Result:
    """Recall is the share of questions whose closest row was found, and the share of their three closest."""

    rows: int
    dimension: int
    peer: str
    ms: float
    wall_ms: float
    ratio: float
    """To FAISS flat, asked in turn with it."""
    recall_1: float
    recall_3: float
    asked: int
    build_seconds: float
    megabytes: float
    """Held in memory, the rows included."""


def exact_products(vectors: Vectors, questions: Vectors) -> Vectors:
    """The products of each question's closest rows, highest first, shape (questions, WANTED)."""
    best = np.full((len(questions), WANTED), -np.inf, np.float32)
    for start in range(0, len(vectors), 16_384):
        both = np.concatenate([best, questions @ vectors[start : start + 16_384].T], axis=1)
        best = np.partition(both, -WANTED, axis=1)[:, -WANTED:]
    return -np.sort(-best, axis=1)


def timed(ask: Ask, question: Vectors, taken: list[tuple[float, float]]) -> Rows:
    wall, own = time.perf_counter(), time.process_time()
    rows = ask(question)
    taken.append(((time.process_time() - own) * 1000, (time.perf_counter() - wall) * 1000))
    return rows


def measure(vectors: Vectors, questions: Vectors, best: Vectors, peer: str, flat: Ask | None, seconds: float) -> Result:
    """Raises `TooSlow`. `flat` is asked in turn with the peer, and is the peer where it is None."""
    process = psutil.Process()
    give_back()
    before, began = process.memory_info().rss, time.perf_counter()
    ask = MAKE[peer](vectors, seconds)
    built = time.perf_counter() - began
    give_back()
    held = process.memory_info().rss - before
    theirs: list[tuple[float, float]] = []
    ours: list[tuple[float, float]] = []
    found: list[Rows] = []
    began = time.perf_counter()
    for number, question in enumerate(questions):
        spent = time.perf_counter() - began
        if spent > seconds and number >= FEWEST:
            break
        if flat and number < TIMED and (spent < seconds / 2 or number < FEWEST):
            timed(flat, question, theirs)
        found.append(timed(ask, question, ours))
    products = np.stack([vectors[rows] @ question for rows, question in zip(found, questions, strict=False)])
    close = products >= best[: len(found), -1:] - TIE
    (ms, wall_ms), warm = np.median(ours[WARM : len(theirs) or TIMED], axis=0), theirs[WARM:]
    return Result(
        rows=len(vectors),
        dimension=vectors.shape[1],
        peer=peer,
        ms=round(float(ms), 4),
        wall_ms=round(float(wall_ms), 4),
        ratio=round(float(ms) / statistics.median(own for own, _ in warm), 3) if flat else 1.0,
        recall_1=round(float((products[:, 0] >= best[: len(found), 0] - TIE).mean()), 4),
        recall_3=round(float(close.mean()), 4),
        asked=len(found),
        build_seconds=round(built, 2),
        megabytes=round((max(held, 0) + (0 if peer in COPIES else vectors.nbytes)) / 1e6, 1),
    )


def compare(vectors: Vectors, questions: Vectors, peers: Sequence[str], seconds: float) -> list[Result]:
    """FAISS flat first, which stays; then one peer after the other, each gone before the next is made."""
    best = exact_products(vectors, questions)
    flat = MAKE["faiss"](vectors, seconds) if installed("faiss") else None
    results = []
    for peer in peers:
        if peer == "faiss":
            flat = None
        if not installed(peer):
            say(f"{peer} is not installed: skipped")
            continue
        say(f"{len(vectors):,} x {vectors.shape[1]}: {peer} ...")
        try:
            results.append(measure(vectors, questions, best, peer, flat, seconds))
        except TooSlow as reason:
            say(f"{peer} gave up: {reason}")
        if peer == "faiss":
            flat = MAKE["faiss"](vectors, seconds)
    return results


def give_back() -> None:
    """What is not used any more, so that what the system counts is what is held."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def line(result: Result) -> str:
    return (
        f"{result.rows:>9,} x {result.dimension:<5} {result.peer:<12} {result.ms:>9.3f} ms (wall {result.wall_ms:.3f}) "
        f"ratio {result.ratio:<6.3f} recall@1 {result.recall_1:.4f} @3 {result.recall_3:.4f} of {result.asked}, "
        f"built in {result.build_seconds:.1f} s, {result.megabytes:,.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="ROWS")
    parser.add_argument("--dims", type=int, nargs="+", default=DIMENSIONS, metavar="DIM")
    parser.add_argument("--peers", nargs="+", default=list(MAKE), choices=list(MAKE), help="beside FAISS flat")
    parser.add_argument("--kind", choices=("clustered", "sphere"), default="clustered", help="how rows are generated")
    parser.add_argument("--texts", type=Path, nargs="+", help="real texts instead, embedded offline (256 dimensions)")
    parser.add_argument("--seconds", type=float, default=120, help="for each peer to be made, and to be asked")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    results: list[Result] = []
    for rows in options.sizes:
        for dimension in [256] if options.texts else options.dims:
            if options.texts:
                vectors, questions = of_texts(options.texts, rows, ASKED)
            else:
                make = {"clustered": clustered, "sphere": sphere}[options.kind]
                vectors, questions = make(rows, dimension, ASKED)
            new = compare(vectors, questions, options.peers, options.seconds)
            results += new
            if not options.json:
                print("\n".join(map(line, new)), flush=True)
    if options.json:
        print(json.dumps([asdict(result) for result in results]))


if __name__ == "__main__":
    main()

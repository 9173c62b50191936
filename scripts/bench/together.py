"""Whether questions that come at once should share one product: one by one, and thirty-two in one matrix product.

Milliseconds of the processor a question, flat and behind the coarse pass, one thread.

.venv/bin/python -m scripts.bench.together [--sizes 1000 100000] [--dims 1536] [--json]
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is imported

import argparse
import json
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np

from .vectors import clustered

if TYPE_CHECKING:
    from collections.abc import Callable

    from .vectors import Vectors

TOGETHER = 32
AXES = 128
"""As many as the coarse pass mostly has."""


def median_ms(ask: Callable[[], object], *, times: int = 9) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        ask()
        taken.append((time.process_time() - began) * 1000)
    return statistics.median(taken[1:])


def shared(rows: Vectors, questions: Vectors) -> tuple[float, float]:
    """One by one, and together."""
    alone = median_ms(lambda: [rows @ question for question in questions])
    together = median_ms(lambda: questions @ rows.T)
    return round(alone / len(questions), 4), round(together / len(questions), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=(1_000, 10_000, 100_000, 1_000_000), metavar="ROWS")
    parser.add_argument("--dims", type=int, nargs="+", default=(256, 1536), metavar="DIM")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    results = []
    for size in options.sizes:
        for dimension in options.dims:
            vectors, questions = clustered(size, dimension, TOGETHER)
            flat = shared(vectors, questions)
            coarse = shared(np.ascontiguousarray(vectors[:, :AXES]), np.ascontiguousarray(questions[:, :AXES]))
            results.append({"rows": size, "dimension": dimension, "flat": flat, "coarse": coarse})
            if not options.json:
                print(f"{size:>9,} x {dimension:<5} flat {flat[0]:.3f} -> {flat[1]:.3f} ms", end="  ")
                print(f"coarse ({AXES} axes) {coarse[0]:.3f} -> {coarse[1]:.3f} ms", flush=True)
    if options.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()

"""The dense search alone: one product and its best rows, beside FAISS flat on the same vectors, one thread each.

.venv/bin/python -m scripts.bench.search [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from typing import TYPE_CHECKING

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the service does; before numpy is imported

import faiss
import numpy as np

from service.retrieval.scoring import highest

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = ((1_000, 256), (1_000, 1536), (10_000, 256), (10_000, 1536))
WANTED = 20
QUERIES = 200


def unit(shape: tuple[int, int], seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rows = np.random.default_rng(seed).standard_normal(shape, np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def median_ms(ask: Callable[[int], object]) -> float:
    """Of one query, over all of them twice; the first round only warms up."""
    taken = []
    for round_number in range(2):
        for number in range(QUERIES):
            began = time.perf_counter()
            ask(number)
            if round_number:
                taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def compare(rows: int, dimension: int) -> dict[str, float]:
    vectors, queries = unit((rows, dimension), 1), unit((QUERIES, dimension), 2)
    flat = faiss.IndexFlatIP(dimension)
    flat.add(vectors)
    for number in range(QUERIES):
        theirs = np.sort(flat.search(queries[number : number + 1], WANTED)[1][0])
        if not np.array_equal(highest(vectors @ queries[number], WANTED), theirs):
            raise SystemExit("The two found other rows; compare nothing.")
    ours = median_ms(lambda number: highest(vectors @ queries[number], WANTED))
    faiss_ms = median_ms(lambda number: flat.search(queries[number : number + 1], WANTED))
    return {"rows": rows, "dimension": dimension, "ondap_ms": ours, "faiss_ms": faiss_ms, "ratio": ours / faiss_ms}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    results = [compare(rows, dimension) for rows, dimension in SIZES]
    if options.json:
        print(json.dumps(results))
        return
    for result in results:
        print(
            f"{result['rows']:>6} x {result['dimension']:<5} "
            f"Ondap {result['ondap_ms']:.3f} ms  FAISS flat {result['faiss_ms']:.3f} ms  ratio {result['ratio']:.2f}"
        )


if __name__ == "__main__":
    main()

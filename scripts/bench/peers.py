"""What searches vectors beside us. Each is made of the rows and then asked one question at a time, on one thread."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from service.retrieval.nearest import Coarse, closest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .vectors import Vectors

Rows: TypeAlias = npt.NDArray[np.int64]
WANTED: Final = 3
CHUNK: Final = 2_000


class TooSlow(Exception):
    """It was not ready in the time it was given."""


def ondap(vectors: Vectors, _: float) -> Callable[[Vectors], Rows]:
    coarse = Coarse.fit(vectors)
    return lambda question: closest(vectors, coarse, question, WANTED)[0]


def faiss_flat(vectors: Vectors, _: float) -> Callable[[Vectors], Rows]:
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return lambda question: np.asarray(index.search(question[np.newaxis], WANTED)[1][0])


def usearch_exact(vectors: Vectors, _: float) -> Callable[[Vectors], Rows]:
    from usearch.index import MetricKind, search

    return lambda question: np.asarray(
        search(vectors, question, WANTED, MetricKind.IP, exact=True, threads=1).keys, np.int64
    )


def hnswlib_graph(vectors: Vectors, seconds: float) -> Callable[[Vectors], Rows]:
    """M 16, ef 200 to build and 100 to search: what its users mostly take."""
    import hnswlib

    began = time.perf_counter()
    index = hnswlib.Index(space="ip", dim=vectors.shape[1])
    index.init_index(max_elements=len(vectors), M=16, ef_construction=200, random_seed=1)
    index.set_num_threads(1)
    for start in range(0, len(vectors), CHUNK):
        index.add_items(vectors[start : start + CHUNK])
        if time.perf_counter() - began > seconds:
            raise TooSlow(f"{start + CHUNK:,} of {len(vectors):,} rows added in {seconds:.0f} s")
    index.set_ef(100)
    return lambda question: np.asarray(index.knn_query(question, WANTED)[0][0], np.int64)


def scikit_learn(vectors: Vectors, _: float) -> Callable[[Vectors], Rows]:
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=WANTED, metric="cosine", algorithm="brute", n_jobs=1).fit(vectors)
    return lambda question: np.asarray(index.kneighbors(question[np.newaxis], return_distance=False)[0])


MAKE: Final = {
    "ondap": ondap,
    "faiss": faiss_flat,
    "usearch": usearch_exact,
    "hnswlib": hnswlib_graph,
    "scikit-learn": scikit_learn,
}
PACKAGES: Final = {"faiss": "faiss", "usearch": "usearch", "hnswlib": "hnswlib", "scikit-learn": "sklearn"}
COPIES: Final = {"faiss", "hnswlib"}
"""These hold the rows themselves; the others read those that they are given."""


def installed(name: str) -> bool:
    return name not in PACKAGES or find_spec(PACKAGES[name]) is not None

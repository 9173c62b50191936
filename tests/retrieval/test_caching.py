"""Only what is new is embedded, in bounded batches; a failure loses nothing that was paid for (fault 67)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from service.errors import UpstreamRefused, UpstreamUnavailable
from service.retrieval.cache import EmbeddingCache, open_cache
from service.retrieval.caching import CachingEmbedder, are_same
from service.retrieval.openai_embedder import OpenAIEmbedder, Patience
from tests import upstream_embeddings as upstream
from tests.upstream_embeddings import EmbeddingsServer, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

TEXTS = [f"질문 {number:02}" for number in range(20)]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EmbeddingCache]:
    with open_cache(tmp_path / "embeddings.sqlite") as cache:
        yield cache


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingsServer]:
    async with EmbeddingsServer() as server:
        yield server


@pytest.fixture
async def embedder(server: EmbeddingsServer) -> AsyncIterator[OpenAIEmbedder]:
    embedder = OpenAIEmbedder(
        base_url=server.base_url, api_key=None, model="m", patience=Patience(deadline_seconds=5, attempts=1)
    )
    yield embedder
    await embedder.aclose()


class Progressed(list[tuple[int, int]]):
    def __call__(self, done: int, total: int) -> None:
        self.append((done, total))


def caching(
    embedder: OpenAIEmbedder, cache: EmbeddingCache, progress: Progressed | None = None, concurrency: int = 2
) -> CachingEmbedder:
    on_progress = Progressed() if progress is None else progress
    return CachingEmbedder(embedder, cache, batch_size=4, concurrency=concurrency, on_progress=on_progress)


async def test_a_second_run_only_makes_sure_of_the_model_and_gives_the_same_rows(
    server: EmbeddingsServer, embedder: OpenAIEmbedder, cache: EmbeddingCache
) -> None:
    first = await caching(embedder, cache).embed(TEXTS)
    assert len(server.requests) == 5
    server.embedded.clear()
    again = caching(embedder, cache)
    np.testing.assert_array_equal(await again.embed(TEXTS), first)
    await again.embed(TEXTS)
    assert server.embedded == TEXTS[:3]  # once
    assert (again.embedded, again.reused) == (0, 40)


async def test_an_endpoint_that_is_away_matters_only_when_something_is_missing(
    server: EmbeddingsServer, embedder: OpenAIEmbedder, cache: EmbeddingCache
) -> None:
    first = await caching(embedder, cache).embed(TEXTS)
    server.faults.extend([Status(503)] * 2)
    np.testing.assert_array_equal(await caching(embedder, cache).embed(TEXTS), first)
    with pytest.raises(UpstreamUnavailable):
        await caching(embedder, cache).embed([*TEXTS, "새 질문"])


async def test_only_changed_texts_are_embedded_and_each_only_once(
    server: EmbeddingsServer, embedder: OpenAIEmbedder, cache: EmbeddingCache
) -> None:
    await caching(embedder, cache).embed(TEXTS)
    server.embedded.clear()
    again = caching(embedder, cache)
    rows = await again.embed([*TEXTS, "새 질문", "새 질문"])
    assert server.embedded == [*TEXTS[:3], "새 질문"]  # the first three show that it still is the same model
    assert (again.embedded, again.reused) == (1, 20)
    np.testing.assert_array_equal(rows[-1], rows[-2])


async def test_rows_come_in_the_order_of_the_texts_whichever_batch_was_done_first(
    embedder: OpenAIEmbedder, cache: EmbeddingCache
) -> None:
    rows = await caching(embedder, cache, concurrency=5).embed(TEXTS)
    for text, row in zip(TEXTS, rows, strict=True):
        np.testing.assert_array_equal((await embedder.embed([text]))[0], row)


async def test_batches_and_open_requests_stay_within_their_bounds(
    server: EmbeddingsServer, embedder: OpenAIEmbedder, cache: EmbeddingCache
) -> None:
    await caching(embedder, cache, concurrency=3).embed(TEXTS)
    assert max(len(body["input"]) for _, body in server.requests) == 4
    assert 1 <= server.most_open <= 3


async def test_progress_counts_texts_up_to_all_of_them(embedder: OpenAIEmbedder, cache: EmbeddingCache) -> None:
    progress = Progressed()
    await caching(embedder, cache, progress).embed(TEXTS)
    assert progress == [(4, 20), (8, 20), (12, 20), (16, 20), (20, 20)]


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Status(500), UpstreamUnavailable), (Status(401), UpstreamRefused), (upstream.one_too_few, UpstreamRefused)],
)
async def test_a_failed_batch_fails_the_whole_and_the_next_run_goes_on_from_there_fault_67(
    server: EmbeddingsServer, embedder: OpenAIEmbedder, cache: EmbeddingCache, fault: upstream.Fault, error: type
) -> None:
    server.faults.extend([None, None, fault])
    with pytest.raises(error, match=r"8 of 20 texts are embedded and kept"):
        await caching(embedder, cache, concurrency=1).embed(TEXTS)
    server.embedded.clear()
    again = caching(embedder, cache, concurrency=1)
    await again.embed(TEXTS)
    assert server.embedded == [*TEXTS[:3], *TEXTS[8:]]
    assert (again.embedded, again.reused) == (12, 8)


async def test_requests_under_way_when_another_fails_are_kept_too(
    server: EmbeddingsServer, embedder: OpenAIEmbedder, cache: EmbeddingCache
) -> None:
    server.faults.extend([Status(500)])
    with pytest.raises(UpstreamUnavailable, match=r"4 of 20 texts"):
        await caching(embedder, cache, concurrency=2).embed(TEXTS)


async def test_another_model_behind_the_same_name_is_noticed_and_never_mixed_with_the_first_fault_59(
    server: EmbeddingsServer, embedder: OpenAIEmbedder, cache: EmbeddingCache
) -> None:
    first = await caching(embedder, cache).embed(TEXTS)
    server.model = "silently-upgraded"
    again = caching(embedder, cache)
    rows = await again.embed([*TEXTS, "새 질문"])
    assert (again.embedded, again.reused) == (21, 0)
    assert not are_same(first, rows[:20])


async def test_another_dimension_behind_the_same_name_is_noticed_fault_60(
    server: EmbeddingsServer, cache: EmbeddingCache
) -> None:
    for dimension in (64, 32):
        server.dimension = dimension
        embedder = OpenAIEmbedder(base_url=server.base_url, api_key=None, model="m")
        rows = await caching(embedder, cache).embed(TEXTS[: 10 + 64 // dimension])
        assert rows.shape[1] == dimension
        await embedder.aclose()


@pytest.mark.parametrize(
    ("stored", "fresh", "same"),
    [
        ([[1, 0]], [[1, 0]], True),
        ([[1, 0]], [[0.9996, 0.0283]], True),
        ([[1, 0]], [[0.998, 0.0632]], False),
        ([[1, 0], [0, 1]], [[1, 0], [1, 0]], False),
        ([[0, 0]], [[0, 0]], True),
        ([[0, 0]], [[1, 0]], False),
        ([[1, 0]], [[0, 0]], False),
        ([[1, 0]], [[1, 0, 0]], False),
    ],
)
def test_two_vectors_of_a_text_are_the_same_from_cosine_0_999_up(
    stored: Sequence[Sequence[float]], fresh: Sequence[Sequence[float]], same: bool
) -> None:
    assert are_same(np.array(stored, np.float32), np.array(fresh, np.float32)) is same

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import structlog

from service.errors import UpstreamUnavailable
from service.retrieval.building import Build, index_storage, reindex
from service.retrieval.embedders import FloatArray
from service.retrieval.live import LiveIndex
from service.retrieval.recipe import recipes
from service.retrieval.retriever import REST_SECONDS, Retriever
from tests.conftest import SHOP, TODAY


class Letters:
    """An endpoint whose vectors count letters; it fails while told to, and counts how often it was asked."""

    id = "letters:64"

    def __init__(self) -> None:
        self.down = False
        self.asked = 0

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        self.asked += 1
        if self.down:
            raise UpstreamUnavailable("letters could not be reached.")
        counts = np.zeros((len(texts), 64), np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                counts[row, ord(letter) % 64] += 1
        lengths: FloatArray = np.linalg.norm(counts, axis=1, keepdims=True)
        return counts / lengths


async def test_a_question_gets_matches_and_a_decision_from_one_version(retriever: Retriever) -> None:
    found = await retriever.match("배송비는 얼마인가요?", limit=3)
    assert found.decision.zone == "answer"
    assert found.matches[0].entry.id == "delivery-fee"
    assert found.index_version == retriever.index_version
    assert found.embedder == retriever.embedder
    assert len(found.matches) == 3


async def test_only_entries_that_are_live_today_are_found(shop_var: Path) -> None:
    made = recipes()
    live = LiveIndex(index_storage(shop_var), made, SHOP)
    await live.start()
    for day, found in ((TODAY, True), (date(2027, 2, 1), False), (date(2026, 11, 19), False)):
        then = Retriever(live, made, today=partial(date, day.year, day.month, day.day))
        matches = (await then.match("겨울 할인은 언제까지 하나요?", limit=10)).matches
        assert ("winter" in [match.entry.id for match in matches]) is found


async def test_a_threshold_of_ones_own_takes_the_place_of_the_built_in_one(shop_var: Path) -> None:
    made = recipes()
    live = LiveIndex(index_storage(shop_var), made, SHOP)
    await live.start()
    bold = Retriever(live, made, threshold=0.0)
    assert (await bold.match("전혀 다른 이야기 배송", limit=1)).decision.zone == "answer"


async def test_the_offline_index_answers_while_the_endpoint_fails_and_it_is_said(tmp_path: Path) -> None:
    """Fault 102."""
    endpoint = Letters()
    made = recipes(endpoint)
    await reindex(Build(SHOP, tmp_path, made))
    live = LiveIndex(index_storage(tmp_path), made, SHOP)
    await live.start()
    now = 100.0
    retriever = Retriever(live, made, clock=lambda: now)
    assert (await retriever.match("배송비는 얼마인가요?", limit=1)).embedder == endpoint.id

    endpoint.down = True
    with structlog.testing.capture_logs() as logged:
        for _ in range(5):
            found = await retriever.match("배송비는 얼마인가요?", limit=1)
            assert found.embedder.startswith("offline:")
            assert found.decision.zone == "answer"
            assert found.matches[0].entry.id == "delivery-fee"
    assert [line["event"] for line in logged] == ["embedder_failing"]
    assert "offline index answers" in retriever.warnings[-1]

    asked = endpoint.asked
    endpoint.down = False
    assert (await retriever.match("배송비는 얼마인가요?", limit=1)).embedder.startswith("offline:")
    assert endpoint.asked == asked, "an endpoint that failed is left alone for a while"
    now += REST_SECONDS
    assert (await retriever.match("배송비는 얼마인가요?", limit=1)).embedder == endpoint.id
    assert retriever.warnings == ()


async def test_many_questions_at_once_all_find_their_entry(retriever: Retriever) -> None:
    asked = {"배송비는 얼마인가요?": "delivery-fee", "How do I return an item?": "refund-en", "비번 찾기": "password"}
    found = await asyncio.gather(*(retriever.match(question, limit=1) for question in [*asked] * 20))
    assert [one.matches[0].entry.id for one in found] == [*asked.values()] * 20


@pytest.mark.parametrize("question", ["", "   ", "ㅋㅋㅋㅋ", "!!!"])
async def test_nothing_to_match_finds_nothing(retriever: Retriever, question: str) -> None:
    found = await retriever.match(question, limit=3)
    assert found.decision.zone == "fallback"
    assert found.near == ()

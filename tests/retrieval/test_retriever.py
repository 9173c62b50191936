import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import structlog

from service.errors import UpstreamUnavailable
from service.retrieval.build import Build, index_storage
from service.retrieval.building import reindex
from service.retrieval.embedders import FloatArray
from service.retrieval.live import LiveIndex
from service.retrieval.recipe import Once, recipes
from service.retrieval.retriever import REST_SECONDS, Retriever, today_in
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
        for times in range(5):
            found = await retriever.match("배송비는 얼마인가요" + "!" * times, limit=1)
            assert found.embedder.startswith("offline:")
            assert found.decision.zone == "answer"
            assert found.matches[0].entry.id == "delivery-fee"
    assert [line["event"] for line in logged] == ["embedder_failing"]
    assert "offline index answers" in retriever.warnings[-1]
    assert retriever.degraded

    asked = endpoint.asked
    endpoint.down = False
    assert (await retriever.match("반품은 어떻게 하나요?", limit=1)).embedder.startswith("offline:")
    assert endpoint.asked == asked, "an endpoint that failed is left alone for a while"
    now += REST_SECONDS
    assert (await retriever.match("반품은 어떻게 하나요?", limit=1)).embedder == endpoint.id
    assert retriever.warnings == ()
    assert not retriever.degraded


class Slow(Letters):
    """As `Letters`, and answers only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self.let_go = asyncio.Event()

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        self.reached.set()
        await self.let_go.wait()
        return await super().embed(texts)


async def test_one_visitor_finds_out_whether_an_endpoint_is_back_and_the_others_do_not_wait(tmp_path: Path) -> None:
    endpoint = Slow()
    endpoint.let_go.set()
    made = recipes(endpoint)
    await reindex(Build(SHOP, tmp_path, made))
    live = LiveIndex(index_storage(tmp_path), made, SHOP)
    await live.start()
    now = 100.0
    retriever = Retriever(live, made, clock=lambda: now)
    endpoint.down = True
    await retriever.match("배송비는 얼마인가요?", limit=1)

    now += REST_SECONDS
    endpoint.down = False
    endpoint.reached.clear()
    endpoint.let_go.clear()
    asked = endpoint.asked
    first = asyncio.create_task(retriever.match("배송비는 얼마인가요?", limit=1))
    await endpoint.reached.wait()
    others = await asyncio.gather(*(retriever.match("배송비는 얼마인가요?", limit=1) for _ in range(5)))
    assert {found.embedder for found in others} == {made["offline"].embedder.id}
    endpoint.let_go.set()
    assert (await first).embedder == endpoint.id
    assert endpoint.asked == asked + 1
    assert (await retriever.match("배송비는 얼마인가요?", limit=1)).embedder == endpoint.id


def test_what_is_made_once_is_not_made_again_by_those_who_ask_meanwhile() -> None:
    begun, go_on = Event(), Event()
    made: list[object] = []

    def make() -> object:
        begun.set()
        go_on.wait(30)
        made.append(object())
        return made[-1]

    once = Once(make)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(once) for _ in range(4)]
        begun.wait(30)
        go_on.set()
        assert [one.result() for one in asked] == made * 4


def test_the_day_of_the_shop_is_not_that_of_the_machine() -> None:
    east, west = today_in("Pacific/Kiritimati"), today_in("Pacific/Pago_Pago")  # 25 hours apart
    assert east() > west()


async def test_the_same_question_is_embedded_once_for_each_version_and_each_history(tmp_path: Path) -> None:
    """Fault 123, T22."""
    endpoint = Letters()
    made = recipes(endpoint)
    await reindex(Build(SHOP, tmp_path, made))
    live = LiveIndex(index_storage(tmp_path), made, SHOP)
    await live.start()
    retriever = Retriever(live, made)
    asked = endpoint.asked
    first = await retriever.match("배송비는 얼마인가요?", limit=1)
    assert await retriever.match("배송비는 얼마인가요?", limit=1) is first
    assert endpoint.asked == asked + 1
    await retriever.match("배송비는 얼마인가요?", history=["반품은 어떻게 하나요?"], limit=1)
    assert endpoint.asked == asked + 2
    published = await reindex(Build(SHOP, tmp_path, made), force=True)
    await live.refresh()
    assert (await retriever.match("배송비는 얼마인가요?", limit=1)).index_version == published.version


async def test_looking_ahead_finds_what_is_asked_for_later_and_tells_no_endpoint(
    retriever: Retriever, tmp_path: Path
) -> None:
    """What a visitor wrote leaves this machine only once it is on disk."""
    asked_before = len(retriever._remembered)
    await retriever.look_ahead("배송비가 얼마쯤 들까요?", limit=3)
    assert len(retriever._remembered) == asked_before + 1
    await retriever.match("배송비가 얼마쯤 들까요?", limit=3)
    assert len(retriever._remembered) == asked_before + 1
    endpoint = Letters()
    made = recipes(endpoint)
    await reindex(Build(SHOP, tmp_path, made))
    live = LiveIndex(index_storage(tmp_path), made, SHOP)
    await live.start()
    asked = endpoint.asked
    await Retriever(live, made).look_ahead("배송비는 얼마인가요?", limit=3)
    assert endpoint.asked == asked


async def test_many_questions_at_once_all_find_their_entry(retriever: Retriever) -> None:
    asked = {"배송비는 얼마인가요?": "delivery-fee", "How do I return an item?": "refund-en", "비번 찾기": "password"}
    found = await asyncio.gather(*(retriever.match(question, limit=1) for question in [*asked] * 20))
    assert [one.matches[0].entry.id for one in found] == [*asked.values()] * 20


@pytest.mark.parametrize("question", ["", "   ", "ㅋㅋㅋㅋ", "!!!"])
async def test_nothing_to_match_finds_nothing(retriever: Retriever, question: str) -> None:
    found = await retriever.match(question, limit=3)
    assert found.decision.zone == "fallback"
    assert found.near == ()

"""A press on a suggestion answers at once with the entry that was chosen, and is kept as a label."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from starlette.testclient import TestClient

from service.conversation.sqlite import SqliteStore
from service.conversation.store import Answer, Label, NewExchange, Pick
from service.retrieval.retriever import Retriever
from tests.fakes import FakeCompleter

from .conftest import ADMIN, Open
from .sse import read_events

T = TypeVar("T")

UNSURE = "비밀번호 반품"
"""As near to one entry as to another."""

FEE = ("delivery-fee", "배송비는 얼마인가요?")
FEE_ANSWER = "3,000원이고, 50,000원 이상이면 무료입니다."
WINTER = ("winter", "겨울 할인은 언제까지 하나요?")
INJURED = ("injured", "제품을 쓰다가 다쳤어요")
KEY = {"Idempotency-Key": "0b0f2d4c-6f1e-4a57-9c1d-2f8e"}


class Shop:
    """A client of the app, and a second pair of hands on the file it keeps conversations in."""

    def __init__(self, client: TestClient, path: Path) -> None:
        self.client = client
        self._path = path

    def kept(self, work: Callable[[SqliteStore], Awaitable[T]]) -> T:
        async def run() -> T:
            store = SqliteStore.open(self._path)
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(run())

    def labels(self) -> list[tuple[str, str, int]]:
        labels = self.kept(lambda store: store.labels())
        assert all(isinstance(label, Label) and label.kind == "picked" for label in labels)
        return [(label.question, label.entry_id, label.times) for label in labels]

    def conversation(self) -> str:
        return str(self.client.post("/api/chat", json={"message": "안녕하세요"}).json()["conversation_id"])

    def suggested(self, handle: str, *suggestions: tuple[str, str], words: str = "얼마 들어요") -> str:
        """An exchange of that conversation that suggested these, whatever the index thinks of its words."""

        async def keep(store: SqliteStore) -> str:
            conversation_id = handle.split(".")[0]
            exchange_id = f"suggested-to-{conversation_id}"
            new = NewExchange(exchange_id, conversation_id, words, "ko", datetime.now(UTC))
            await store.open_exchange(new)
            await store.close_exchange(
                exchange_id, Answer("골라 보세요.", "suggest", "complete", suggestions=suggestions)
            )
            return exchange_id

        return self.kept(keep)

    def pick(
        self,
        handle: str | None,
        of: str,
        entry_id: str,
        *,
        message: str = FEE[1],
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        body = {"message": message, "conversation_id": handle, "picked": {"exchange_id": of, "entry_id": entry_id}}
        answer = self.client.post("/api/chat", json=body, headers=headers)
        return dict(answer.json()) | {"status_code": answer.status_code}


@pytest.fixture
def shop(client: TestClient, tmp_path: Path) -> Shop:
    return Shop(client, tmp_path / "var" / "ondap.sqlite")


def test_the_service_suggests_the_visitor_picks_and_the_words_become_a_label(shop: Shop) -> None:
    first = shop.client.post("/api/chat", json={"message": UNSURE}).json()
    assert first["source"] == "suggest"
    second_choice = first["suggestions"][1]
    body = shop.pick(
        first["conversation_id"],
        first["exchange_id"],
        second_choice["entry_id"],
        message=second_choice["question"],
    )
    assert (body["source"], body["entry_id"], body["confidence"]) == ("faq", second_choice["entry_id"], 1.0)
    assert body["entry_question"] == second_choice["question"]
    assert body["suggestions"] == []
    assert body["index_version"] == first["index_version"]
    assert shop.labels() == [(UNSURE, second_choice["entry_id"], 1)]


def test_a_pick_streams_like_any_answer(shop: Shop) -> None:
    handle = shop.conversation()
    picked = {"exchange_id": shop.suggested(handle, FEE), "entry_id": FEE[0]}
    answer = shop.client.post(
        "/api/chat",
        json={"message": FEE[1], "conversation_id": handle, "picked": picked},
        headers={"Accept": "text/event-stream"},
    )
    events = read_events(answer.text)
    assert [event.name for event in events] == ["meta", "block", "done"]
    assert (events[0].data["confidence"], events[2].data["answer"]) == (1.0, FEE_ANSWER)


def test_the_visitors_choice_counts_and_not_what_its_words_would_find(shop: Shop) -> None:
    """Nothing is retrieved, and no person is called because an entry's question sounds like asking for one."""
    handle = shop.conversation()
    of = shop.suggested(handle, FEE)
    for message in ("상담원 연결해 주세요", "반품은 어떻게 하나요?", "자전거 체인"):
        body = shop.pick(handle, of, FEE[0], message=message)
        assert (body["source"], body["entry_id"], body["answer"]) == ("faq", FEE[0], FEE_ANSWER), message


def test_no_model_is_asked_for_a_pick(opened: Open, tmp_path: Path) -> None:
    completer = FakeCompleter("모델")
    shop = Shop(opened(completer=completer), tmp_path / "var" / "ondap.sqlite")
    handle = shop.conversation()
    completer.asked.clear()
    assert shop.pick(handle, shop.suggested(handle, FEE), FEE[0], message="자전거 체인")["source"] == "faq"
    assert completer.asked == []


def test_a_picked_entry_that_escalates_calls_a_person(shop: Shop) -> None:
    handle = shop.conversation()
    body = shop.pick(handle, shop.suggested(handle, INJURED), INJURED[0], message=INJURED[1])
    assert (body["source"], body["escalated"]) == ("faq", True)
    (waiting,) = shop.client.get("/api/escalations", headers=ADMIN).json()["escalations"]
    assert waiting["reason"] == "entry:injured"


def test_a_conversation_shows_what_was_picked(shop: Shop) -> None:
    handle = shop.conversation()
    of = shop.suggested(handle, FEE)
    shop.pick(handle, of, FEE[0])
    exchanges = shop.client.get(f"/api/conversations/{handle}").json()["exchanges"]
    picks = [exchange["picked"] for exchange in exchanges]
    assert picks == [None, None, {"exchange_id": of, "entry_id": FEE[0]}]


def test_a_thumb_down_on_what_was_picked_takes_the_label_back(shop: Shop) -> None:
    handle = shop.conversation()
    body = shop.pick(handle, shop.suggested(handle, FEE), FEE[0])
    assert shop.labels() == [("얼마 들어요", FEE[0], 1)]
    key = {"Authorization": f"Bearer {handle}"}
    shop.client.post(f"/api/exchanges/{body['exchange_id']}/feedback", json={"helpful": False}, headers=key)
    assert shop.labels() == []


# picks that are none


def test_a_pick_of_what_was_not_suggested_here_is_refused_and_leaves_nothing_behind(shop: Shop) -> None:
    handle, stranger = shop.conversation(), shop.conversation()
    own, foreign = shop.suggested(handle, FEE), shop.suggested(stranger, FEE, WINTER)
    for where, of, entry_id in (
        (handle, foreign, FEE[0]),
        (handle, "nobody", FEE[0]),
        (handle, own, WINTER[0]),
        (handle, own, "no-such-entry"),
        (handle, own, ""),
        (None, own, FEE[0]),
    ):
        refused = shop.pick(where, of, entry_id)
        assert (refused["status_code"], refused["code"]) == (422, "not_suggested"), (of, entry_id)
    exchanges = shop.client.get(f"/api/conversations/{handle}").json()["exchanges"]
    assert [exchange["exchange_id"] for exchange in exchanges][1:] == [own]
    assert shop.labels() == []


@pytest.mark.parametrize(
    "picked",
    [
        "earlier",
        {},
        {"exchange_id": "earlier"},
        {"exchange_id": "earlier", "entry_id": 1},
        {"exchange_id": "earlier", "entry_id": None},
        {"exchange_id": "x" * 65, "entry_id": "a"},
        {"exchange_id": "x", "entry_id": "a" * 201},
        {"exchange_id": "x", "entry_id": "\x00"},
        {"exchange_id": "x", "entry_id": "a", "question": "b"},
    ],
)
def test_a_pick_of_another_form_is_refused(client: TestClient, picked: object) -> None:
    answer = client.post("/api/chat", json={"message": FEE[1], "picked": picked})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_an_entry_that_has_ended_since_is_not_shown_and_its_words_are_answered_as_typed(
    shop: Shop, retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = shop.conversation()
    of = shop.suggested(handle, WINTER)
    assert shop.pick(handle, of, WINTER[0], message=WINTER[1])["entry_id"] == WINTER[0]
    monkeypatch.setattr(retriever, "_today", lambda: date(2027, 2, 1))
    late = shop.pick(handle, of, WINTER[0], message=WINTER[1])
    assert late["status_code"] == 200
    assert late["entry_id"] != WINTER[0]
    assert late["confidence"] < 1
    assert shop.labels() == [("얼마 들어요", WINTER[0], 1)], "what they meant is the same"


def test_an_entry_that_has_left_the_faq_is_answered_as_typed(shop: Shop) -> None:
    handle = shop.conversation()
    body = shop.pick(handle, shop.suggested(handle, ("gone", FEE[1])), "gone")
    assert (body["entry_id"], body["answer"]) == (FEE[0], FEE_ANSWER)


# the same pick twice


def test_a_pick_sent_again_is_the_same_exchange_also_after_a_restart(opened: Open, shop: Shop, tmp_path: Path) -> None:
    handle = shop.conversation()
    of = shop.suggested(handle, FEE)
    first = shop.pick(handle, of, FEE[0], headers=KEY)
    again = shop.pick(handle, of, FEE[0], headers=KEY)
    restarted = Shop(opened(), tmp_path / "var" / "ondap.sqlite").pick(handle, of, FEE[0], headers=KEY)
    assert first["exchange_id"] == again["exchange_id"] == restarted["exchange_id"]
    assert first["answer"] == again["answer"] == restarted["answer"] == FEE_ANSWER
    assert (again["confidence"], restarted["entry_question"]) == (1.0, FEE[1])
    assert shop.labels() == [("얼마 들어요", FEE[0], 1)]


def test_the_key_of_a_pick_is_not_that_of_the_same_words_typed(shop: Shop) -> None:
    handle = shop.conversation()
    of = shop.suggested(handle, FEE, WINTER)
    assert shop.pick(handle, of, FEE[0], headers=KEY)["status_code"] == 200
    typed = shop.client.post("/api/chat", json={"message": FEE[1], "conversation_id": handle}, headers=KEY)
    for other in (typed.json(), shop.pick(handle, of, WINTER[0], headers=KEY)):
        assert other["code"] == "idempotency_key_reused"


def test_a_key_used_before_there_were_picks_is_still_known(shop: Shop) -> None:
    body = {"message": FEE[1], "conversation_id": None, "persona": None, "locale": None}
    digest = hashlib.sha256(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

    async def keep(store: SqliteStore) -> None:
        new = NewExchange("old", "c-old", FEE[1], "ko", datetime.now(UTC), None, KEY["Idempotency-Key"], digest)
        await store.open_exchange(new)
        await store.close_exchange("old", Answer(FEE_ANSWER, "faq", "complete", 0.99, 0.9, FEE[0]))

    shop.kept(keep)
    assert shop.client.post("/api/chat", json={"message": FEE[1]}, headers=KEY).json()["exchange_id"] == "old"


# without a disk


def test_when_nothing_can_be_stored_a_pick_is_answered_all_the_same(opened: Open, tmp_path: Path) -> None:
    """Faults 106 to 111: the suggestion itself could not be kept either."""
    path = tmp_path / "kept.sqlite"
    SqliteStore.open(path)._database.close()
    shop = Shop(opened(store=SqliteStore.open(path, read_only=True)), path)
    first = shop.client.post("/api/chat", json={"message": UNSURE}).json()
    chosen = first["suggestions"][1]
    body = shop.pick(first["conversation_id"], first["exchange_id"], chosen["entry_id"], message=chosen["question"])
    assert (body["source"], body["entry_id"], body["confidence"]) == ("faq", chosen["entry_id"], 1.0)
    assert shop.labels() == []


def test_the_log_knows_a_pick_from_a_match(shop: Shop) -> None:
    handle = shop.conversation()
    of = shop.suggested(handle, FEE)
    body = shop.pick(handle, of, FEE[0])
    exchange = shop.kept(lambda store: store.exchange(body["exchange_id"]))
    assert exchange is not None
    assert exchange.answer is not None
    assert exchange.picked == Pick(of, FEE[0])
    assert (exchange.answer.confidence, exchange.answer.score, exchange.answer.embedder) == (1.0, None, None)

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.errors import UpstreamInterrupted, UpstreamUnavailable
from tests.fakes import FakeCompleter

from .conftest import ADMIN, Open
from .sse import read_events

STREAM = {"Accept": "text/event-stream"}
UNKNOWN = "자전거 체인도 갈아 주시나요?"


def ask(client: TestClient, message: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/chat", json={"message": message, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_known_question_gets_the_teams_own_words_byte_for_byte(client: TestClient) -> None:
    body = ask(client, "반품은 어떻게 하나요?")
    assert body["source"] == "faq"
    assert body["entry_id"] == "refund"
    assert body["answer"] == (
        "받은 날부터 7일 안에 신청해 주세요.\n\n"
        "- [주문내역](https://example.com/orders)에서 반품을 누릅니다.\n- 상자에 담아 문 앞에 둡니다."
    )
    assert body["complete"]
    assert 0.9 < body["confidence"] <= 1
    assert not body["escalated"]
    assert [node["type"] for node in body["nodes"]] == ["paragraph", "list"]


def test_the_answer_has_the_fields_of_the_contract(client: TestClient) -> None:
    body = ask(client, "How do I return an item?")
    assert {
        "exchange_id",
        "conversation_id",
        "source",
        "answer",
        "confidence",
        "entry_id",
        "suggestions",
        "escalated",
        "complete",
        "index_version",
    } <= body.keys()
    assert body["entry_id"] == "refund-en"


def test_links_of_an_entry_come_with_its_answer(client: TestClient) -> None:
    nodes = ask(client, "배송은 얼마나 걸리나요?")["nodes"]
    assert "https://example.com/orders" in json.dumps(nodes)


def test_the_same_answer_as_a_stream(client: TestClient) -> None:
    answer = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers=STREAM)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = read_events(answer.text)
    assert [event.name for event in events] == ["meta", "block", "done"]
    exchange_id = events[0].data["exchange_id"]
    assert [event.id for event in events] == [f"{exchange_id}:{number}" for number in (1, 2, 3)]
    assert events[0].data["source"] == "faq"
    assert events[2].data["answer"] == "3,000원이고, 50,000원 이상이면 무료입니다."
    assert events[1].data["nodes"] == events[2].data["nodes"]


def test_an_unknown_question_is_not_answered_from_thin_air(client: TestClient) -> None:
    body = ask(client, UNKNOWN)
    assert body["source"] == "suggest"
    assert body["entry_id"] is None
    assert body["offer_agent"]
    assert "상담원" in body["answer"]


def test_an_english_question_is_declined_in_english(client: TestClient) -> None:
    assert "person" in ask(client, "Who won the world cup in 1966?")["answer"]


def test_a_conversation_goes_on_under_its_handle(client: TestClient) -> None:
    first = ask(client, "배송비는 얼마인가요?")
    second = ask(client, "그럼 제주도는요?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    assert second["entry_id"] == "delivery-fee-jeju" or "delivery-fee-jeju" in [
        near["entry_id"] for near in second["suggestions"]
    ]


def test_an_unknown_conversation_is_not_found(client: TestClient) -> None:
    answer = client.post("/api/chat", json={"message": "안녕하세요", "conversation_id": "guess.guess.guess"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_conversation")


def test_asking_for_a_person_puts_the_conversation_in_the_queue(client: TestClient) -> None:
    body = ask(client, "상담원 연결해 주세요")
    assert (body["source"], body["escalated"], body["confidence"]) == ("agent", True, None)
    waiting = client.get("/api/escalations", headers=ADMIN).json()["escalations"]
    assert [(one["conversation_id"], one["reason"]) for one in waiting] == [
        (body["conversation_id"].split(".")[0], "visitor_asked")
    ]
    again = ask(client, "talk to a human", conversation_id=body["conversation_id"])
    assert again["escalated"]
    assert len(client.get("/api/escalations", headers=ADMIN).json()["escalations"]) == 1


def test_an_entry_that_escalates_answers_and_calls_a_person(client: TestClient) -> None:
    body = ask(client, "제품을 쓰다가 다쳤어요")
    assert (body["source"], body["escalated"]) == ("faq", True)
    waiting = client.get("/api/escalations", headers=ADMIN).json()["escalations"]
    assert waiting[0]["reason"] == "entry:injured"


def test_a_completion_streams_and_ends_whole(opened: Open) -> None:
    completer = FakeCompleter("무지개는 ", "비가 ", "보여요.")
    client = opened(completer=completer)
    events = read_events(client.post("/api/chat", json={"message": UNKNOWN}, headers=STREAM).text)
    assert [event.name for event in events] == ["meta", "delta", "delta", "delta", "done"]
    assert events[0].data["source"] == "model"
    assert events[-1].data["complete"]
    assert events[-1].data["answer"] == "무지개는 비가 보여요."
    assert events[-1].data["usage"] == {"input_tokens": 12, "output_tokens": 34, "estimated": False, "cached_tokens": 0}


def test_a_known_question_never_reaches_the_model(opened: Open) -> None:
    """G30."""
    completer = FakeCompleter("모델")
    ask(opened(completer=completer), "배송비는 얼마인가요?")
    assert completer.asked == []


def test_a_completion_that_never_begins_becomes_an_honest_fallback(opened: Open) -> None:
    client = opened(completer=FakeCompleter(end=UpstreamUnavailable("down")))
    body = ask(client, UNKNOWN)
    assert (body["source"], body["offer_agent"]) == ("suggest", True)


def test_a_completion_that_breaks_off_says_so(opened: Open) -> None:
    """Faults 83 to 85."""
    client = opened(completer=FakeCompleter("절반만 ", end=UpstreamInterrupted("cut")))
    events = read_events(client.post("/api/chat", json={"message": UNKNOWN}, headers=STREAM).text)
    assert [event.name for event in events] == ["meta", "delta", "error"]
    assert events[-1].data["code"] == "interrupted"
    assert events[-1].data["retryable"]


def test_a_broken_off_completion_is_no_answer_for_clients_that_do_not_stream(opened: Open) -> None:
    client = opened(completer=FakeCompleter("절반만 ", end=UpstreamInterrupted("cut")))
    answer = client.post("/api/chat", json={"message": UNKNOWN})
    assert (answer.status_code, answer.json()["code"]) == (503, "interrupted")


@pytest.mark.parametrize(("reason", "complete"), [("stop", True), ("length", False)])
def test_only_a_finished_completion_counts_as_complete(opened: Open, reason: str, complete: bool) -> None:
    """Fault 95."""
    assert ask(opened(completer=FakeCompleter("글", end=reason)), UNKNOWN)["complete"] is complete


def test_a_filtered_completion_is_withdrawn(opened: Open) -> None:
    """Fault 95."""
    client = opened(completer=FakeCompleter("금지된 말", end="content_filter"))
    events = read_events(client.post("/api/chat", json={"message": UNKNOWN}, headers=STREAM).text)
    assert (events[-1].name, events[-1].data["code"]) == ("error", "withheld")
    handle = events[0].data["conversation_id"]
    assert "금지된" not in client.get(f"/api/conversations/{handle}").text


def test_what_must_never_be_kept_is_masked_before_it_is_stored_or_sent(opened: Open) -> None:
    """Fault 39."""
    completer = FakeCompleter("네")
    client = opened(completer=completer)
    body = ask(client, "자전거 체인 갈아 주세요 주민번호는 900101-1234568 입니다")
    stored = client.get(f"/api/conversations/{body['conversation_id']}").text
    assert "1234568" not in stored
    assert all("1234568" not in message.content for message in completer.asked[0])


def test_an_unknown_persona_is_refused(client: TestClient) -> None:
    answer = client.post("/api/chat", json={"message": "안녕하세요", "persona": "pirate"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_persona")


KEY = {"Idempotency-Key": "0b0f2d4c-6f1e-4a57-9c1d-2f8e"}


class TestTheSameRequestTwice:
    """Fault 40, G16."""

    def test_is_answered_once_and_shown_twice(self, client: TestClient) -> None:
        first = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers=KEY).json()
        second = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers=KEY).json()
        assert second["exchange_id"] == first["exchange_id"]
        assert second["answer"] == first["answer"]
        seen = client.get(f"/api/conversations/{first['conversation_id']}").json()["exchanges"]
        assert len(seen) == 1

    def test_keeps_its_conversation(self, client: TestClient) -> None:
        first = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers=KEY).json()
        second = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers=KEY).json()
        assert second["conversation_id"].split(".")[0] == first["conversation_id"].split(".")[0]

    def test_is_refused_when_the_body_is_another(self, client: TestClient) -> None:
        client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers=KEY)
        other = client.post("/api/chat", json={"message": "반품은 어떻게 하나요?"}, headers=KEY)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")

    def test_is_answered_anew_when_it_did_not_come_to_its_end(self, opened: Open) -> None:
        completer = FakeCompleter("절반만 ", end=UpstreamInterrupted("cut"))
        client = opened(completer=completer)
        broken = read_events(client.post("/api/chat", json={"message": UNKNOWN}, headers={**STREAM, **KEY}).text)
        completer.pieces, completer.end = ("무지개가 ", "보여요."), "stop"
        whole = client.post("/api/chat", json={"message": UNKNOWN}, headers=KEY).json()
        assert whole["answer"] == "무지개가 보여요."
        assert whole["exchange_id"] == broken[0].data["exchange_id"]

    def test_survives_a_restart(self, opened: Open) -> None:
        first = opened().post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers=KEY).json()
        second = opened().post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers=KEY).json()
        assert second["exchange_id"] == first["exchange_id"]

    @pytest.mark.parametrize(
        "key",
        [
            b"",
            b"too-short-to-do",
            b"x" * 256,
            b"with spaces in the middle of it",
            "열여섯 글자보다 긴 한글 열쇠".encode(),
        ],
    )
    def test_needs_a_sensible_key(self, client: TestClient, key: bytes) -> None:
        answer = client.post("/api/chat", json={"message": "배송비는?"}, headers={b"Idempotency-Key": key})
        assert answer.status_code == 422


def test_more_questions_than_allowed_are_told_to_wait(opened: Open) -> None:
    client = opened(rate_limit_per_minute=2)
    for _ in range(2):
        ask(client, "배송비는 얼마인가요?")
    refused = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_questions")
    assert int(refused.headers["retry-after"]) >= 1


def test_forged_forwarding_headers_change_nothing(opened: Open) -> None:
    """T6."""
    client = opened(rate_limit_per_minute=2)
    answers = [
        client.post("/api/chat", json={"message": "배송비?"}, headers={"X-Forwarded-For": f"203.0.113.{n}"})
        for n in range(5)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 429]

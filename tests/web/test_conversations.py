import asyncio
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.fakes import FakeCompleter

from .conftest import ADMIN, Open
from .sse import read_events


@pytest.fixture
def talk(client: TestClient) -> dict[str, Any]:
    body: dict[str, Any] = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}).json()
    return body


def public(talk: dict[str, Any]) -> str:
    return str(talk["conversation_id"]).split(".")[0]


def key(talk: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {talk['conversation_id']}"}


def test_a_visitor_reads_their_conversation(client: TestClient, talk: dict[str, Any]) -> None:
    seen = client.get(f"/api/conversations/{public(talk)}", headers=key(talk)).json()
    assert seen["conversation_id"] == public(talk)
    (exchange,) = seen["exchanges"]
    assert exchange["question"] == "배송비는 얼마인가요?"
    assert exchange["answer"] == talk["answer"]
    assert exchange["nodes"] == talk["nodes"]
    assert exchange["complete"]


def test_nobody_else_does(client: TestClient, talk: dict[str, Any]) -> None:
    """T1, G23: without the secret, with another conversation's, or with the operator's token."""
    other = client.post("/api/chat", json={"message": "반품은 어떻게 하나요?"}).json()
    for headers in ({}, key(other), ADMIN, {"Authorization": "Basic abc"}):
        for method, path in (
            ("GET", f"/api/conversations/{public(talk)}"),
            ("GET", f"/api/conversations/{public(talk)}/events"),
            ("POST", f"/api/conversations/{public(talk)}/escalate"),
        ):
            answer = client.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_conversation"), (method, path)


def test_a_finished_answer_can_be_read_again_from_any_event(client: TestClient, talk: dict[str, Any]) -> None:
    path = f"/api/conversations/{public(talk)}/events"
    for seen, left in ((0, 3), (1, 2), (2, 1)):
        headers = key(talk) | {"Last-Event-ID": f"{talk['exchange_id']}:{seen}"}
        events = read_events(client.get(path, headers=headers).text)
        assert len(events) == left
        assert events[-1].data["answer"] == talk["answer"]
    assert len(read_events(client.get(path, headers=key(talk)).text)) == 3


@pytest.mark.parametrize("last", ["nonsense", "-1", "x:99999999999999", "unknown:1", ":", "가:1"])
def test_a_strange_event_id_never_shows_anybody_elses_answer(
    client: TestClient, talk: dict[str, Any], last: str
) -> None:
    """Fault 41."""
    client.post("/api/chat", json={"message": "반품은 어떻게 하나요?"})
    path = f"/api/conversations/{public(talk)}/events"
    headers = {name.encode(): value.encode() for name, value in (key(talk) | {"Last-Event-ID": last}).items()}
    answer = client.get(path, headers=headers)
    assert answer.status_code in {200, 204}
    assert all(event.data.get("answer") in {None, talk["answer"]} for event in read_events(answer.text))


def test_a_reason_in_a_visitors_words_cannot_pass_for_ours(client: TestClient, talk: dict[str, Any]) -> None:
    client.post(f"/api/conversations/{public(talk)}/escalate", headers=key(talk), json={"reason": "entry:injured"})
    (waiting,) = client.get("/api/escalations", headers=ADMIN).json()["escalations"]
    assert waiting["reason"] == "visitor_asked: entry:injured"


def test_another_conversations_event_id_is_of_no_use(client: TestClient, talk: dict[str, Any]) -> None:
    """Fault 41."""
    other = client.post("/api/chat", json={"message": "반품은 어떻게 하나요?"}).json()
    headers = key(other) | {"Last-Event-ID": f"{talk['exchange_id']}:0"}
    assert client.get(f"/api/conversations/{public(other)}/events", headers=headers).status_code == 204


def test_a_visitor_calls_a_person_once(client: TestClient, talk: dict[str, Any]) -> None:
    path = f"/api/conversations/{public(talk)}/escalate"
    first = client.post(path, headers=key(talk), json={"reason": "주민번호 900101-1234568 확인"}).json()
    second = client.post(path, headers=key(talk)).json()
    assert first["escalated"]
    assert second["escalation_id"] == first["escalation_id"]
    (waiting,) = client.get("/api/escalations", headers=ADMIN).json()["escalations"]
    assert "1234568" not in waiting["reason"]
    assert client.get(f"/api/conversations/{public(talk)}", headers=key(talk)).json()["escalated"]
    assert client.post("/api/chat", json={"message": "반품은?", "conversation_id": talk["conversation_id"]}).json()[
        "escalated"
    ]


def test_the_operator_closes_an_escalation(client: TestClient, talk: dict[str, Any]) -> None:
    made = client.post(f"/api/conversations/{public(talk)}/escalate", headers=key(talk)).json()
    path = f"/api/escalations/{made['escalation_id']}/close"
    assert client.post(path).status_code == 401
    assert client.post(path, headers=ADMIN).status_code == 204
    assert client.post(path, headers=ADMIN).status_code == 404
    assert client.get("/api/escalations", headers=ADMIN).json() == {"escalations": []}
    closed = client.get("/api/escalations?status=all", headers=ADMIN).json()["escalations"]
    assert [one["status"] for one in closed] == ["closed"]


def test_a_thumb_is_kept_and_can_be_turned(client: TestClient, talk: dict[str, Any]) -> None:
    path = f"/api/exchanges/{talk['exchange_id']}/feedback"
    assert client.post(path, headers=key(talk), json={"helpful": True}).status_code == 204
    assert client.post(path, headers=key(talk), json={"helpful": False, "comment": "너무 짧아요"}).status_code == 204
    seen = client.get(f"/api/conversations/{public(talk)}", headers=key(talk)).json()
    assert seen["exchanges"][0]["helpful"] is False


def test_only_their_own_answers_can_be_rated_or_stopped(client: TestClient, talk: dict[str, Any]) -> None:
    other = client.post("/api/chat", json={"message": "반품은 어떻게 하나요?"}).json()
    for what, body in (("feedback", {"helpful": True}), ("stop", None)):
        path = f"/api/exchanges/{talk['exchange_id']}/{what}"
        assert client.post(path, json=body).status_code == 404
        assert client.post(path, json=body, headers=key(other)).status_code == 404


async def test_stopping_an_answer_stops_what_it_costs(opened: Open) -> None:
    completer = FakeCompleter("계속 ", "말하는 ", end=None)
    client = opened(completer=completer)
    conversation = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}).json()
    question = {"message": "자전거 체인도 갈아 주시나요?", "conversation_id": conversation["conversation_id"]}
    stream = asyncio.create_task(
        asyncio.to_thread(client.post, "/api/chat", json=question, headers={"Accept": "text/event-stream"})
    )
    exchange: dict[str, Any] | None = None
    while exchange is None:
        await asyncio.sleep(0.01)
        path = f"/api/conversations/{public(conversation)}"
        seen = (await asyncio.to_thread(client.get, path, headers=key(conversation))).json()["exchanges"]
        exchange = seen[1] if len(seen) == 2 and completer.asked else None
    stop = f"/api/exchanges/{exchange['exchange_id']}/stop"
    assert (await asyncio.to_thread(client.post, stop, headers=key(conversation))).status_code == 204
    events = read_events((await stream).text)
    assert (events[-1].name, events[-1].data["code"]) == ("error", "stopped")
    assert completer.stopped


def test_operator_routes_need_the_token(client: TestClient) -> None:
    for method, path in (("POST", "/api/match"), ("GET", "/api/escalations")):
        for headers in ({}, {"Authorization": "Bearer wrong-wrong-wrong-wrong"}, {"Authorization": "Bearer"}):
            answer = client.request(
                method, path, headers=headers, json={"message": "배송비"} if method == "POST" else None
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authorised")


def test_match_shows_what_a_visitor_may_not_see(client: TestClient) -> None:
    answer = client.post("/api/match", headers=ADMIN, json={"message": "배송비는 얼마인가요?", "limit": 2}).json()
    assert answer["matches"][0]["entry_id"] == "delivery-fee"
    assert len(answer["matches"]) == 2
    assert answer["decision"]["zone"] == "answer"
    assert answer["decision"]["entry_id"] == "delivery-fee"
    assert 0.9 < answer["matches"][0]["confidence"] <= 1
    assert answer["embedder"].startswith("offline:")
    assert answer["ms"] > 0


def test_match_uses_the_history_it_is_given(client: TestClient) -> None:
    asked = {"message": "그럼 제주도는요?", "history": ["배송비는 얼마인가요?"]}
    answer = client.post("/api/match", headers=ADMIN, json=asked).json()
    assert answer["matches"][0]["entry_id"] == "delivery-fee-jeju"


@pytest.mark.parametrize(
    "body", [{"message": "a", "limit": 0}, {"message": "a", "limit": 21}, {"message": "a", "history": "b"}]
)
def test_match_refuses_what_is_out_of_range(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/api/match", headers=ADMIN, json=body).status_code == 422


def test_health_and_readiness_are_told(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["store"] == "ok"
    assert ready.json()["level"] == "no_model"
    assert "warnings" not in ready.json(), "they name files"
    assert client.get("/readyz", headers=ADMIN).json()["warnings"] == []

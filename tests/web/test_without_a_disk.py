"""When nothing can be stored the FAQ still answers, no model is asked and no person promised (faults 106 to 111)."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.conversation.sqlite import SqliteStore
from tests.fakes import FakeCompleter

from .conftest import ADMIN, Open
from .sse import read_events

UNKNOWN = "자전거 체인도 갈아 주시나요?"


@pytest.fixture
def completer() -> FakeCompleter:
    return FakeCompleter("모델")


@pytest.fixture
def client(opened: Open, completer: FakeCompleter, tmp_path: Path) -> TestClient:
    path = tmp_path / "kept.sqlite"
    SqliteStore.open(path)._database.close()
    return opened(store=SqliteStore.open(path, read_only=True), completer=completer)


def test_the_faq_still_answers(client: TestClient) -> None:
    body = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}).json()
    assert (body["source"], body["answer"]) == ("faq", "3,000원이고, 50,000원 이상이면 무료입니다.")


def test_no_model_is_asked_for_what_cannot_be_recorded(client: TestClient, completer: FakeCompleter) -> None:
    body = client.post("/api/chat", json={"message": UNKNOWN}).json()
    assert (body["source"], body["offer_agent"]) == ("suggest", True)
    assert completer.asked == []


def test_a_request_for_a_person_is_refused_honestly(client: TestClient) -> None:
    answer = client.post("/api/chat", json={"message": "상담원 연결해 주세요"})
    assert (answer.status_code, answer.json()["code"]) == (503, "escalation_not_recorded")
    assert int(answer.headers["retry-after"]) >= 1
    streamed = client.post("/api/chat", json={"message": "talk to a human"}, headers={"Accept": "text/event-stream"})
    assert [event.name for event in read_events(streamed.text)] == ["meta", "error"]


def test_an_entry_that_escalates_offers_a_person_without_claiming_to_have_called_one(client: TestClient) -> None:
    body = client.post("/api/chat", json={"message": "제품을 쓰다가 다쳤어요"}).json()
    assert (body["source"], body["escalated"], body["offer_agent"]) == ("faq", False, True)


def test_readiness_says_so(client: TestClient) -> None:
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["level"]) == (503, "read_only")


def test_what_needs_the_disk_is_a_clear_refusal(client: TestClient) -> None:
    handle = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}).json()["conversation_id"]
    answer = client.post(f"/api/conversations/{handle}/escalate")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert client.get("/api/escalations", headers=ADMIN).json() == {"escalations": []}

"""Faults 22 to 38: every bad request gets a clear problem document, and the next good one works."""

import json

import pytest
from starlette.testclient import TestClient

from tests.fakes import FakeCompleter

from .conftest import Open

JSON = {"Content-Type": "application/json"}


def post(client: TestClient, body: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    answer = client.post("/api/chat", content=body, headers=JSON | headers)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    good = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"})
    assert good.json()["source"] == "faq"
    return answer.status_code, problem


def message(text: str) -> bytes:
    return json.dumps({"message": text}).encode()


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"123"])
def test_a_body_that_is_no_object_is_refused(client: TestClient, body: bytes) -> None:
    """Fault 22."""
    assert post(client, body)[0] == 422


@pytest.mark.parametrize("body", [b'{"message": "a"', b'{"message": "a",}', b'{"message": "a"} trailing', b"{'a': 1}"])
def test_broken_json_is_called_broken(client: TestClient, body: bytes) -> None:
    """Fault 23."""
    status, problem = post(client, body)
    assert (status, problem["code"]) == (400, "invalid_json")


def test_a_byte_order_mark_is_accepted(client: TestClient) -> None:
    """Fault 23."""
    answer = client.post("/api/chat", content=b"\xef\xbb\xbf" + message("배송비는 얼마인가요?"), headers=JSON)
    assert answer.json()["source"] == "faq"


def test_of_duplicate_keys_the_last_counts(client: TestClient) -> None:
    """Fault 24, as documented."""
    body = '{"message": "반품은 어떻게 하나요?", "message": "배송비는 얼마인가요?"}'.encode()
    assert client.post("/api/chat", content=body, headers=JSON).json()["entry_id"] == "delivery-fee"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "-Infinity", "12", "true", "null", "[]", '{"a": 1}'])
def test_a_message_that_is_no_text_is_refused(client: TestClient, value: str) -> None:
    """Faults 25 and 31."""
    assert post(client, f'{{"message": {value}}}'.encode())[0] == 422


def test_an_endless_number_is_refused(client: TestClient) -> None:
    """Fault 26."""
    assert post(client, b'{"message": ' + b"9" * 5_000 + b"}")[0] in {400, 422}


def test_deep_nesting_is_refused(client: TestClient) -> None:
    """Fault 27."""
    assert post(client, b'{"message": ' + b"[" * 30_000)[0] == 400


def test_bytes_that_are_not_utf_8_are_refused(client: TestClient) -> None:
    """Fault 28."""
    assert post(client, '{"message": "배송"}'.encode("euc-kr"))[0] == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Type", "application/json; charset=euc-kr"),
        ("Content-Type", "text/plain"),
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("Content-Encoding", "gzip"),
    ],
)
def test_another_form_than_json_in_utf_8_is_named_as_such(client: TestClient, name: str, value: str) -> None:
    """Faults 16 and 28."""
    status, problem = post(client, message("배송"), **{name: value})
    assert (status, problem["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("text", ["\\ud800", "a\\udfff", "\\u0000", "a\\u0000b"])
def test_what_no_database_can_keep_is_refused(client: TestClient, text: str) -> None:
    """Faults 29 and 30."""
    status, problem = post(client, f'{{"message": "{text}"}}'.encode())
    assert status == 422
    assert "NUL or unpaired surrogates" in json.dumps(problem)


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "a", "admin": true}',
        b'{"message": "a", "__proto__": {}}',
        b'{"message": "a", "conversation_id": 5}',
        b'{"message": "a", "locale": ["ko"]}',
        b'{"text": "a"}',
    ],
)
def test_unknown_fields_and_wrong_types_are_refused(client: TestClient, body: bytes) -> None:
    """Fault 31."""
    status, problem = post(client, body)
    assert (status, problem["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("text", ["   ", "\u200b\u200d", "👍🎉", "?!...", "\n\t", "\u202e", "\U000e0041"])
def test_a_message_without_a_word_is_asked_for_one(opened: Open, text: str) -> None:
    """Fault 32."""
    completer = FakeCompleter("x")
    status, problem = post(opened(completer=completer), message(text))
    assert (status, problem["code"]) == (422, "empty_question")
    assert completer.asked == []


def test_the_longest_message_is_two_thousand_characters(client: TestClient) -> None:
    """Fault 33."""
    assert client.post("/api/chat", json={"message": "가" * 2_000}).status_code == 200
    assert client.post("/api/chat", json={"message": "a" + "😀" * 1_999}).status_code == 200
    assert post(client, message("가" * 2_001))[0] == 422


def test_a_body_over_64_kib_is_not_read(client: TestClient) -> None:
    """Fault 10."""
    status, problem = post(client, message("가" * 30_000))
    assert (status, problem["code"]) == (413, "body_too_large")
    chunked = client.post("/api/chat", content=(message("가" * 3_000) for _ in range(10)), headers=JSON)
    assert (chunked.status_code, chunked.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "text",
    [
        "배송비는 얼마인가요?",  # decomposed Hangul
        "배송비는　얼마인가요？",  # full-width space and question mark
        "배송\u200b비는 얼마\u2060인가요?",
        "\u202e배송비는 얼마인가요?",
        "배송비는\U000e0041\U000e0042 얼마인가요?",
    ],
)
def test_other_spellings_of_the_same_text_find_the_same_entry(client: TestClient, text: str) -> None:
    """Faults 34 and 35; what the visitor wrote is what is kept."""
    body = client.post("/api/chat", json={"message": text}).json()
    assert body["entry_id"] == "delivery-fee"
    kept = client.get(f"/api/conversations/{body['conversation_id']}").json()
    assert kept["exchanges"][0]["question"] == text


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301" * 1_000,
        "لا إله" * 100,
        "a" * 2_000,
        "'; DROP TABLE exchanges; --",
        "{{ 1234*4321 }} ${jndi:ldap://x} %s%n {0} $(id) `id`",
        "line\r\nSet-Cookie: a=b",
        "\x1b[31mred\x1b[0m",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "[click](javascript:alert(1)) ![x](http://evil.test/x.png)",
    ],
)
def test_hostile_text_is_only_text(opened: Open, text: str) -> None:
    """Faults 36 to 38: inert where it is stored, and in what a model is asked."""
    completer = FakeCompleter("네")
    client = opened(completer=completer)
    answer = client.post("/api/chat", json={"message": text})
    assert answer.status_code == 200
    body = answer.json()
    assert all("5332114" not in message.content for messages in completer.asked for message in messages)
    assert all(
        message.role == "user" for messages in completer.asked for message in messages if text in message.content
    )
    kept = client.get(f"/api/conversations/{body['conversation_id']}").json()
    assert kept["exchanges"][0]["question"] == text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    """Fault 13."""
    answer = client.request(method, "/api/chat")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/openapi.json",
        "/.env",
        "/var/ondap.sqlite",
        "/widget/../settings.py",
        "/widget/..%2f..%2fsettings.py",
        "/widget/%00",
        "/widget/",
        "/api/conversations/%c0%ae",
    ],
)
def test_nothing_else_can_be_reached(client: TestClient, path: str) -> None:
    """T25, fault 14."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"

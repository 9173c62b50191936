import pytest
from starlette.testclient import TestClient

from .conftest import Open

SHOP = "https://shop.example.com"
FOREIGN = [
    "https://evil.example",
    "http://[",
    "null",
    "https://shop.example.com.evil.example",
    "http://shop.example.com",
    "",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_site_that_is_not_listed_is_refused(opened: Open, origin: str) -> None:
    """Fault 20, T38."""
    client = opened(allowed_origins=(SHOP,))
    answer = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in answer.headers
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert client.options("/api/chat", headers=preflight).status_code == 403


def test_a_listed_site_may_ask_and_read(opened: Open) -> None:
    client = opened(allowed_origins=(SHOP,))
    preflight = client.options(
        "/api/chat",
        headers={
            "Origin": SHOP,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,idempotency-key,last-event-id,authorization",
        },
    )
    assert preflight.status_code == 200
    answer = client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}, headers={"Origin": SHOP})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-credentials" not in answer.headers


def test_our_own_pages_need_no_listing(client: TestClient) -> None:
    answer = client.post("/api/chat", json={"message": "배송비는?"}, headers={"Origin": "http://shop.test"})
    assert answer.status_code == 200


def test_any_site_may_load_the_widget(client: TestClient) -> None:
    for path in ("/widget.js", "/widget/panel.js"):
        answer = client.get(path, headers={"Origin": "https://anybody.example"})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["content-type"].startswith("text/javascript")


def test_the_demo_page_carries_the_widget_under_a_strict_policy(client: TestClient) -> None:
    page = client.get("/")
    assert '/widget.js"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


def test_the_demo_page_can_be_turned_off(opened: Open) -> None:
    assert opened(demo=False).get("/").status_code == 404


def test_a_request_keeps_the_name_it_was_given(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abcd-1234"}).headers["x-request-id"] == "abcd-1234"


@pytest.mark.parametrize("name", ["", "short", "x" * 65, "with space!!", 'a"b\\nc-d-e-f'])
def test_a_strange_name_is_replaced(client: TestClient, name: str) -> None:
    given = client.get("/healthz", headers={"X-Request-ID": name}).headers["x-request-id"]
    assert given != name
    assert len(given) >= 16


def test_two_lengths_for_one_body_are_refused(client: TestClient) -> None:
    """Fault 6, T14."""
    headers = {"Content-Length": "2", "Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    assert client.post("/api/chat", content=b"{}", headers=headers).status_code == 400

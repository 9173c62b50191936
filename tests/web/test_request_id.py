"""One id ties what the widget sent, what our log says and what the provider was told."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.process import client, service
from tests.upstream import Script, Upstream, answer, whole
from tests.web.sse import read_events

UNKNOWN = "자전거 체인도 갈아 주시나요?"
GIVEN = "2711480016-1178404371-98-3240049918"
"""As the widget makes it."""


@pytest.mark.parametrize(
    ("script", "source"), [(answer(["자전거는 ", "다루지 않아요."]), "model"), (whole(400, "no"), "suggest")]
)
async def test_a_question_has_one_id_from_the_client_to_the_provider(
    shop_var: Path, tmp_path: Path, script: Script, source: str
) -> None:
    copytree(shop_var, tmp_path / "var")
    async with (
        Upstream(script) as provider,
        service(tmp_path / "var", chat_base_url=provider.base_url, chat_model="fake-1") as running,
        client(running) as visitor,
    ):
        headers = {"Accept": "text/event-stream", "X-Request-ID": GIVEN}
        reply = await visitor.post("/api/chat", json={"message": UNKNOWN}, headers=headers)
        meta = read_events(reply.text)[0].data
        running.signal(signal.SIGTERM)
        await running.ended()
    assert meta["source"] == source
    assert reply.headers["x-request-id"] == GIVEN
    assert {request.headers["x-client-request-id"] for request in provider.received} == {GIVEN}
    lines: list[dict[str, Any]] = [json.loads(line) for line in running.lines if line.startswith("{")]
    about = [line for line in lines if line.get("exchange_id") == meta["exchange_id"]]
    assert {line["event"] for line in about} >= {"request"} | ({"completion_failed"} if source == "suggest" else set())
    assert {line["request_id"] for line in about} == {GIVEN}


async def test_a_client_that_gives_none_gets_one_that_the_provider_hears_too(shop_var: Path, tmp_path: Path) -> None:
    copytree(shop_var, tmp_path / "var")
    async with (
        Upstream(answer(["네."])) as provider,
        service(tmp_path / "var", chat_base_url=provider.base_url, chat_model="fake-1") as running,
        client(running) as visitor,
    ):
        reply = await visitor.post("/api/chat", json={"message": UNKNOWN})
        assert provider.received[0].headers["x-client-request-id"] == reply.headers["x-request-id"]

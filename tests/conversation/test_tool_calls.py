"""Which tools were called for an answer is kept beside it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.commands.application import application
from service.conversation.database import connect_writer, make_durable
from service.conversation.sqlite import SqliteStore
from service.conversation.store import CalledTool
from service.conversation.tool_calls import called_tool
from service.errors import StoreError
from service.generation.tools.toolbox import ToolResult

from .samples import NOON, ask_and_answer

CALL = CalledTool("order_status", '{"order": "A-1"}', ok=True, ms=12.5, at=NOON, status=200)
FAILED = CalledTool("stock", "{", ok=False, ms=0.0, at=NOON, problem="was not called: the arguments are not JSON")


async def test_calls_come_back_with_their_exchange_in_the_order_they_were_made(store: SqliteStore) -> None:
    for exchange_id in ("e1", "e2", "e3"):
        await ask_and_answer(store, exchange_id)
    for exchange_id, call in (("e1", CALL), ("e2", CALL), ("e1", FAILED), ("e1", replace(CALL, ms=1.0))):
        await store.keep_tool_call(exchange_id, call)
    assert await store.tool_calls(["e1", "e3"]) == {"e1": [CALL, FAILED, replace(CALL, ms=1.0)]}
    assert await store.tool_calls([]) == {}


def test_what_a_server_said_is_not_kept() -> None:
    result = ToolResult("order_status", '{"order": "A-1"}', "배송 중", ok=True, ms=12.5, status=200, facts="배송 중")
    assert called_tool(result, at=NOON) == CALL


async def test_a_call_for_an_exchange_that_is_not_there_is_refused(store: SqliteStore) -> None:
    with pytest.raises(StoreError):
        await store.keep_tool_call("nobody", CALL)


async def test_calls_go_with_their_exchange(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "ondap.sqlite")
    await ask_and_answer(store, "e1")
    await store.keep_tool_call("e1", CALL)
    await store.close()
    db = connect_writer(tmp_path / "ondap.sqlite", busy_timeout_seconds=1)
    make_durable(db, tmp_path / "ondap.sqlite")
    db.execute("DELETE FROM exchanges")
    assert db["tool_calls"].count == 0
    db.close()


async def _one_call(path: Path) -> None:
    store = SqliteStore.open(path)
    await ask_and_answer(store, "e1")
    await ask_and_answer(store, "e2")
    await store.keep_tool_call("e1", CALL)
    await store.close()


def test_ondap_log_shows_them_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_VAR_DIR", str(tmp_path))
    asyncio.run(_one_call(tmp_path / "ondap.sqlite"))
    shown = CliRunner().invoke(application, ["log", "--json"])
    first, second = (json.loads(line) for line in shown.stdout.splitlines())
    assert first["tool_calls"] == [
        {
            "name": "order_status",
            "arguments": '{"order": "A-1"}',
            "ok": True,
            "ms": 12.5,
            "at": "2026-11-20 03:00:00+00:00",
            "status": 200,
            "problem": None,
        }
    ]
    assert second["tool_calls"] == []

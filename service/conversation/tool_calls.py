"""The calls of tools that an answer rests on, kept beside its exchange."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from .rows import stored_time
from .store import CalledTool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from ..generation.tools.toolbox import ToolResult


def called_tool(result: ToolResult, *, at: datetime) -> CalledTool:
    """What is kept of a call: never what the shop's server said."""
    return CalledTool(result.name, result.arguments, result.ok, result.ms, at, result.status, result.problem)


def keep_tool_call(db: Database, exchange_id: str, call: CalledTool) -> None:
    db.execute(
        """
        INSERT INTO tool_calls (exchange_id, name, arguments, ok, status, problem, ms, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (exchange_id, call.name, call.arguments, call.ok, call.status, call.problem, call.ms, stored_time(call.at)),
    )


def tool_calls(db: Database, exchange_ids: Sequence[str]) -> dict[str, list[CalledTool]]:
    rows = db.query(
        """
        SELECT * FROM tool_calls WHERE exchange_id IN (SELECT value FROM json_each(?)) ORDER BY exchange_id, number
        """,
        (json.dumps(list(exchange_ids)),),
    )
    found: dict[str, list[CalledTool]] = {}
    for row in rows:
        call = CalledTool(
            row["name"],
            row["arguments"],
            bool(row["ok"]),
            row["ms"],
            datetime.fromisoformat(row["at"]),
            row["status"],
            row["problem"],
        )
        found.setdefault(row["exchange_id"], []).append(call)
    return found

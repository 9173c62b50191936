"""A provider that looks at what it is asked, for services that run as processes of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.upstream import DONE, LAST_CHUNK, OPENING, Upstream, answer, chunk, delta, usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.upstream import Received, Script


class Brain(Upstream):
    """Plays what `think` makes of each request's messages."""

    def __init__(self, think: Callable[[list[dict[str, Any]]], Script]) -> None:
        super().__init__(())
        self._think = think

    def script_for(self, request: Received) -> Script:
        super().script_for(request)
        return self._think(request.json["messages"])


def calling(*calls: tuple[str, dict[str, object]], said: str = "") -> Script:
    """An answer that calls tools, after `said`."""
    wanted = [
        {
            "index": at,
            "id": f"call-{at}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(given)},
        }
        for at, (name, given) in enumerate(calls)
    ]
    words = [chunk(delta(content=said))] if said else []
    end = (chunk(delta("tool_calls")), chunk(usage(7, 5)), chunk(DONE), LAST_CHUNK)
    return (*OPENING, *words, chunk(delta(tool_calls=wanted)), *end)


def told_by_tools(messages: list[dict[str, Any]]) -> list[str]:
    """What the tools have answered so far."""
    return [str(message["content"]) for message in messages if message["role"] == "tool"]


def saying(*pieces: str) -> Callable[[list[dict[str, Any]]], Script]:
    return lambda _messages: answer(pieces)

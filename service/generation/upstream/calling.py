"""Tool calls put together from the fragments a stream brings them in."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ..message import ToolCall
from .fault import Fault

MAX_CALLS = 8
MAX_ARGUMENTS_BYTES = 16 * 1024
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
ID = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class CallFragment:
    """A part of one call. Which call is meant is said by `index`, by `id`, or by nothing at all."""

    index: int | None = None
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class _Call:
    id: str
    name: str = ""
    arguments: str = ""


class CallsReader:
    """The calls of one answer, in the order in which they began.

    OpenAI numbers the calls and names each once. Others leave the number out, number every call 0, repeat id and name
    in every fragment, send a call whole, or give it no id; an id is then made up, because results are told by it.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._numbered: dict[int, _Call] = {}
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._calls)

    def take(self, fragment: CallFragment) -> None:
        """Raises `Fault` for more than 8 calls, or more than 16 KiB of arguments in all."""
        call = self._meant(fragment) or self._begin(fragment)
        if fragment.name != call.name:
            call.name += fragment.name
        call.arguments += fragment.arguments
        self._size += len(fragment.arguments.encode("utf-8", "replace"))
        if self._size > MAX_ARGUMENTS_BYTES:
            raise Fault("asked for tools with more than 16 KiB of arguments", again=False)

    def calls(self) -> tuple[ToolCall, ...]:
        """Raises `Fault` where one has no name that a tool could have."""
        if not all(NAME.fullmatch(call.name) for call in self._calls):
            raise Fault("asked for a tool without naming it")
        return tuple(
            ToolCall(call.id or f"call_{number}", call.name, _whole_characters(call.arguments) or "{}")
            for number, call in enumerate(self._calls, start=1)
        )

    def _meant(self, fragment: CallFragment) -> _Call | None:
        """The call that this goes on with; None where it begins another."""
        if fragment.index is not None:
            numbered = self._numbered.get(fragment.index)
            another = numbered and fragment.name and fragment.id and numbered.id not in ("", fragment.id)
            return None if another else numbered
        if fragment.id:
            return next((call for call in self._calls if call.id == fragment.id), None)
        return self._calls[-1] if self._calls and not fragment.name else None

    def _begin(self, fragment: CallFragment) -> _Call:
        if len(self._calls) == MAX_CALLS:
            raise Fault(f"asked for more than {MAX_CALLS} tools at once", again=False)
        call = _Call(fragment.id if ID.fullmatch(fragment.id) else "")
        self._calls.append(call)
        if fragment.index is not None:
            self._numbered[fragment.index] = call
        return call


def read_fragments(calls: object, function_call: object) -> tuple[CallFragment, ...]:
    """From `tool_calls`, or from the single `function_call` of older servers. Raises `Fault` for what is neither."""
    if not isinstance(calls, list | None):
        raise Fault("sent something else where tool calls belong")
    if function_call and not calls:
        calls = [{"index": 0, "function": function_call}]
    return tuple(_fragment(_object(call)) for call in calls or ())


def _fragment(call: dict[str, Any]) -> CallFragment:
    function = _object(call.get("function"))
    index = call.get("index")
    return CallFragment(
        index if isinstance(index, int) and not isinstance(index, bool) else None,
        _text(call.get("id")),
        _text(function.get("name")),
        _arguments(function.get("arguments")),
    )


def _arguments(value: object) -> str:
    """Some servers send the arguments as the object itself."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else _text(value)


def _whole_characters(text: str) -> str:
    """JSON can escape an emoji as two halves, which can come in two fragments. A lone half could not be sent on."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise Fault("sent something else where a tool call belongs")
    return value or {}


def _text(value: object) -> str:
    if not isinstance(value, str | None):
        raise Fault("sent something else where a tool call belongs")
    return value or ""

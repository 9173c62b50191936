"""One event of a completion: the JSON of the provider, checked, with only what we use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from ..tokens import Usage
from .calling import read_fragments
from .fault import Fault

if TYPE_CHECKING:
    from ..completion import FinishReason
    from .calling import CallFragment
    from .wire import ServerEvent

KNOWN_ENDS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
}
REASONING_FIELDS = ("reasoning_content", "reasoning")
MAX_TOKENS_BELIEVED = 10_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """`text` is what the model said, `thought` what it reasoned instead, `calls` are parts of tool calls.

    All are empty in a keep-alive.
    """

    text: str = ""
    thought: str = ""
    calls: tuple[CallFragment, ...] = ()
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    model: str | None = None


def read_chunk(event: ServerEvent, *, offered: bool = False) -> Chunk:
    """Raises `Fault` for an error report, for a tool call where none was `offered`, and for what is no chunk at all."""
    document = _document(event)
    choice = _first_choice(document.get("choices"))
    said = _fields(choice.get("delta")) or _fields(choice.get("message"))
    reason = choice.get("finish_reason") or None
    end = None if reason is None else KNOWN_ENDS.get(str(reason), "other")
    calls, call = said.get("tool_calls"), said.get("function_call")
    if not offered and (calls or call or end == "tool_calls"):
        raise Fault("asked for a tool although none was offered", again=False)
    return Chunk(
        text=_text(said.get("content")),
        thought=next((str(said[field]) for field in REASONING_FIELDS if said.get(field)), ""),
        calls=read_fragments(calls, call) if calls or call else (),
        finish_reason=end,
        usage=_usage(document.get("usage")),
        model=_model(document.get("model")),
    )


def _document(event: ServerEvent) -> dict[str, Any]:
    if event.name == "error":
        raise Fault("reported an error instead of going on")
    try:
        document = json.loads(event.data)
    except (ValueError, RecursionError):
        raise Fault("sent an event that is not JSON") from None
    if _fields(document).get("error"):
        raise Fault("reported an error instead of going on")
    return _fields(document)


def _first_choice(choices: object) -> dict[str, Any]:
    """The choice we asked for; gateways that leave `index` out send only one."""
    if not isinstance(choices, list | None):
        raise Fault("sent choices that are not a list")
    return next((choice for choice in map(_fields, choices or ()) if choice.get("index") in (0, None)), {})


def _fields(value: object) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise Fault("sent something else where an object belongs")
    return value or {}


def _text(value: object) -> str:
    if not isinstance(value, str | None):
        raise Fault("sent something else where text belongs")
    return value or ""


def _usage(reported: object) -> Usage | None:
    """The provider's own count, unless it cannot be true."""
    if not isinstance(reported, dict):
        return None
    asked, written = reported.get("prompt_tokens"), reported.get("completion_tokens")
    if not _is_count(asked) or not _is_count(written):
        return None
    return Usage(asked, written, cached_tokens=_cached(reported))


def _cached(reported: dict[str, Any]) -> int:
    """OpenAI and most others put it among the details, DeepSeek beside the count."""
    details = reported.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else reported.get("prompt_cache_hit_tokens")
    return cached if _is_count(cached) else 0


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS_BELIEVED


def _model(name: object) -> str | None:
    return name if isinstance(name, str) and 0 < len(name) <= 200 and name.isascii() and name.isprintable() else None

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
OTHER_FIELDS = (*REASONING_FIELDS, "tool_calls", "function_call")
MAX_TOKENS_BELIEVED = 10_000_000
decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Chunk:
    """`text` is what the model said, `thought` whether it reasoned instead, `calls` are parts of tool calls.

    All are empty in a keep-alive.
    """

    text: str = ""
    thought: bool = False
    calls: tuple[CallFragment, ...] = ()
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    model: str | None = None


def read_document(event: ServerEvent) -> dict[str, Any]:
    """Raises `Fault` for an error report and for what is no JSON object."""
    if event.name == "error":
        raise Fault("reported an error instead of going on")
    document = _fields(_parsed(event.data))
    if document.get("error"):
        raise Fault("reported an error instead of going on")
    return document


def _parsed(data: str) -> object:
    """As `json.loads`, in half the time where there is no space around the JSON."""
    try:
        document, end = decode(data)
    except (ValueError, RecursionError):
        end = None
    try:
        return document if end == len(data) else json.loads(data)
    except (ValueError, RecursionError):
        raise Fault("sent an event that is not JSON") from None


def plain_text(document: dict[str, Any], *, model: str | None) -> str | None:
    """What a document says that brings text, the name of the `model` that is known already, and nothing else we use.

    Nearly all do. None, or no text, where `read_chunk` has to look closer.
    """
    choices = document.get("choices")
    if document.get("model") != model or document.get("usage") or type(choices) is not list or len(choices) != 1:
        return None
    choice = choices[0]
    if type(choice) is not dict or choice.get("index") != 0 or choice.get("finish_reason"):
        return None
    said = choice.get("delta")
    if type(said) is not dict or (len(said) > 1 and any(said.get(field) for field in OTHER_FIELDS)):
        return None
    text = said.get("content")
    return text if type(text) is str else None


def read_chunk(document: dict[str, Any], *, offered: bool = False) -> Chunk:
    """Raises `Fault` for a tool call where none was `offered`, and for what is no chunk at all."""
    choice = _first_choice(document.get("choices"))
    said = _fields(choice.get("delta")) or _fields(choice.get("message"))
    reason = choice.get("finish_reason") or None
    end = None if reason is None else KNOWN_ENDS.get(str(reason), "other")
    calls, call = said.get("tool_calls"), said.get("function_call")
    if not offered and (calls or call or end == "tool_calls"):
        raise Fault("asked for a tool although none was offered", again=False)
    return Chunk(
        text=_text(said.get("content")),
        thought=any(said.get(field) for field in REASONING_FIELDS),
        calls=read_fragments(calls, call) if calls or call else (),
        finish_reason=end,
        usage=_usage(document.get("usage")),
        model=_model(document.get("model")),
    )


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

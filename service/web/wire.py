"""The wire contract: what requests must look like, and how events are spelled as JSON and as server-sent events."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..conversation.events import Block, Delta, Done, Failed, Meta
from ..errors import VisitorError
from ..knowledge.markup import nodes_as_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..conversation.events import Event
    from ..conversation.relay import Numbered

MESSAGE_CHARACTERS = 2_000
"""The longest question, in Unicode code points; at four bytes each it can never be more than 8,000 bytes."""


def _storable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not hold NUL or unpaired surrogates")
    return text


Text = Annotated[str, AfterValidator(_storable)]


class Request(BaseModel):
    """Requests are strict: an unknown field or another type is an error, never a guess."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class PickedSuggestion(Request):
    """The entry a visitor chose, and the exchange that suggested it."""

    exchange_id: Annotated[Text, Field(max_length=64)]
    entry_id: Annotated[Text, Field(max_length=200)]


class ChatRequest(Request):
    """A visitor's question; with `picked` it is the question of the suggestion they chose."""

    message: Annotated[Text, Field(min_length=1, max_length=MESSAGE_CHARACTERS)]
    conversation_id: Annotated[Text, Field(max_length=200)] | None = None
    persona: Annotated[Text, Field(max_length=64)] | None = None
    locale: Annotated[Text, Field(max_length=35)] | None = None
    picked: PickedSuggestion | None = None


class MatchRequest(Request):
    """A question to look at from inside."""

    message: Annotated[Text, Field(min_length=1, max_length=MESSAGE_CHARACTERS)]
    limit: Annotated[int, Field(ge=1, le=20)] = 5
    history: Annotated[list[Annotated[Text, Field(max_length=MESSAGE_CHARACTERS)]], Field(max_length=20)] = []


class EscalateRequest(Request):
    """A visitor wants a person."""

    reason: Annotated[Text, Field(max_length=500)] | None = None


class FeedbackRequest(Request):
    """A visitor's thumb for an answer."""

    helpful: bool
    comment: Annotated[Text, Field(max_length=1_000)] | None = None


def question_text(message: str) -> str:
    """The message as it is stored. Raises `VisitorError` when it holds no letter and no digit (fault 32)."""
    text = message.strip()
    if not any(unicodedata.category(character)[0] in "LN" for character in text):
        raise VisitorError("empty_question", "Please write a question.")
    return text


def as_json(handle: str, events: Iterable[Event]) -> dict[str, Any]:
    """A whole answer for clients that do not stream. Raises `VisitorError` where it ended in `Failed`."""
    body: dict[str, Any] = {}
    for event in events:
        if isinstance(event, Meta | Done):
            body |= _data(event, handle)
        elif isinstance(event, Failed):
            if event.retryable:
                raise VisitorError(event.code, event.message, status=503, retry_after_seconds=1)
            raise VisitorError(event.code, event.message)
    return body


def as_sse(handle: str, exchange_id: str, events: Iterable[Numbered]) -> bytes:
    """Numbered events as server-sent events; JSON never holds a raw line break, so one data line is enough."""
    return "".join(
        [
            f"id: {exchange_id}:{number}\nevent: {_NAMES[type(event)]}\ndata: {_spelled(event, handle)}\n\n"
            for number, event in events
        ]
    ).encode()


_NAMES: dict[type[Event], str] = {Meta: "meta", Delta: "delta", Block: "block", Done: "done", Failed: "error"}


def _spelled(event: Event, handle: str) -> str:
    if isinstance(event, Delta):  # nearly every event is one
        return f'{{"text":{_compact(event.text)}}}'
    return _compact(_data(event, handle))


def _data(event: Meta | Block | Done | Failed, handle: str) -> dict[str, Any]:
    match event:
        case Block(nodes):
            return {"nodes": nodes_as_data(nodes)}
        case Meta():
            return asdict(event) | {"conversation_id": handle}  # a visitor's key to it, not only its name
        case Done():
            return {
                "complete": event.complete,
                "answer": event.answer,
                "nodes": nodes_as_data(event.nodes),
                "usage": asdict(event.usage) if event.usage else None,
                "offer_agent": event.offer_agent,
                "escalated": event.escalated,
                "cited": [asdict(entry) for entry in event.cited],
                "said_first": event.said_first,
            }
        case Failed():
            return asdict(event)


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Made once: with options `json.dumps` makes one at each call, which takes longer than to spell a piece of text."""

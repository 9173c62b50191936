"""What the scripted server should say: events, and the accidents that happen between them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Data: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One SSE event; the server numbers it."""

    type: str
    data: Data


@dataclass(frozen=True)
class Raw:
    """Bytes written as they are, in a write of their own."""

    data: bytes


@dataclass(frozen=True)
class Cut:
    """The connection breaks here, once: with a reset, or as `clean` as a proxy that ends the response."""

    clean: bool = False


@dataclass
class Gate:
    """The server waits here until the test says `open()`."""

    _opened: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        self._opened.set()

    def wait(self) -> None:
        self._opened.wait(timeout=30)


@dataclass(frozen=True)
class Refusal:
    """An RFC 9457 problem in place of a stream."""

    status: int
    code: str
    detail: str
    retry_after_seconds: int | None = None


Step: TypeAlias = "Event | Raw | Cut | Gate"
Attempt: TypeAlias = "list[Step] | Refusal"


def meta(source: str = "model", **changes: Any) -> Event:
    """`exchange_id` and `conversation_id` are filled in by the server."""
    data: Data = {"source": source, "entry_id": None, "confidence": None, "suggestions": [], "index_version": "v1"}
    if source == "faq":
        data |= {"entry_id": "refund", "confidence": 0.97}
    return Event("meta", data | changes)


def delta(text: str) -> Event:
    return Event("delta", {"text": text})


def text(words: str) -> Data:
    return {"type": "text", "text": words}


def paragraph(*children: Data | str) -> Data:
    inline = [text(child) if isinstance(child, str) else child for child in children]
    return {"type": "paragraph", "children": inline}


def link(url: str, words: str) -> Data:
    return {"type": "link", "url": url, "children": [text(words)]}


def block(*nodes: Data) -> Event:
    return Event("block", {"nodes": list(nodes)})


def done(answer: str = "", *nodes: Data, **changes: Any) -> Event:
    data: Data = {"complete": True, "answer": answer, "nodes": list(nodes) or ([paragraph(answer)] if answer else [])}
    return Event("done", data | {"usage": None, "offer_agent": False, "escalated": False} | changes)


def error(message: str, *, code: str = "upstream_unavailable", retryable: bool = True) -> Event:
    return Event("error", {"code": code, "message": message, "retryable": retryable})


def faq(answer: str, **changes: Any) -> list[Step]:
    """A stored answer, whole."""
    return [meta("faq", **changes), block(paragraph(answer)), done(answer)]


def completion(*pieces: str, **changes: Any) -> list[Step]:
    """A completion in pieces."""
    return [meta("model", **changes), *map(delta, pieces), done("".join(pieces))]


def near(*questions: str) -> list[Step]:
    """No answer, only near questions."""
    suggestions = [{"entry_id": f"near-{at}", "question": question} for at, question in enumerate(questions)]
    return [meta("suggest", confidence=0.4, suggestions=suggestions), done("", offer_agent=True)]

"""The scripted server's memory: what tests have written into it, what it was asked, and what it has said."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .script import Attempt, Cut, Event, Gate, Raw, Step, faq

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

SECRET = "s3cret-half"


class ConnectionCutError(Exception):
    """Makes the server close the connection in the middle of a response."""


@dataclass
class Exchange:
    """One question on the server's side. `said` are its events so far, numbered from 1."""

    id: str
    conversation_id: str
    question: str
    said: list[Event] = field(default_factory=list)
    cuts: set[int] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    helpful: bool | None = None

    @property
    def failed(self) -> bool:
        return bool(self.said) and self.said[-1].type == "error"

    def numbered(self, event: Event) -> Event:
        if event.type != "meta":
            return event
        handle = f"{self.conversation_id}.{SECRET}"
        return Event("meta", {"exchange_id": self.id, "conversation_id": handle} | event.data)

    def stored(self) -> dict[str, Any]:
        """This exchange as `GET /api/conversations/{id}` tells it."""
        about = next((event.data for event in self.said if event.type == "meta"), {})
        end = next((event.data for event in self.said if event.type == "done"), None)
        return {
            "exchange_id": self.id,
            "question": self.question,
            "answer": end["answer"] if end else None,
            "nodes": end["nodes"] if end else [],
            "source": about.get("source"),
            "confidence": about.get("confidence"),
            "entry_id": about.get("entry_id"),
            "suggestions": about.get("suggestions", []),
            "cited": end.get("cited", []) if end else [],
            "complete": bool(end and end["complete"]),
            "helpful": self.helpful,
            "asked_at": "2026-11-20T09:00:00Z",
        }


@dataclass
class Received:
    """A request the widget made."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Scripted:
    """The server's memory. A question may have several attempts; the last one is repeated."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Attempt]] = {}
        self.received: list[Received] = []
        self.exchanges: dict[str, Exchange] = {}
        self.escalated = False
        self.broken_routes: set[str] = set()
        self.forgets = False
        self.greetings: dict[str, str] = {}
        self.greeting_waits: Gate | None = None
        self._attempts: dict[str, int] = {}

    def says(self, question: str, *attempts: Attempt) -> None:
        self.answers[question] = list(attempts)

    def sent(self, path: str) -> list[Received]:
        return [request for request in self.received if request.path.startswith(path)]

    def release(self) -> None:
        """Open every gate, so that no request outlives its test."""
        if self.greeting_waits:
            self.greeting_waits.open()
        for attempts in self.answers.values():
            for attempt in attempts:
                for step in attempt if isinstance(attempt, list) else []:
                    if isinstance(step, Gate):
                        step.open()

    def attempt(self, question: str) -> Attempt:
        written = self.answers.get(question) or [faq(f"{question} 에 대한 답이에요.")]
        at = self._attempts.get(question, 0)
        self._attempts[question] = at + 1
        return written[min(at, len(written) - 1)]

    def owns(self, request: Request) -> bool:
        return not self.forgets and request.headers.get("authorization", "").endswith(f".{SECRET}")


async def spoken(exchange: Exchange, *, after: int) -> AsyncIterator[bytes]:
    """The exchange as SSE, from the event after number `after`; `Cut` breaks it off once."""
    number = 0
    yield b": ping\r\n\r\n"
    for at, step in enumerate(exchange.steps):
        if isinstance(step, Gate):
            await asyncio.to_thread(step.wait)
        elif isinstance(step, Raw):
            yield step.data
            await asyncio.sleep(0)
        elif isinstance(step, Cut):
            if at in exchange.cuts:
                continue
            exchange.cuts.add(at)
            if step.clean:
                return
            raise ConnectionCutError
        else:
            number += 1
            event = exchange.numbered(step)
            if number > len(exchange.said):
                exchange.said.append(event)
            if number > after:
                data = json.dumps(event.data, ensure_ascii=False)
                yield f"id: {exchange.id}:{number}\r\nevent: {event.type}\r\ndata: {data}\r\n\r\n".encode()

"""What a visitor can do with a conversation: read it, resume it, call a person, rate an answer, stop one."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from structlog.contextvars import bind_contextvars

from ...conversation.answering import ASKED
from ...conversation.privacy import mask_forbidden
from ...conversation.shown import first_nodes
from ...conversation.store import CalledOften, Escalation, Feedback
from ...errors import VisitorError
from ...knowledge.markup import nodes_as_data
from ..identity import visitor_of
from ..parts import OpenedConversation, Parts, TheParts, bearer
from ..security import new_id
from ..streaming import stream
from ..wire import EscalateRequest, FeedbackRequest

if TYPE_CHECKING:
    from ...conversation.store import Exchange

router = APIRouter(tags=["conversations"])

_EVENT_ID = re.compile(r"([\w-]{1,64}):(\d{1,9})", re.ASCII)


@router.get("/api/conversations/{conversation_id}")
async def conversation(conversation_id: OpenedConversation, parts: TheParts) -> dict[str, Any]:
    """Everything said so far, oldest first."""
    exchanges = await parts.store.conversation(conversation_id)
    waiting = await parts.store.waiting_escalation(conversation_id)
    return {
        "conversation_id": conversation_id,
        "escalated": waiting is not None,
        "exchanges": [_shown(exchange, parts) for exchange in exchanges],
    }


@router.get("/api/conversations/{conversation_id}/events")
async def events(
    conversation_id: OpenedConversation,
    request: Request,
    parts: TheParts,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """Go on with an answer after the event a reader saw last; without one, the newest answer from its start.

    204 where this process remembers nothing to go on with: `GET` the conversation instead.
    """
    seen = _EVENT_ID.fullmatch(last_event_id)
    run = parts.runs.find(seen[1]) if seen else parts.runs.latest(conversation_id)
    if run is None or run.conversation_id != conversation_id:
        return Response(status_code=204)
    bind_contextvars(exchange_id=run.exchange_id)
    handle = bearer(request) or request.path_params["conversation_id"]
    return stream(run, handle, after=int(seen[2]) if seen else 0)


@router.post("/api/conversations/{conversation_id}/escalate")
async def escalate(
    conversation_id: OpenedConversation, request: Request, parts: TheParts, wanted: EscalateRequest | None = None
) -> dict[str, Any]:
    """Call a person. A conversation that already waits keeps its place; who calls too often is told so."""
    reason = wanted.reason if wanted else None
    wished = Escalation(
        id=new_id(),
        conversation_id=conversation_id,
        reason=f"{ASKED}: {mask_forbidden(reason)}" if reason else ASKED,
        requested_at=datetime.now(UTC),
        visitor=visitor_of(request, parts).key,
    )
    escalation = await parts.store.escalate(wished)
    if isinstance(escalation, CalledOften):
        raise VisitorError(
            "called_often",
            "What you asked today is already with our team; this was not filed separately.",
            status=429,
            retry_after_seconds=3_600,
        )
    if escalation == wished:
        parts.desk.called(escalation)
    return {"escalated": True, "escalation_id": escalation.id}


@router.post("/api/exchanges/{exchange_id}/feedback", status_code=204)
async def feedback(exchange_id: str, given: FeedbackRequest, request: Request, parts: TheParts) -> None:
    """Rate an answer; a later thumb replaces the earlier one."""
    exchange = await _own_exchange(exchange_id, request, parts)
    comment = mask_forbidden(given.comment) if given.comment else None
    await parts.store.give_feedback(exchange.id, Feedback(given.helpful, comment))


@router.post("/api/exchanges/{exchange_id}/stop", status_code=204)
async def stop(exchange_id: str, request: Request, parts: TheParts) -> None:
    """Stop an answer now, and with it whatever it costs."""
    exchange = await _own_exchange(exchange_id, request, parts)
    run = parts.runs.find(exchange.id)
    if run:
        run.stop("abandoned")


async def _own_exchange(exchange_id: str, request: Request, parts: Parts) -> Exchange:
    conversation_id = parts.handles.open(bearer(request) or "")
    exchange = await parts.store.exchange(exchange_id)
    if exchange is None or exchange.conversation_id != conversation_id:
        raise VisitorError("unknown_exchange", "There is no such exchange in this conversation.", status=404)
    return exchange


def _shown(exchange: Exchange, parts: Parts) -> dict[str, Any]:
    answer = exchange.answer
    entry = parts.answerer.answering_entry(answer) if answer else None
    return {
        "exchange_id": exchange.id,
        "question": exchange.question,
        "asked_at": exchange.asked_at.isoformat(),
        "source": answer.source if answer else None,
        "answer": answer.text if answer else None,
        "nodes": nodes_as_data((*first_nodes(answer.said_first), *parts.answerer.nodes(answer))) if answer else [],
        "said_first": answer.said_first if answer else None,
        "confidence": answer.confidence if answer else None,
        "entry_id": answer.entry_id if answer and answer.source == "faq" else None,
        "entry_question": entry.question if entry else None,
        "suggestions": _named(answer.suggestions) if answer else [],
        "cited": _named(answer.cited) if answer else [],
        "complete": answer is not None and answer.end == "complete",
        "helpful": exchange.feedback.helpful if exchange.feedback else None,
        "picked": asdict(exchange.picked) if exchange.picked else None,
    }


def _named(entries: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"entry_id": entry_id, "question": question} for entry_id, question in entries]

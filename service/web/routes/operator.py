"""What only the operator may see: matches with their scores, and who waits for a person."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter

from ...conversation.messages import visitor_locale
from ...errors import VisitorError
from ..parts import OperatorOnly, TheParts
from ..wire import MatchRequest, question_text

router = APIRouter(tags=["operator"], dependencies=[OperatorOnly])


@router.post("/api/match")
async def match(asked: MatchRequest, parts: TheParts) -> dict[str, Any]:
    """What the FAQ has for a question, what would be done with it, and why; no model, nothing stored."""
    began = time.perf_counter()
    question = question_text(asked.message)
    why = await parts.retriever.why(question, history=asked.history, limit=asked.limit)
    locale = visitor_locale(why.read_as, otherwise=parts.settings.locale)
    return why.as_data() | {
        "words": parts.wordings[locale].account(why).sentences,
        "ms": round((time.perf_counter() - began) * 1000, 3),
    }


@router.get("/api/escalations")
async def escalations(parts: TheParts, status: Literal["waiting", "closed", "all"] = "waiting") -> dict[str, Any]:
    """Conversations that wait for a person, longest waiting first."""
    found = await parts.store.escalations(status=None if status == "all" else status)
    return {
        "escalations": [
            asdict(escalation) | {"requested_at": escalation.requested_at.isoformat()} for escalation in found
        ]
    }


@router.post("/api/escalations/{escalation_id}/close", status_code=204)
async def close_escalation(escalation_id: str, parts: TheParts) -> None:
    """A person has taken care of it."""
    if not await parts.store.close_escalation(escalation_id):
        raise VisitorError("unknown_escalation", "There is no such waiting escalation.", status=404)

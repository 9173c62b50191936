"""What only the operator may see: matches with their scores, and who waits for a person."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter

from ...errors import VisitorError
from ..parts import OperatorOnly, TheParts
from ..wire import MatchRequest, question_text

router = APIRouter(tags=["operator"], dependencies=[OperatorOnly])


@router.post("/api/match")
async def match(asked: MatchRequest, parts: TheParts) -> dict[str, Any]:
    """What the FAQ has for a question, and what would be done with it; no model, nothing stored."""
    began = time.perf_counter()
    found = await parts.retriever.match(question_text(asked.message), history=asked.history, limit=asked.limit)
    return {
        "matches": [
            {
                "entry_id": match.entry.id,
                "question": match.entry.question,
                "phrasing": match.phrasing,
                "score": match.score,
                "confidence": found.calibration.confidence(match),
            }
            for match in found.matches
        ],
        "decision": {
            "zone": found.decision.zone,
            "entry_id": found.decision.match.entry.id if found.decision.match else None,
            "reason": found.decision.reason,
        },
        "embedder": found.embedder,
        "index_version": found.index_version,
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

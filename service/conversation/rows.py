"""Rows to dataclasses and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .store import Answer, Escalation, Exchange, Feedback, Pick

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[str, Any]


def stored_time(moment: datetime) -> str:
    """UTC with microseconds, so that times sort as text. A time without a zone is refused: it could be any hour."""
    if moment.tzinfo is None:
        raise ValueError("times are stored with their zone; this one has none")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def answer_values(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.text,
        "source": answer.source,
        "end": answer.end,
        "confidence": answer.confidence,
        "score": answer.score,
        "entry_id": answer.entry_id,
        "suggestions": json.dumps(answer.suggestions, ensure_ascii=False),
        "index_version": answer.index_version,
        "embedder": answer.embedder,
        "model": answer.model,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "tokens_estimated": answer.tokens_estimated,
        "offer_agent": answer.offer_agent,
        "first_text_ms": answer.first_text_ms,
        "total_ms": answer.total_ms,
        "error": answer.error,
        "rules": json.dumps(answer.rules),
        "cited": json.dumps(answer.cited, ensure_ascii=False),
        "cost_usd": answer.cost_usd,
        "said_first": answer.said_first,
    }


def exchange_of(row: Row) -> Exchange:
    return Exchange(
        id=row["id"],
        conversation_id=row["conversation_id"],
        question=row["question"],
        locale=row["locale"],
        asked_at=datetime.fromisoformat(row["asked_at"]),
        persona=row["persona"],
        answer=None if row["closed_at"] is None else _answer_of(row),
        feedback=None if row["helpful"] is None else Feedback(bool(row["helpful"]), row["comment"]),
        number=0 if row["closed_at"] is None else row["closed_number"],
        picked=row["picked_exchange_id"] and Pick(row["picked_exchange_id"], row["picked_entry_id"]),
    )


def escalation_of(row: Row) -> Escalation:
    return Escalation(
        id=row["id"],
        conversation_id=row["conversation_id"],
        reason=row["reason"],
        requested_at=datetime.fromisoformat(row["requested_at"]),
        exchange_id=row["exchange_id"],
        status="waiting" if row["closed_at"] is None else "closed",
        summary=row["summary"],
        visitor=row["visitor"],
    )


def _answer_of(row: Row) -> Answer:
    return Answer(
        text=row["answer"],
        source=row["source"],
        end=row["end"],
        confidence=row["confidence"],
        score=row["score"],
        entry_id=row["entry_id"],
        suggestions=tuple((entry_id, question) for entry_id, question in json.loads(row["suggestions"])),
        index_version=row["index_version"],
        embedder=row["embedder"],
        model=row["model"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        tokens_estimated=bool(row["tokens_estimated"]),
        offer_agent=bool(row["offer_agent"]),
        first_text_ms=row["first_text_ms"],
        total_ms=row["total_ms"],
        error=row["error"],
        rules=tuple(json.loads(row["rules"] or "[]")),
        cited=tuple((entry_id, question) for entry_id, question in json.loads(row["cited"] or "[]")),
        cost_usd=row["cost_usd"],
        said_first=row["said_first"],
    )

"""Everything that is said to the database, one function per sentence. Whoever calls holds the connection."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from ..errors import StoreError
from .rows import answer_values, escalation_of, exchange_of, stored_time
from .store import (
    DANGERS,
    Answer,
    CalledOften,
    Escalation,
    Exchange,
    ExchangeFilter,
    Feedback,
    KeyConflict,
    NewExchange,
    NotSuggested,
    Opened,
    Pick,
    Repeated,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

KEY_LIFETIME = timedelta(hours=24)

CALLED_WITHIN = timedelta(hours=24)

SURELY_OVER = timedelta(minutes=2)
"""No answer takes as long: one that is still open then was never closed, because the disk did not let us."""


def open_exchange(db: Database, exchange: NewExchange, now: datetime) -> Opened | Repeated | KeyConflict | NotSuggested:
    if exchange.idempotency_key is None:
        return _begin_exchange(db, exchange, now)
    db.execute("DELETE FROM idempotency_keys WHERE kept_until <= ?", (stored_time(now),))
    scope = _scope(db, exchange.conversation_id)
    used = db.execute(
        "SELECT request_digest, exchange_id FROM idempotency_keys WHERE scope = ? AND key = ?",
        (scope, exchange.idempotency_key),
    ).fetchone()
    if used is None:
        begun = _begin_exchange(db, exchange, now)
        if isinstance(begun, Opened):
            until = stored_time(now + KEY_LIFETIME)
            db.execute(
                """
                INSERT INTO idempotency_keys (scope, key, request_digest, exchange_id, kept_until)
                VALUES (?, ?, ?, ?, ?)
                """,
                (scope, exchange.idempotency_key, exchange.request_digest, exchange.id, until),
            )
        return begun
    digest, exchange_id = used
    if digest != exchange.request_digest:
        return KeyConflict()
    earlier = find_exchange(db, exchange_id)
    assert earlier is not None  # keys are deleted with their exchange
    return Repeated(earlier)


def _begin_exchange(db: Database, exchange: NewExchange, now: datetime) -> Opened | NotSuggested:
    picked = exchange.picked
    if picked and not _was_suggested(db, exchange.conversation_id, picked):
        return NotSuggested()
    db.execute(
        """
        INSERT INTO exchanges (
            id, conversation_id, question, locale, persona, asked_at, opened_at, picked_exchange_id, picked_entry_id
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            exchange.id,
            exchange.conversation_id,
            exchange.question,
            exchange.locale,
            exchange.persona,
            stored_time(exchange.asked_at),
            stored_time(now),
            picked and picked.exchange_id,
            picked and picked.entry_id,
        ),
    )
    return Opened()


def _was_suggested(db: Database, conversation_id: str, picked: Pick) -> bool:
    offer = db.execute(
        """
        SELECT 1 FROM exchanges, json_each(exchanges.suggestions) AS suggestion
        WHERE exchanges.id = ? AND conversation_id = ? AND json_extract(suggestion.value, '$[0]') = ?
        """,
        (picked.exchange_id, conversation_id, picked.entry_id),
    )
    return offer.fetchone() is not None


def _scope(db: Database, conversation_id: str) -> str:
    """Where a key counts: in its conversation; in the whole store for a request that begins one.

    The repeat of a first request cannot name the conversation that the lost reply would have told it.
    """
    begun = db.execute("SELECT 1 FROM exchanges WHERE conversation_id = ? LIMIT 1", (conversation_id,)).fetchone()
    return conversation_id if begun else ""


def close_exchange(
    db: Database, exchange_id: str, answer: Answer, escalation: Escalation | None, calls: int, now: datetime
) -> Escalation | CalledOften | None:
    closed = db.execute(
        """
        UPDATE exchanges SET closed_at = :now,
            closed_number = (SELECT coalesce(max(closed_number), 0) + 1 FROM exchanges),
            "end" = :end, source = :source, answer = :answer,
            confidence = :confidence, score = :score, entry_id = :entry_id, suggestions = :suggestions,
            index_version = :index_version, embedder = :embedder, model = :model,
            input_tokens = :input_tokens, output_tokens = :output_tokens, tokens_estimated = :tokens_estimated,
            offer_agent = :offer_agent, first_text_ms = :first_text_ms, total_ms = :total_ms, error = :error,
            rules = :rules, cited = :cited, cost_usd = :cost_usd, said_first = :said_first
        WHERE id = :id AND closed_at IS NULL
        """,
        {**answer_values(answer), "id": exchange_id, "now": stored_time(now)},
    )
    if closed.rowcount == 0:
        _require_exchange(db, exchange_id)
        return None
    return None if escalation is None else escalate(db, escalation, calls, now)


def reopen_exchange(db: Database, exchange_id: str, now: datetime) -> bool:
    reopened = db.execute(
        """
        UPDATE exchanges SET opened_at = ?, closed_at = NULL, "end" = NULL, source = NULL, answer = NULL,
            confidence = NULL, score = NULL, entry_id = NULL, suggestions = NULL, index_version = NULL,
            embedder = NULL, model = NULL, input_tokens = NULL, output_tokens = NULL, tokens_estimated = NULL,
            offer_agent = NULL, first_text_ms = NULL, total_ms = NULL, error = NULL,
            rules = NULL, cited = NULL, cost_usd = NULL, said_first = NULL, helpful = NULL, comment = NULL
        WHERE id = ? AND CASE WHEN closed_at IS NULL THEN opened_at < ? ELSE "end" NOT IN ('complete', 'cut') END
        """,
        (stored_time(now), exchange_id, stored_time(now - SURELY_OVER)),
    )
    if reopened.rowcount == 0:
        _require_exchange(db, exchange_id)
    return reopened.rowcount == 1


def close_left_open(db: Database, *, opened_before: datetime | None, now: datetime) -> None:
    """End as `restarted` what a process that is gone has left open; with a bound, only what is older."""
    left = db.execute(
        """
        SELECT number FROM exchanges WHERE closed_at IS NULL AND (:before IS NULL OR opened_at < :before)
        ORDER BY opened_at
        """,
        {"before": None if opened_before is None else stored_time(opened_before)},
    ).fetchall()
    for (number,) in left:
        db.execute(
            """
            UPDATE exchanges SET closed_at = ?,
                closed_number = (SELECT coalesce(max(closed_number), 0) + 1 FROM exchanges),
                "end" = 'restarted', answer = '', suggestions = '[]'
            WHERE number = ?
            """,
            (stored_time(now), number),
        )


def give_feedback(db: Database, exchange_id: str, feedback: Feedback) -> None:
    kept = db.execute(
        "UPDATE exchanges SET helpful = ?, comment = ? WHERE id = ?",
        (feedback.helpful, feedback.comment, exchange_id),
    )
    if kept.rowcount == 0:
        _require_exchange(db, exchange_id)


def escalate(db: Database, escalation: Escalation, calls: int, now: datetime) -> Escalation | CalledOften:
    """`calls` is how many escalations one visitor may raise in 24 hours, ten times as many in danger."""
    if kept := _kept(db, escalation):
        return kept
    allowed = calls * 10 if escalation.reason in DANGERS else calls
    if escalation.visitor and called_often(db, escalation.visitor, allowed, now):
        return CalledOften()
    db.execute(
        """
        INSERT INTO escalations (id, conversation_id, exchange_id, reason, requested_at, visitor)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        (
            escalation.id,
            escalation.conversation_id,
            escalation.exchange_id,
            escalation.reason,
            stored_time(escalation.requested_at),
            escalation.visitor,
        ),
    )
    return escalation


def _kept(db: Database, escalation: Escalation) -> Escalation | None:
    """The one that waits already, or the same request after it was handled."""
    kept = db.query(
        """
        SELECT * FROM escalations WHERE (conversation_id = :conversation_id AND closed_at IS NULL) OR id = :id
        ORDER BY closed_at IS NOT NULL LIMIT 1
        """,
        {"conversation_id": escalation.conversation_id, "id": escalation.id},
    )
    return next((escalation_of(row) for row in kept), None)


def called_often(db: Database, visitor: str, calls: int, now: datetime) -> bool:
    [(called,)] = db.execute(
        "SELECT count(*) FROM escalations WHERE visitor = ? AND requested_at > ?",
        (visitor, stored_time(now - CALLED_WITHIN)),
    ).fetchall()
    return int(called) >= calls


def summarise(db: Database, escalation_id: str, summary: str) -> None:
    db.execute("UPDATE escalations SET summary = ? WHERE id = ?", (summary, escalation_id))


def close_escalation(db: Database, escalation_id: str, now: datetime) -> bool:
    closed = db.execute(
        "UPDATE escalations SET closed_at = ? WHERE id = ? AND closed_at IS NULL", (stored_time(now), escalation_id)
    )
    return closed.rowcount == 1


def prove_writable(db: Database, now: datetime) -> None:
    """A transaction without a change would touch no disk and prove nothing."""
    db.execute(
        """
        INSERT INTO health (id, checked_at) VALUES (1, ?)
        ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at
        """,
        (stored_time(now),),
    )


def find_exchange(db: Database, exchange_id: str) -> Exchange | None:
    found = [exchange_of(row) for row in db.query("SELECT * FROM exchanges WHERE id = ?", (exchange_id,))]
    return found[0] if found else None


def conversation(db: Database, conversation_id: str, limit: int) -> list[Exchange]:
    newest_first = db.query(
        "SELECT * FROM exchanges WHERE conversation_id = ? ORDER BY number DESC LIMIT ?", (conversation_id, limit)
    )
    return [exchange_of(row) for row in newest_first][::-1]


def recent(db: Database, conversation_id: str, limit: int) -> list[Exchange]:
    newest_first = db.query(
        """
        SELECT * FROM exchanges WHERE conversation_id = ? AND closed_at IS NOT NULL
        ORDER BY number DESC LIMIT ?
        """,
        (conversation_id, limit),
    )
    return [exchange_of(row) for row in newest_first][::-1]


_LISTED = """
    SELECT * FROM exchanges
    WHERE closed_number > :after
        AND (:sources = '[]' OR source IN (SELECT value FROM json_each(:sources)))
        AND (:lowest IS NULL OR confidence >= :lowest)
        AND (:highest IS NULL OR confidence <= :highest)
"""
_NEWEST = f"{_LISTED} ORDER BY closed_number DESC LIMIT :limit"
_NEXT = f"{_LISTED} ORDER BY closed_number LIMIT :limit"


def exchanges(db: Database, chosen: ExchangeFilter, limit: int) -> list[Exchange]:
    following = chosen.after_number is not None
    rows = db.query(
        _NEXT if following else _NEWEST,
        {
            "after": chosen.after_number if following else 0,
            "sources": json.dumps(sorted(chosen.sources)),
            "lowest": chosen.min_confidence,
            "highest": chosen.max_confidence,
            "limit": limit,
        },
    )
    found = [exchange_of(row) for row in rows]
    return found if following else found[::-1]


def waiting_escalation(db: Database, conversation_id: str) -> Escalation | None:
    rows = db.query(
        "SELECT * FROM escalations WHERE conversation_id = ? AND closed_at IS NULL",
        (conversation_id,),
    )
    found = [escalation_of(row) for row in rows]
    return found[0] if found else None


def escalations(db: Database, status: Literal["waiting", "closed"] | None) -> list[Escalation]:
    rows = db.query(
        """
        SELECT * FROM escalations WHERE :status IS NULL OR (closed_at IS NULL) = (:status = 'waiting')
        ORDER BY requested_at, rowid
        """,
        {"status": status},
    )
    return [escalation_of(row) for row in rows]


def _require_exchange(db: Database, exchange_id: str) -> None:
    if find_exchange(db, exchange_id) is None:
        raise StoreError(f"exchange {exchange_id} is unknown; open it first")

"""Exchanges and escalations to store, and a clock that stands still."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from service.conversation.store import Answer, Escalation, NewExchange, Store

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WHOLE = Answer(
    text="수령 후 **7일** 이내에\n반품하실 수 있어요. 🙂",
    source="faq",
    end="complete",
    confidence=0.93,
    score=0.81,
    entry_id="refund-period",
    suggestions=(("refund-fee", "반품 배송비는요?"), ("exchange", "교환도 되나요?")),
    index_version="2026-11-20-a",
    embedder="offline-1",
    model="small-1",
    input_tokens=120,
    output_tokens=34,
    tokens_estimated=True,
    offer_agent=True,
    first_text_ms=1.5,
    total_ms=2.25,
    error="upstream_unavailable",
    rules=("promise",),
    cited=(("refund-fee", "반품 배송비는요?"),),
    cost_usd=0.00012,
    said_first="마음이 많이 상하셨겠어요.",
)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def asked(exchange_id: str, conversation_id: str = "c1", **changes: Any) -> NewExchange:
    exchange = NewExchange(exchange_id, conversation_id, "반품은 어떻게 하나요?", "ko", NOON)
    return replace(exchange, **changes)


def waiting(escalation_id: str, conversation_id: str = "c1", **changes: Any) -> Escalation:
    return replace(Escalation(escalation_id, conversation_id, "visitor asked", NOON), **changes)


async def ask_and_answer(store: Store, exchange_id: str, conversation_id: str = "c1", **answer: Any) -> None:
    await store.open_exchange(asked(exchange_id, conversation_id))
    await store.close_exchange(exchange_id, replace(WHOLE, **answer))

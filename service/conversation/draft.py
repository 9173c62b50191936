"""A question, and its answer while that takes shape."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..generation.completion import Bill
from ..generation.message import Turn
from ..generation.tokens import Usage, estimate_tokens
from .events import Meta, Suggestion
from .store import Answer, NewExchange

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from datetime import datetime

    from ..generation.completion import Ending
    from ..knowledge.entry import FaqEntry
    from ..retrieval.retriever import Retrieval
    from .events import Source
    from .messages import Locale
    from .reaction import Reaction
    from .store import End, Exchange, Pick

SUGGESTIONS = 3
"""Near questions shown at most: more are not read, and the right one is rarely further down."""


CALLED_BY_MODEL = "model: "
"""How the reason of an escalation begins when a model called a person; behind it stands why."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `key` is a keyed digest of their network or of `user_id`: the same visitor has the same one, and nobody
    can tell whose it is. `user_id` is set only where the shop has signed who it is.
    """

    key: str
    user_id: str | None = None

    @property
    def owner(self) -> str | None:
        """To whom alone a conversation belongs; None for somebody who cannot be told from others in their network."""
        return self.key if self.user_id else None


@dataclass(frozen=True, slots=True)
class Question:
    """What a visitor asked; with `picked`, a suggestion they chose, whose question is then `text`.

    `is_new` is true where the conversation begins with it; `recorded` is false where it could not be stored. `told` are
    earlier turns, oldest first, where the client keeps the conversation itself: they take the place of what is stored.
    `request_id` names the request it came with, in the client, in our log and in the provider's.
    """

    exchange_id: str
    conversation_id: str
    text: str
    locale: Locale
    is_new: bool
    persona: str | None = None
    idempotency_key: str | None = None
    request_digest: str | None = None
    recorded: bool = True
    picked: Pick | None = None
    visitor: Visitor | None = None
    told: tuple[Turn, ...] = ()
    request_id: str | None = None

    def as_new_exchange(self, *, asked_at: datetime) -> NewExchange:
        return NewExchange(
            id=self.exchange_id,
            conversation_id=self.conversation_id,
            question=self.text,
            locale=self.locale,
            asked_at=asked_at,
            persona=self.persona,
            idempotency_key=self.idempotency_key,
            request_digest=self.request_digest,
            picked=self.picked,
        )


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of the conversation before the question. `waiting`: a person was called already."""

    exchanges: Sequence[Exchange] = ()
    waiting: bool = False
    told: tuple[Turn, ...] = ()

    @property
    def questions(self) -> list[str]:
        return [turn.question for turn in self.told] or [exchange.question for exchange in self.exchanges]

    @property
    def turns(self) -> list[Turn]:
        return list(self.told) or [
            Turn(exchange.question, exchange.answer.text) for exchange in self.exchanges if exchange.answer
        ]


@dataclass(slots=True)
class Draft:
    """What is shown so far, and everything that explains it later.

    It counts as abandoned until somebody knows better: a closed tab never tells. `said_first` comes before the answer
    and is none of it. `calls_for` is why a person is to be called with it, `in_doubt` what a model may still say no
    to; `escalated` is true once a person is called and that is on disk.
    """

    question: Question
    known: Background = field(default_factory=Background)
    source: Source = "suggest"
    end: End = "abandoned"
    confidence: float | None = None
    score: float | None = None
    entry_id: str | None = None
    entry_question: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    index_version: str | None = None
    embedder: str | None = None
    model: str | None = None
    ending: Ending | None = None
    bill: Bill = field(default_factory=Bill)
    prompt_tokens: int = 0
    offer_agent: bool = False
    error: str | None = None
    rules: tuple[str, ...] = ()
    cited: tuple[Suggestion, ...] = ()
    said_first: str | None = None
    calls_for: str | None = None
    in_doubt: Reaction | None = None
    escalated: bool = False
    closing: asyncio.Future[None] | None = None
    pieces: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _first_text_ms: float | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def called_by_model(self) -> bool:
        return self.calls_for is not None and self.calls_for.startswith(CALLED_BY_MODEL)

    @property
    def locale(self) -> Locale:
        return self.question.locale

    def matched(self, retrieval: Retrieval) -> None:
        """Remember what was found, and by which index. An entry that answers is not suggested beside itself."""
        decision = retrieval.decision
        self.index_version = retrieval.index_version
        self.embedder = retrieval.embedder
        self.confidence = decision.confidence
        answering = decision.match if decision.zone == "answer" else None
        best = answering or next(iter(retrieval.matches), None)
        if best:
            self.score, self.entry_id, self.entry_question = best.score, best.entry.id, best.entry.question
        near = [match.entry for match in retrieval.near if match is not answering]
        self.suggestions = tuple(Suggestion(entry.id, entry.question) for entry in near[:SUGGESTIONS])

    def chosen(self, entry: FaqEntry, *, index_version: str) -> None:
        """Remember that the visitor named the entry. Nothing was matched, and nobody knows better than they do."""
        self.index_version = index_version
        self.confidence = 1.0
        self.entry_id, self.entry_question = entry.id, entry.question

    def add(self, text: str) -> None:
        if self._first_text_ms is None:
            self._first_text_ms = self._elapsed_ms()
        self.pieces.append(text)

    def meta(self) -> Meta:
        answers = self.source == "faq"  # the log also keeps an entry that was merely near
        return Meta(
            self.question.exchange_id,
            self.question.conversation_id,
            self.source,
            self.entry_id if answers else None,
            self.entry_question if answers else None,
            self.confidence,
            self.suggestions,
            self.index_version,
            self.said_first,
        )

    @property
    def usage(self) -> Usage | None:
        """What it took, as charged, of all completions together; None where no model was asked."""
        if self.bill.calls:
            return Usage(self.bill.input_tokens, self.bill.output_tokens, estimated=self.bill.estimated)
        return self.ending.usage if self.ending else None

    @property
    def cost_usd(self) -> float | None:
        """None where no model was asked, or one whose price is not known."""
        return self.bill.cost_usd if self.bill.calls or self.ending is None else self.ending.cost_usd

    def answer(self) -> Answer:
        usage = self.usage or self._estimated_usage()
        return Answer(
            text=self.text,
            source=self.source,
            end=self.end,
            confidence=self.confidence,
            score=self.score,
            entry_id=self.entry_id,
            suggestions=tuple((near.entry_id, near.question) for near in self.suggestions),
            index_version=self.index_version,
            embedder=self.embedder,
            model=self.model,
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
            tokens_estimated=bool(usage and usage.estimated),
            offer_agent=self.offer_agent,
            first_text_ms=self._first_text_ms,
            total_ms=self._elapsed_ms(),
            error=self.error,
            rules=self.rules,
            cited=tuple((entry.entry_id, entry.question) for entry in self.cited),
            cost_usd=self.cost_usd,
            said_first=self.said_first,
        )

    def _estimated_usage(self) -> Usage | None:
        """An answer that broke off was paid for all the same."""
        if self.source != "model":
            return None
        return Usage(self.prompt_tokens, estimate_tokens(self.text), estimated=True)

    def _elapsed_ms(self) -> float:
        return round((time.monotonic() - self._began) * 1000, 3)

"""What Ondap remembers, in the words of the domain; `sqlite.py` is the embedded way to keep it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - dataclass fields are read at run time
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..generation.money.ledger import Ledger
    from .events import Source

End = Literal["complete", "cut", "interrupted", "abandoned", "restarted", "failed"]
"""How an exchange ended.

`complete`: whole. `cut`: the provider's length limit. `interrupted`: the provider stopped half-way.
`abandoned`: the visitor went away. `restarted`: the service stopped. `failed`: no answer at all.
"""


DANGERS = frozenset({"concern:safety", "concern:self_harm"})
"""Reasons of escalations that are not refused for being many: whoever shares an address may be in danger too."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A suggestion that a visitor chose instead of writing: the entry, and the earlier exchange that suggested it."""

    exchange_id: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class NewExchange:
    """A visitor's question as it arrives; `request_digest` is the sha256 of the request an idempotency key names."""

    id: str
    conversation_id: str
    question: str
    locale: str
    asked_at: datetime
    persona: str | None = None
    idempotency_key: str | None = None
    request_digest: str | None = None
    picked: Pick | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was shown, and everything needed to explain it later. Times are milliseconds since the question.

    `source` is None where the service stopped before there was one. `rules` are those of the guard that held something
    back, `cited` the entries a completion used as `(entry_id, question)`, `cost_usd` what it cost, None where no model
    was asked or its price is not known. `said_first` was shown in front of the answer and is none of it.
    """

    text: str
    source: Source | None
    end: End
    confidence: float | None = None
    score: float | None = None
    entry_id: str | None = None
    suggestions: tuple[tuple[str, str], ...] = ()
    index_version: str | None = None
    embedder: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    tokens_estimated: bool = False
    offer_agent: bool = False
    first_text_ms: float | None = None
    total_ms: float | None = None
    error: str | None = None
    rules: tuple[str, ...] = ()
    cited: tuple[tuple[str, str], ...] = ()
    cost_usd: float | None = None
    said_first: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A stored question with its answer; `answer` is None while the exchange is open.

    `number` counts exchanges in the order they ended; 0 while the exchange is open.
    """

    id: str
    conversation_id: str
    question: str
    locale: str
    asked_at: datetime
    persona: str | None
    answer: Answer | None
    feedback: Feedback | None = None
    number: int = 0
    picked: Pick | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """A visitor's thumb, with a reason in their own words when they gave one."""

    helpful: bool
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """A conversation that waits for a person.

    `visitor` is `Visitor.key`, where it is known. `summary` are three lines for whoever takes over; None until they
    are written.
    """

    id: str
    conversation_id: str
    reason: str
    requested_at: datetime
    exchange_id: str | None = None
    status: Literal["waiting", "closed"] = "waiting"
    summary: str | None = None
    visitor: str | None = None


@dataclass(frozen=True, slots=True)
class CalledOften:
    """The visitor has called a person as often in a day as one may: nothing was added to the queue."""


@dataclass(frozen=True, slots=True)
class CalledTool:
    """A tool that a model had called. `arguments` are the model's own words, masked; `status` is HTTP's, if any."""

    name: str
    arguments: str
    ok: bool
    ms: float
    at: datetime
    status: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A new exchange is on disk."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """The idempotency key was used before for the same request; `exchange.answer` is None while that one runs."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class KeyConflict:
    """The idempotency key was used before for another request."""


@dataclass(frozen=True, slots=True)
class NotSuggested:
    """The picked entry is not among the suggestions of that exchange, or the exchange is not this conversation's."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words that visitors say mean an entry, and how often they said so.

    `picked`: they asked in these words and chose the entry from the suggestions. `helpful`: the entry answered these
    words and got a thumb up. `question` is as the last of them wrote it; the entry may have left the FAQ since.
    """

    question: str
    entry_id: str
    kind: Literal["picked", "helpful"]
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ExchangeFilter:
    """Which exchanges to list. Empty means all; confidences are inclusive bounds in [0, 1].

    With `after_number` those that ended after the exchange of that number.
    """

    sources: frozenset[str] = field(default_factory=frozenset)
    min_confidence: float | None = None
    max_confidence: float | None = None
    after_number: int | None = None


class Store(Protocol):
    """Conversations that survive. A method that has returned has its write on disk.

    Every method raises `StoreBusy` when the database is locked, full or read-only for now,
    and `StoreRefused` when it is damaged or was replaced.
    """

    @property
    def ledger(self) -> Ledger:
        """What completions cost, kept in the same place."""

    async def open_exchange(self, exchange: NewExchange) -> Opened | Repeated | KeyConflict | NotSuggested:
        """Keep the visitor's words, before anything else happens. A pick of what was not suggested is not kept."""

    async def reopen_exchange(self, exchange_id: str) -> bool:
        """Forget an answer that did not come to its end, so that the same question is answered anew.

        So is one that was left open for minutes. False when it did come to its end, or somebody else was first.
        """

    async def close_exchange(
        self, exchange_id: str, answer: Answer, *, escalation: Escalation | None = None
    ) -> Escalation | CalledOften | None:
        """Keep the answer, and in the same transaction the escalation it raised, if any. Returns what `escalate` does.

        A conversation has at most one waiting escalation; a second one keeps the first.
        Closing an exchange that is already closed changes nothing.
        """

    async def keep_tool_call(self, exchange_id: str, call: CalledTool) -> None:
        """Keep that a tool was called; it was, also when the answer is given anew later."""

    async def tool_calls(self, exchange_ids: Sequence[str]) -> Mapping[str, Sequence[CalledTool]]:
        """The calls of each of these exchanges that had any, in the order they were made."""

    async def exchange(self, exchange_id: str) -> Exchange | None: ...

    async def conversation(self, conversation_id: str, *, limit: int = 50) -> Sequence[Exchange]:
        """The last `limit` exchanges of a conversation, oldest first; empty when it is unknown."""

    async def recent(self, conversation_id: str, *, limit: int) -> Sequence[Exchange]:
        """The last `limit` closed exchanges of a conversation, oldest first."""

    async def exchanges(self, chosen: ExchangeFilter, *, limit: int) -> Sequence[Exchange]:
        """Exchanges that have ended and fit, in the order they ended: the last `limit`, or the next after a number."""

    async def labels(self, *, since: datetime | None = None) -> Sequence[Label]:
        """What visitors have said about which words mean which entry, the most frequent first, then the newest.

        One exchange is one label however often its suggestions are pressed: the last press counts, unless its answer
        got a thumb down, or the exchange itself had an answer from the FAQ that got a thumb up. `since` is inclusive.
        """

    async def give_feedback(self, exchange_id: str, feedback: Feedback) -> None:
        """The visitor's thumb for an answer; a later one replaces it."""

    async def escalate(self, escalation: Escalation) -> Escalation | CalledOften:
        """Put the conversation in the queue for a person; returns the one already waiting when there is one.

        `CalledOften` where its visitor has called as often in the last 24 hours as one may, and nothing was kept.
        """

    async def called_often(self, visitor: str) -> bool:
        """Whether a further escalation of this visitor would be `CalledOften`."""

    async def summarise(self, escalation_id: str, summary: str) -> None:
        """Keep what the person who takes over reads first; a later one replaces it. An unknown id changes nothing."""

    async def waiting_escalation(self, conversation_id: str) -> Escalation | None: ...

    async def escalations(self, *, status: Literal["waiting", "closed"] | None = "waiting") -> Sequence[Escalation]:
        """Escalations, longest waiting first."""

    async def close_escalation(self, escalation_id: str) -> bool:
        """Mark it handled; False when it is unknown or already closed."""

    async def check(self) -> None:
        """Return when a write would succeed now; raise as every method does otherwise."""

    async def close(self) -> None: ...

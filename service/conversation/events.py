"""What an exchange says while it happens: `Meta`, then `Delta` or `Block`, then one `Done` or `Failed`.

This is the contract with every client. HTTP spells these events as JSON or SSE and adds nothing to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from ..generation.tokens import Usage
    from ..knowledge.markup import Node

Source = Literal["faq", "model", "suggest", "agent"]
"""Where an answer comes from: stored words, a completion, near questions only, or a person."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A near entry, offered as a question to pick."""

    entry_id: str
    question: str


@dataclass(frozen=True, slots=True)
class Meta:
    """Opens every answer. `confidence` is in [0, 1], or None where nothing was matched.

    `entry_question` is the question of the entry that answers, the title of the source that is shown. `said_first` is a
    sentence in front of the answer, for clients that show text alone; in nodes it comes as a `Block`.
    """

    exchange_id: str
    conversation_id: str
    source: Source
    entry_id: str | None
    entry_question: str | None
    confidence: float | None
    suggestions: tuple[Suggestion, ...]
    index_version: str | None
    said_first: str | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of a completion, as plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A finished part of the answer as plain data, never HTML."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The honest end. `complete` is false when the answer was cut and says so itself. `cited` are the entries that a
    completion used. `said_first` stands in front of the answer and is none of it; `nodes` begin with it.
    """

    complete: bool
    answer: str
    nodes: tuple[Node, ...]
    usage: Usage | None = None
    offer_agent: bool = False
    escalated: bool = False
    cited: tuple[Suggestion, ...] = ()
    said_first: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The other honest end. `message` is in the visitor's language and safe to show."""

    code: str
    message: str
    retryable: bool


Event: TypeAlias = Meta | Delta | Block | Done | Failed

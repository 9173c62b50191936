"""What a model is told beside its orders and the question, as far as there is room. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..fence import fenced, visible
from ..message import Message
from ..tokens import estimate_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..message import Turn

MESSAGE_TOKENS = 4
"""What a chat template puts around each message."""


@dataclass(frozen=True, slots=True)
class Told:
    """What fits. `facts` best first, `turns` oldest first."""

    facts: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    summary: str | None = None


class Room:
    """Tokens that are left."""

    def __init__(self, tokens: int) -> None:
        self.left = tokens

    def take(self, cost: int, *others: Room) -> bool:
        """Whether it fits here and in the others; if so it is taken in all of them."""
        rooms = (self, *others)
        if any(cost > room.left for room in rooms):
            return False
        for room in rooms:
            room.left -= cost
        return True


def fit(
    facts: Sequence[str],
    turns: Sequence[Turn],
    summary: str | None,
    *,
    room: int,
    facts_tokens: int,
    history_tokens: int,
) -> Told:
    """In this order, until `room` is full: the best fact, the newest turn, further facts, the summary, older turns.

    Facts are left out one by one where they do not fit, and what comes later may still; turns from the oldest on, so
    that no gap is between them.
    """
    whole, for_facts, for_history = Room(room), Room(facts_tokens), Room(history_tokens)
    newest_first = list(reversed(turns))
    best = [fact for fact in facts[:1] if whole.take(cost_of_fact(fact), for_facts)]
    kept = _unbroken(newest_first[:1], whole, for_history)
    further = [fact for fact in facts[1:] if whole.take(cost_of_fact(fact), for_facts)]
    if summary is not None and not whole.take(estimate_tokens(fenced({"summary": summary})) + 1):
        summary = None
    if kept:
        kept += _unbroken(newest_first[1:], whole, for_history)
    return Told((*best, *further), tuple(reversed(kept)), summary)


def cost_of(messages: Iterable[Message]) -> int:
    return sum(estimate_tokens(message.content) + MESSAGE_TOKENS for message in messages)


def cost_of_fact(fact: str) -> int:
    return estimate_tokens(visible(fact)) + 1  # the empty line before it


def messages_of(turn: Turn) -> tuple[Message, Message]:
    """A turn as a model is told it: what a visitor wrote is fenced, what was answered stands as it was shown."""
    return Message("user", fenced({"question": turn.question})), Message("assistant", turn.answer)


def _unbroken(newest_first: Sequence[Turn], *rooms: Room) -> list[Turn]:
    kept = []
    for turn in newest_first:
        if not rooms[0].take(cost_of(messages_of(turn)), *rooms[1:]):
            break
        kept.append(turn)
    return kept

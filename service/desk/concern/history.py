"""What the conversation itself tells: that the visitor asks again, puts thumbs down, and gets no answer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from .reading import solid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...conversation.draft import Background
    from ...conversation.store import Exchange

SAME: Final = 0.8
"""The share of letter pairs in common from which two messages ask the same."""
SHORTEST: Final = 4
"""Letters below which a message is too little to be asked again: "네", "ok"."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """`what` is `asked_again`, `thumbs_down` or `unanswered`; `weight` in [0, 1] how certain it makes a concern."""

    what: str
    weight: float


def trouble_in(message: str, history: Background) -> list[Trouble]:
    asked = solid(message)
    found = []
    again = 0 if len(asked) < SHORTEST else sum(_same(asked, solid(each)) for each in _answered(history))
    if again:
        found.append(Trouble("asked_again", 0.55 if again == 1 else 0.85))
    down = sum(1 for each in history.exchanges if each.feedback and not each.feedback.helpful)
    if down:
        found.append(Trouble("thumbs_down", 0.3 if down == 1 else 0.7))
    unanswered = sum(1 for _ in takewhile(_was_not_answered, reversed(history.exchanges)))
    if unanswered >= 2:
        found.append(Trouble("unanswered", 0.3 if unanswered == 2 else 0.65))
    return found


def _answered(history: Background) -> Sequence[str]:
    """Questions that got an answer; what a client keeps by itself always has one."""
    if history.told:
        return [turn.question for turn in history.told if turn.answer]
    return [
        exchange.question
        for exchange in history.exchanges
        if exchange.answer and exchange.answer.end == "complete" and exchange.picked is None
    ]


def _was_not_answered(exchange: Exchange) -> bool:
    return exchange.answer is not None and (
        exchange.answer.source == "suggest" or exchange.answer.end in {"failed", "interrupted"}
    )


def _same(one: str, other: str) -> bool:
    """By the pairs of letters they share (Dice): linear, and blind to spaces and the odd slip."""
    if one == other:
        return True
    pairs, others = _pairs(one), _pairs(other)
    return bool(pairs and others) and 2 * len(pairs & others) / (len(pairs) + len(others)) >= SAME


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}

"""Who speaks when a model speaks: a template, and everything the model is told before it answers."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from ...errors import PersonaError
from ..fence import fenced
from ..message import Message
from ..tokens import estimate_tokens
from .prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ...knowledge.entry import FaqEntry
    from ..message import Turn

Locale: TypeAlias = Literal["ko", "en"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
FACT_TOKENS = 1_500
HISTORY_TOKENS = 1_500


class Persona:
    """A template that renders, whatever it is asked in."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        for locale in get_args(Locale):
            self._system(locale, shop=None)

    @classmethod
    def load(cls, name: str, folder: Path) -> Persona:
        """Read `<name>.j2`. Raises `PersonaError` when it is missing or cannot be rendered."""
        if not NAME.fullmatch(name):
            raise PersonaError("A persona's name has only letters, digits, '_' and '-'.")
        return cls(Prompt.load(name, folder, called="Persona"))

    def messages(
        self,
        question: str,
        *,
        locale: Locale,
        entries: Sequence[FaqEntry],
        history: Sequence[Turn],
        shop: str | None = None,
    ) -> list[Message]:
        """What to send: the persona, the newest turns that fit, then the facts and the question.

        `entries` are best first and `history` oldest first; both are cut to about 1,500 tokens, entries and turns
        whole. Facts and questions are fenced data in the user's role, never in the system's. They share the last
        message because many chat templates refuse two messages of one role in a row.
        """
        facts = "\n\n".join(_within(FACT_TOKENS, map(_fact, entries))) or "-"
        return [
            Message("system", self._system(locale, shop=shop)),
            *_told(history),
            Message("user", fenced({"facts": facts, "question": question})),
        ]

    def _system(self, locale: Locale, *, shop: str | None) -> str:
        return self._prompt.render(locale=locale, shop=shop)


def _fact(entry: FaqEntry) -> str:
    links = (f"- {link.title}: {link.url}" for link in entry.links)
    return "\n".join((f"Q: {entry.question}", f"A: {entry.answer}", *links))


def _told(history: Sequence[Turn]) -> list[Message]:
    answered = [turn for turn in history if turn.answer.strip()]
    costs = accumulate(estimate_tokens(turn.question + turn.answer) for turn in reversed(answered))
    kept = sum(cost <= HISTORY_TOKENS for cost in costs)
    return [message for turn in answered[len(answered) - kept :] for message in _turn(turn)]


def _turn(turn: Turn) -> tuple[Message, Message]:
    return Message("user", fenced({"question": turn.question})), Message("assistant", turn.answer)


def _within(tokens: int, texts: Iterator[str]) -> Iterator[str]:
    """The texts in order, leaving out each that does not fit any more."""
    for text in texts:
        cost = estimate_tokens(text)
        if cost <= tokens:
            tokens -= cost
            yield text

"""Who speaks when a model speaks: what a persona's file declares, its prompt, and what a model is told beside them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import PersonaError
from ..completion import CompletionRequest
from ..fence import fenced
from ..message import Message
from .declared import Declared, read_declared
from .fitting import Room, cost_of, fit, messages_of
from .prompt import Prompt
from .reader import LOCALES
from .rules import Locale, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...knowledge.entry import FaqEntry
    from ..completion import Sampling
    from ..message import Turn
    from ..policy import Policy
    from ..schema import Schema

__all__ = ["Locale", "Persona"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
CONTEXT_TOKENS = 8_192
ANSWER_TOKENS = 600
VARIABLES = frozenset({"locale", "shop", "tone", "sentences", "rules", "hand_over", "safe_sentence", "schema"})
"""What a prompt may use. None of it was written by a visitor or stands in the FAQ."""


class Persona:
    """A prompt that renders, whatever it is asked in, and the rules that go with it."""

    def __init__(
        self,
        name: str,
        prompt: Prompt,
        declared: Declared | None = None,
        *,
        shop: str | None = None,
        context_tokens: int = CONTEXT_TOKENS,
        answer_tokens: int = ANSWER_TOKENS,
    ) -> None:
        self.name = name
        self.prompt = prompt
        self.declared = declared or Declared()
        self._shop = shop
        self.context_tokens = context_tokens
        self.answer_tokens = self.declared.sampling.max_tokens or answer_tokens
        """How long an answer may get; so much of the window is kept free for it."""
        self._systems = {locale: self._rendered(locale, shop) for locale in LOCALES}

    @classmethod
    def load(
        cls,
        name: str,
        folder: Path,
        *,
        shop: str | None = None,
        context_tokens: int = CONTEXT_TOKENS,
        answer_tokens: int = ANSWER_TOKENS,
    ) -> Persona:
        """Read `<name>.j2`. Raises `PersonaError` when it is missing, declares nonsense or cannot be rendered.

        `context_tokens` is the model's window, `answer_tokens` the longest answer where the file names none.
        """
        if not NAME.fullmatch(name):
            raise PersonaError("A persona's name has only letters, digits, '_' and '-'.")
        prompt = Prompt.load(name, folder, called="Persona")
        declared = read_declared(prompt.declared, Path(prompt.file))
        return cls(name, prompt, declared, shop=shop, context_tokens=context_tokens, answer_tokens=answer_tokens)

    @property
    def policy(self) -> Policy:
        """What it may not say; the guard holds it."""
        return self.declared.policy

    @property
    def sampling(self) -> Sampling:
        """How its model is to choose its words, where the file says so."""
        return self.declared.sampling

    @property
    def schema(self) -> Schema | None:
        """What its whole answer must fit; None where it answers in words."""
        return self.declared.response

    @property
    def model(self) -> str | None:
        """The model it wants to speak with; None for the one that is configured."""
        return self.declared.model

    @property
    def response_format(self) -> Mapping[str, Any] | None:
        """The schema as the wire format has it."""
        if self.schema is None:
            return None
        return {"type": "json_schema", "json_schema": {"name": self.name, "strict": True, "schema": self.schema.data}}

    def greeting(self, locale: Locale) -> str | None:
        """What a visitor reads first; None where the file has none in this language."""
        return self.declared.greeting.get(locale)

    def called(self, locale: Locale) -> str:
        """Its name for people; the file's name where it has none in this language."""
        return self.declared.name.get(locale) or self.name

    def request(
        self,
        question: str,
        *,
        locale: Locale,
        entries: Sequence[FaqEntry],
        history: Sequence[Turn],
        shop: str | None = None,
        summary: str | None = None,
        request_id: str | None = None,
        visitor: str | None = None,
    ) -> CompletionRequest:
        """What to ask a model. See `messages` for what is told of entries, history and `summary`."""
        return CompletionRequest(
            self.messages(question, locale=locale, entries=entries, history=history, shop=shop, summary=summary),
            sampling=self.sampling,
            response_format=self.response_format,
            request_id=request_id,
            visitor=visitor,
            model=self.model,
        )

    def messages(
        self,
        question: str,
        *,
        locale: Locale,
        entries: Sequence[FaqEntry],
        history: Sequence[Turn],
        shop: str | None = None,
        summary: str | None = None,
    ) -> list[Message]:
        """What to send: the prompt, examples, the newest turns that fit, then the facts and the question.

        `entries` are best first and `history` oldest first; `summary` is of what was said before them. Facts and
        questions are fenced data in the user's role, never in the system's. They share the last message because many
        chat templates refuse two messages of one role in a row.
        All of it and the longest answer fit into the window: what gives way first are older turns, then the summary,
        then facts beyond the best, then the newest turn, then the best fact, then examples. The prompt and the
        question are never cut.
        """
        locale = self._spoken(locale)
        system = Message("system", self._system(locale, shop))
        room = self.context_tokens - self.answer_tokens - cost_of([system, _last(question)])
        examples = self._examples(locale)
        if cost_of(examples) > room:
            examples = []
        told = fit(
            [_fact(entry) for entry in entries],
            _answered(history),
            summary,
            room=room - cost_of(examples),
            facts_tokens=self.declared.facts_tokens,
            history_tokens=self.declared.history_tokens,
        )
        turns = [message for turn in told.turns for message in messages_of(turn)]
        return [system, *examples, *turns, _last(question, told.facts, told.summary)]

    def older(self, history: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns that are too many tokens to be told as they are: what a summary would be of.

        None where the persona is not to summarise.
        """
        if not self.declared.summarise:
            return ()
        turns, room = _answered(history), Room(self.declared.history_tokens)
        kept = 0
        while kept < len(turns) and room.take(cost_of(messages_of(turns[-1 - kept]))):
            kept += 1
        return tuple(turns[: len(turns) - kept])

    def _spoken(self, locale: Locale) -> Locale:
        languages = self.declared.languages
        return locale if locale in languages else languages[0]

    def _examples(self, locale: Locale) -> list[Message]:
        shown = [example for example in self.declared.examples if example.locale in (None, locale)]
        return [
            message
            for example in shown
            for message in (
                _last(example.question, (example.facts,) if example.facts else ()),
                Message("assistant", example.answer),
            )
        ]

    def _system(self, locale: Locale, shop: str | None) -> str:
        return self._systems[locale] if shop in (None, self._shop) else self._rendered(locale, shop)

    def _rendered(self, locale: Locale, shop: str | None) -> str:
        declared = self.declared
        return self.prompt.render(
            locale=locale,
            shop=shop,
            tone=declared.tone.get(locale, ""),
            sentences=declared.sentences,
            rules=rules_of(declared.policy.may_not_promise, locale),
            hand_over=declared.policy.topics_to_person.get(locale, ()),
            safe_sentence=declared.policy.safe_sentence.get(locale, ""),
            schema=json.dumps(declared.response.data, ensure_ascii=False) if declared.response else None,
        )


def _fact(entry: FaqEntry) -> str:
    links = (f"- {link.title}: {link.url}" for link in entry.links)
    return "\n".join((f"Q: {entry.question}", f"A: {entry.answer}", *links))


def _answered(history: Iterable[Turn]) -> list[Turn]:
    return [turn for turn in history if turn.answer.strip()]


def _last(question: str, facts: Sequence[str] = (), summary: str | None = None) -> Message:
    earlier = {"summary": summary} if summary else {}
    return Message("user", fenced({**earlier, "facts": "\n\n".join(facts) or "-", "question": question}))

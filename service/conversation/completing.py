"""What a model says to a visitor: told by a persona, with its tools, held by the guard, shared where it may be."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING

import structlog

from ..errors import StoreError
from ..generation.completion import Ending
from ..generation.guard.cited import cited, facts
from ..generation.guard.guard import Guard
from ..generation.structured import Structured
from ..generation.tokens import estimate_tokens
from ..generation.tools.using import ToolUsed, using_tools
from .draft import CALLED_BY_MODEL
from .events import Suggestion
from .messages import LOCALES
from .privacy import mask
from .tool_calls import called_tool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Sequence

    from ..generation.completion import Completer, CompletionRequest, ToolCalls
    from ..generation.message import Tool
    from ..generation.persona.persona import Persona
    from ..generation.persona.summary import Summaries
    from ..generation.tools.toolbox import Toolbox, ToolResult
    from ..knowledge.entry import FaqEntry
    from .draft import Draft
    from .store import Store

log = structlog.get_logger(__name__)

SECRET = "secret"  # noqa: S105 - the guard's name for the rule
"""The rule of the guard for what must never be shown, also where an answer is a document and not sentences."""


class Completing:
    """Asks the model, and lets through what a visitor may read."""

    def __init__(
        self,
        *,
        completer: Completer,
        store: Store,
        toolbox: Toolbox | None,
        summaries: Summaries,
        secrets: Sequence[str] = (),
    ) -> None:
        """`secrets` are texts that no answer may hold, such as the provider's key."""
        self.model = completer.model
        self._completer = completer
        self._structured = Structured(completer)
        self._store = store
        self._toolbox = toolbox
        self._summaries = summaries
        self._secrets = secrets

    def get_ready(self, personas: Iterable[Persona]) -> None:
        """Read what the guard knows now, which takes 60 ms, rather than at the first answer."""
        for persona, locale in product(personas, LOCALES):
            system, *_ = persona.messages("", locale=locale, entries=(), history=())
            Guard(persona.policy, locale=locale, facts=(), question="", system=system.content, secrets=self._secrets)

    async def texts(self, draft: Draft, persona: Persona, entries: Sequence[FaqEntry]) -> AsyncGenerator[str, None]:
        """What may be shown, as it comes; `draft` learns the rest: its ending, the guard's rules, the entries used.

        Raises `UpstreamError` as `Completer.stream` does. What the guard still holds then was never shown.
        """
        asked = await self._request(draft, persona, entries)
        texts = self._document(asked, persona, draft) if persona.schema else self._words(asked, persona, draft, entries)
        try:
            async with aclosing(texts):
                async for text in texts:
                    yield text
        finally:
            if draft.rules:
                log.warning("completion_held_back", exchange_id=draft.question.exchange_id, rules=draft.rules)
        draft.cited = tuple(Suggestion(entry.id, entry.question) for entry in cited(draft.text, entries))

    async def _request(self, draft: Draft, persona: Persona, entries: Sequence[FaqEntry]) -> CompletionRequest:
        question, turns = draft.question, draft.known.turns
        visitor = question.visitor.key if question.visitor else None
        older = persona.older(turns)
        summary = (
            await self._summaries.of(
                self._completer,
                older,
                draft.locale,
                request_id=question.request_id,
                visitor=visitor,
                bill=draft.bill,
            )
            if older
            else None
        )
        asked = persona.request(
            question.text,
            locale=draft.locale,
            entries=entries,
            history=turns,
            summary=summary,
            request_id=question.request_id,
            visitor=visitor,
        )
        draft.prompt_tokens = sum(estimate_tokens(message.content) for message in asked.messages)
        tools = self._tools(draft, persona)
        personal = bool(turns or tools) or mask(question.text) != question.text
        return replace(asked, tools=tools, shared=not personal, bill=draft.bill)

    def _tools(self, draft: Draft, persona: Persona) -> tuple[Tool, ...]:
        """A document has its one shape; who fills it in has nothing to look up."""
        if self._toolbox is None or persona.schema:
            return ()
        return self._toolbox.offered(draft.question.visitor, locale=draft.locale)

    async def _words(
        self, asked: CompletionRequest, persona: Persona, draft: Draft, entries: Sequence[FaqEntry]
    ) -> AsyncGenerator[str, None]:
        guard = Guard(
            persona.policy,
            locale=draft.locale,
            facts=tuple(facts(entries)),
            question=draft.question.text,
            system=asked.messages[0].content,
            secrets=self._secrets,
        )
        try:
            async with aclosing(self._pieces(asked, draft)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, str):
                        if text := guard.feed(piece):
                            yield text
                    elif isinstance(piece, Ending):
                        draft.ending = piece
                    elif isinstance(piece, ToolUsed):
                        _learn(guard, piece.result)
            if text := guard.end():
                yield text
        finally:
            draft.rules = tuple(dict.fromkeys(finding.rule for finding in guard.findings))

    def _pieces(
        self, asked: CompletionRequest, draft: Draft
    ) -> AsyncGenerator[str | ToolUsed | ToolCalls | Ending, None]:
        if self._toolbox is None or not asked.tools:
            return self._completer.stream(asked)

        async def keep(result: ToolResult) -> None:
            if result.escalation:
                draft.calls_for = CALLED_BY_MODEL + result.escalation
            try:
                call = called_tool(result, at=datetime.now(UTC))
                await self._store.keep_tool_call(draft.question.exchange_id, call)
            except StoreError as error:
                log.error("tool_call_not_recorded", exchange_id=draft.question.exchange_id, reason=str(error))  # noqa: TRY400

        return using_tools(self._completer, asked, self._toolbox, draft.question.visitor, on_call=keep)

    async def _document(self, asked: CompletionRequest, persona: Persona, draft: Draft) -> AsyncGenerator[str, None]:
        """One JSON document, whole. No sentence of it can be replaced: one with a secret in it is not shown at all."""
        assert persona.schema
        async with aclosing(self._structured.stream(asked, persona.schema)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Ending):
                    draft.ending = piece
                elif isinstance(piece, str) and any(secret in piece for secret in self._secrets):
                    draft.rules = (SECRET,)
                elif isinstance(piece, str):
                    yield piece


def _learn(guard: Guard, result: ToolResult) -> None:
    """What a tool told is a fact, and what it did may be said."""
    guard.add_facts(result.facts, done=("passed_on",) if result.escalation else ("looked_up",) if result.ok else ())

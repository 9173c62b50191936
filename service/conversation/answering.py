"""One exchange from question to stored answer: the one place where the parts meet."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import structlog

from ..errors import StoreError, UpstreamError, VisitorError
from ..knowledge.markup import link_list, parse_markup
from .draft import Background, Draft, Question
from .events import Block, Delta, Done, Failed, Meta, Suggestion
from .shown import entry_nodes, first_nodes
from .store import DANGERS, Answer, Escalation, KeyConflict, NotSuggested, Repeated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from ..generation.persona.persona import Persona
    from ..knowledge.faq import FaqEntry
    from ..knowledge.markup import Node
    from ..retrieval.retriever import Retriever
    from .completing import Completing
    from .events import Event
    from .messages import Locale, MessageKey, Messages
    from .reaction import Desk, Reaction
    from .store import End, Exchange, Store

log = structlog.get_logger(__name__)

HISTORY = 6
"""Earlier exchanges of the conversation that may help to understand the next question."""

SUMMARISED = 40
"""The same, for a persona that has older ones summarised."""

MATCHES = 5
"""Entries looked at for one question: the facts a completion may use, the first few of them suggestions."""

ASKED = "visitor_asked"
"""The reason stored when a visitor asks for a person in so many words."""

UNANSWERED: frozenset[End] = frozenset({"interrupted", "abandoned", "restarted", "failed"})
"""Ends after which the same request is answered anew."""


class Stoppable(Protocol):
    """Whoever runs an answer, and knows why it was stopped."""

    stopped_as: End


class Answerer:
    """Answers from the FAQ, else from a completion, else honestly with near questions and a person."""

    def __init__(
        self,
        *,
        store: Store,
        retriever: Retriever,
        messages: Messages,
        personas: Mapping[str, Persona],
        default_persona: str,
        completing: Completing | None,
        desk: Desk,
        new_id: Callable[[], str],
        answered: Callable[[Answer], None] = lambda _answer: None,
    ) -> None:
        self._store = store
        self._retriever = retriever
        self._messages = messages
        self.personas = personas
        self._default_persona = default_persona
        self._completing = completing
        self._desk = desk
        self._new_id = new_id
        self._answered = answered

    @property
    def persona(self) -> Persona:
        """Who speaks where a request names nobody."""
        return self._persona(None)

    def _persona(self, name: str | None) -> Persona:
        return self.personas[name or self._default_persona]

    @property
    def has_model(self) -> bool:
        return self._completing is not None

    async def open(self, question: Question) -> Question | Exchange:
        """Keep the visitor's words. Returns what to answer, or the earlier exchange when it was answered before.

        Raises `VisitorError` when the idempotency key names another request, or one that is still under way, and when
        a pick is of something that was not suggested.
        While nothing can be stored the FAQ answers all the same, and the process log says so.
        """
        keeping = self._store.open_exchange(question.as_new_exchange(asked_at=datetime.now(UTC)))
        try:
            kept, _ = await asyncio.gather(keeping, self._look_ahead(question))
            if isinstance(kept, Repeated):
                return await self._repeated(question, kept.exchange)
        except StoreError as error:
            log.error("exchange_not_recorded", exchange_id=question.exchange_id, reason=str(error))  # noqa: TRY400
            return replace(question, recorded=False)
        if isinstance(kept, KeyConflict):
            raise VisitorError("idempotency_key_reused", "This Idempotency-Key was used for another request.")
        if isinstance(kept, NotSuggested):
            raise VisitorError("not_suggested", "That exchange of this conversation did not suggest that entry.")
        return question

    async def _look_ahead(self, question: Question) -> None:
        """Look a first question up while the disk is waited for: the retriever remembers it for the answer.

        What goes wrong here goes wrong again for the answer, and is stored as its end.
        """
        await asyncio.sleep(0)  # one turn of the loop, in which the store's thread takes the question over
        if question.is_new and not question.told and question.picked is None:
            with suppress(Exception):
                await self._retriever.look_ahead(question.text, limit=MATCHES)

    async def answer(self, question: Question, run: Stoppable) -> AsyncGenerator[Event, None]:
        """`Meta`, then `Delta` or `Block`, then one `Done` or `Failed`; on disk before it is said to be done."""
        draft = Draft(question)
        try:
            draft.known = await self._background(question)
            async with aclosing(await self._choose(draft)) as events:
                async for event in events:
                    yield event
        except asyncio.CancelledError:
            draft.end = run.stopped_as
            await self._close(draft)
            raise
        except Exception as error:
            draft.end, draft.error = "failed", type(error).__name__
            await self._close(draft)
            raise

    async def replay(self, exchange: Exchange) -> AsyncGenerator[Event, None]:
        """The events of an exchange that was answered before; none of one that is still open."""
        answer = exchange.answer
        if answer is None or answer.source is None:
            return
        entry = self.answering_entry(answer)
        yield Meta(
            exchange.id,
            exchange.conversation_id,
            answer.source,
            answer.entry_id if answer.source == "faq" else None,
            entry.question if entry else None,
            answer.confidence,
            tuple(Suggestion(*near) for near in answer.suggestions),
            answer.index_version,
            answer.said_first,
        )
        nodes = (*first_nodes(answer.said_first), *self.nodes(answer))
        yield Block(nodes)
        waiting = await self._store.waiting_escalation(exchange.conversation_id) is not None
        offered = answer.offer_agent or waiting
        cited = tuple(Suggestion(*entry) for entry in answer.cited)
        yield Done(
            answer.end == "complete",
            answer.text,
            nodes,
            offer_agent=offered,
            escalated=waiting,
            cited=cited,
            said_first=answer.said_first,
        )

    def answering_entry(self, answer: Answer) -> FaqEntry | None:
        """The entry a stored answer came from, as it is today; None where it did not come from the FAQ."""
        return self._retriever.entry(answer.entry_id) if answer.source == "faq" and answer.entry_id else None

    def nodes(self, answer: Answer) -> tuple[Node, ...]:
        """A stored answer as plain data; a FAQ answer with the links its entry has today."""
        entry = self.answering_entry(answer)
        return (*parse_markup(answer.text), *(link_list(entry.links) if entry else ()))

    def last_words(self, end: End, locale: Locale) -> Failed:
        """What is said when an answer is ended from outside."""
        said: dict[End, tuple[str, MessageKey]] = {
            "restarted": ("restarting", "restarting"),
            "abandoned": ("stopped", "stopped"),
        }
        code, key = said.get(end, ("failed", "failed"))
        return Failed(code, self._messages.text(key, locale), retryable=True)

    async def _repeated(self, question: Question, earlier: Exchange) -> Question | Exchange:
        if earlier.answer and earlier.answer.end not in UNANSWERED:
            return earlier
        if earlier.answer is None or not await self._store.reopen_exchange(earlier.id):
            raise VisitorError(
                "request_in_progress", "This request is still being answered.", status=409, retry_after_seconds=1
            )
        return replace(question, exchange_id=earlier.id, conversation_id=earlier.conversation_id)

    async def _background(self, question: Question) -> Background:
        if question.is_new or not question.recorded:
            return Background(told=question.told)
        try:
            limit = SUMMARISED if self._persona(question.persona).declared.summarise else HISTORY
            exchanges = await self._store.recent(question.conversation_id, limit=limit)
            waiting = await self._store.waiting_escalation(question.conversation_id)
        except StoreError as error:
            log.error("history_not_read", exchange_id=question.exchange_id, reason=str(error))  # noqa: TRY400
            return Background(told=question.told)
        return Background(exchanges, waiting is not None, question.told)

    async def _choose(self, draft: Draft) -> AsyncGenerator[Event, None]:
        question = draft.question
        # a suggestion may outlive its entry on a visitor's screen; its words are then a question like any other
        entry = self._retriever.entry_today(question.picked.entry_id) if question.picked else None
        if entry:
            draft.chosen(entry, index_version=self._retriever.index_version)
            return self._from_faq(draft, entry)
        persona = self._persona(question.persona)
        talks = persona.schema is None  # else the words are those of a document, and none of them is said to us
        if talks and self._desk.asks_for_person(question.text):
            return await self._hand_over(draft, ASKED)
        retrieval = await self._retriever.match(question.text, history=draft.known.questions[-HISTORY:], limit=MATCHES)
        draft.matched(retrieval)
        decision = retrieval.decision
        reaction = self._desk.react(question.text, draft.known, decision.zone) if talks else None
        if reaction:
            self._heed(reaction, draft)
        if reaction and not reaction.answer:
            return await self._hand_over(draft, reaction.reason)
        if talks and decision.zone == "answer" and decision.match:
            return self._from_faq(draft, decision.match.entry)
        if talks and (topic := persona.policy.topic_for_person(question.text)):
            return await self._hand_over(draft, draft.calls_for or f"topic:{topic}")
        if self._completing and question.recorded:
            return self._from_model(draft, persona, [match.entry for match in retrieval.matches], self._completing)
        return self._suggest(draft)

    def _heed(self, reaction: Reaction, draft: Draft) -> None:
        """An angry visitor is answered like any other, and a person is called beside it."""
        draft.offer_agent = reaction.offer_agent
        if reaction.escalate and not reaction.sure and self._desk.doubts:
            draft.in_doubt = reaction
            return
        draft.calls_for = reaction.reason if reaction.escalate else None
        draft.said_first = self._messages.text(reaction.say_first, draft.locale) if reaction.say_first else None

    def _from_faq(self, draft: Draft, entry: FaqEntry) -> AsyncGenerator[Event, None]:
        draft.source = "faq"
        if entry.escalate:
            draft.offer_agent, draft.calls_for = True, f"entry:{entry.id}"
        return self._whole(draft, entry.answer, entry_nodes(entry))

    def _suggest(self, draft: Draft) -> AsyncGenerator[Event, None]:
        draft.source, draft.offer_agent = "suggest", True
        text = self._messages.text("suggest" if draft.suggestions else "nothing_found", draft.locale)
        return self._whole(draft, text, parse_markup(text))

    async def _hand_over(self, draft: Draft, reason: str) -> AsyncGenerator[Event, None]:
        draft.source = "agent"
        often = not (draft.known.waiting or reason in DANGERS) and await self._called_often(draft.question)
        draft.calls_for = None if often else reason
        text = self._messages.text("called_often" if often else "handed_over", draft.locale)
        return self._whole(draft, text, parse_markup(text))

    async def _called_often(self, question: Question) -> bool:
        if question.visitor is None:
            return False
        try:
            return await self._store.called_often(question.visitor.key)
        except StoreError:
            return False  # what cannot be read now is decided when it is written

    async def _whole(self, draft: Draft, text: str, nodes: tuple[Node, ...]) -> AsyncGenerator[Event, None]:
        """An answer that is known whole: on disk first, then shown."""
        draft.add(text)
        draft.end = "complete"
        await self._close(draft)
        yield draft.meta()
        if draft.source == "agent" and draft.calls_for and not draft.escalated:
            failed = self._failed("escalation_not_recorded", draft)
            # whoever is in danger hears where help is, whatever else fails and however they read
            yield replace(failed, message=f"{draft.said_first} {failed.message}") if draft.said_first else failed
            return
        nodes = (*first_nodes(draft.said_first), *nodes)
        yield Block(nodes)
        yield self._done(draft, nodes)

    async def _from_model(
        self, draft: Draft, persona: Persona, entries: Sequence[FaqEntry], completing: Completing
    ) -> AsyncGenerator[Event, None]:
        """A completion as it arrives. One that never begins becomes suggestions; one that breaks off says so."""
        try:
            async with aclosing(completing.texts(draft, persona, entries)) as texts:
                async for text in texts:
                    if not draft.pieces:
                        draft.source, draft.model = "model", completing.model
                        yield draft.meta()
                        if draft.said_first:
                            yield Block(first_nodes(draft.said_first))
                    draft.add(text)
                    yield Delta(text)
        except UpstreamError as error:
            draft.error = type(error).__name__
            log.warning("completion_failed", exchange_id=draft.question.exchange_id, reason=str(error))
        if draft.pieces:
            yield await self._ended(draft)
            return
        async for event in await self._without_words(draft):
            yield event

    async def _without_words(self, draft: Draft) -> AsyncGenerator[Event, None]:
        """The model said nothing that may be shown: it called a person, or it failed."""
        if draft.calls_for and draft.called_by_model:
            return await self._hand_over(draft, draft.calls_for)
        return self._suggest(draft)

    async def _ended(self, draft: Draft) -> Event:
        draft.offer_agent = True
        ending = draft.ending
        if ending is None:
            draft.end = "interrupted"
        elif ending.finish_reason == "content_filter":
            draft.end, draft.error = "failed", "content_filter"
            draft.pieces.clear()
        else:
            draft.end = "complete" if ending.complete else "cut"
        if ending:
            draft.model = ending.model
        await self._close(draft)
        if draft.end == "interrupted":
            return self._failed("interrupted", draft)
        if draft.end == "failed":
            return self._failed("withheld", draft, retryable=False)
        if draft.called_by_model and not draft.escalated:  # and it may have said so by now
            often = await self._called_often(draft.question)
            return self._failed("called_often" if often else "escalation_not_recorded", draft, retryable=not often)
        return self._done(draft, (*first_nodes(draft.said_first), *parse_markup(draft.text)))

    def _failed(self, code: MessageKey, draft: Draft, *, retryable: bool = True) -> Failed:
        return Failed(code, self._messages.text(code, draft.locale), retryable)

    def _done(self, draft: Draft, nodes: tuple[Node, ...]) -> Done:
        return Done(
            complete=draft.end == "complete",
            answer=draft.text,
            nodes=nodes,
            usage=draft.usage,
            offer_agent=draft.offer_agent or draft.escalated,
            escalated=draft.escalated or draft.known.waiting,
            cited=draft.cited,
            said_first=draft.said_first,
        )

    def _escalation(self, draft: Draft, reason: str) -> Escalation:
        question = draft.question
        return Escalation(
            id=self._new_id(),
            conversation_id=question.conversation_id,
            reason=reason,
            requested_at=datetime.now(UTC),
            exchange_id=question.exchange_id,
            visitor=question.visitor.key if question.visitor else None,
        )

    async def _close(self, draft: Draft) -> None:
        """Once, and to its end, also when the reader leaves meanwhile: what is on disk has to be told as well."""
        if draft.closing is None:
            draft.closing = asyncio.ensure_future(self._keep(draft))
        await asyncio.shield(draft.closing)

    async def _keep(self, draft: Draft) -> None:
        """Count and store the answer, and call a person where that is due; `draft.escalated` says what came of it."""
        answer = draft.answer()
        self._answered(answer)
        if not draft.question.recorded:
            return
        escalation = self._escalation(draft, draft.calls_for) if draft.calls_for else None
        try:
            kept = await self._store.close_exchange(draft.question.exchange_id, answer, escalation=escalation)
        except StoreError as error:
            log.error("answer_not_recorded", exchange_id=draft.question.exchange_id, reason=str(error))  # noqa: TRY400
            return
        if isinstance(kept, Escalation):
            draft.escalated = True
            if kept == escalation:  # else somebody waits in this conversation already
                self._desk.called(kept, draft.known.told)
        if draft.in_doubt and not (draft.escalated or draft.known.waiting):
            self._desk.look_again(draft.question, draft.known, self._escalation(draft, draft.in_doubt.reason))

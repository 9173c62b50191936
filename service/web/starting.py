"""From a question to an answer under way, for every route that takes questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog.contextvars import bind_contextvars

from ..conversation.draft import Question

if TYPE_CHECKING:
    from ..conversation.messages import Locale
    from ..conversation.relay import Run
    from ..conversation.store import Exchange
    from .parts import Parts


async def started(question: Question, parts: Parts) -> Run:
    """Keep the question, then answer it in the background.

    Raises `VisitorError` when no more answers can be given for now, and whatever `Answerer.open` raises.
    """
    with parts.runs.place():
        return _run(await parts.answerer.open(question), parts)


def our_locale(hint: str | None, parts: Parts) -> Locale:
    """The client's language as far as it is one of ours; `ko-KR` counts as `ko`."""
    match (hint or "").split("-")[0].lower():
        case "ko":
            return "ko"
        case "en":
            return "en"
        case _:
            return parts.settings.locale


def _run(opened: Question | Exchange, parts: Parts) -> Run:
    if isinstance(opened, Question):
        question = opened
        bind_contextvars(exchange_id=question.exchange_id)  # for every line of the answer, and that of the request
        return parts.runs.start(
            question.exchange_id,
            question.conversation_id,
            lambda run: parts.answerer.answer(question, run),
            last_words=lambda end: parts.answerer.last_words(end, question.locale),
        )
    earlier = opened
    bind_contextvars(exchange_id=earlier.id)
    return parts.runs.start(
        earlier.id,
        earlier.conversation_id,
        lambda _run: parts.answerer.replay(earlier),
        last_words=lambda end: parts.answerer.last_words(end, parts.settings.locale),
    )

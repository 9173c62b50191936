"""`POST /api/chat`: a question in, an answer out, streamed or whole."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Request, Response

from ...conversation.draft import Question
from ...conversation.messages import visitor_locale
from ...conversation.privacy import mask_forbidden
from ...conversation.store import Pick
from ...errors import VisitorError
from ..identity import visitor_of
from ..parts import Parts, TheParts
from ..security import new_id
from ..starting import our_locale, started
from ..streaming import stream, whole
from ..wire import ChatRequest, question_text

if TYPE_CHECKING:
    from ...conversation.draft import Visitor

router = APIRouter(tags=["chat"])

IdempotencyKey = Annotated[str | None, Header(min_length=22, max_length=255, pattern=r"^[\x21-\x7e]+$")]
"""Long enough not to be guessed: whoever knows the key of a first question gets its answer again."""


@router.post("/api/chat")
async def chat(
    asked: ChatRequest, request: Request, parts: TheParts, idempotency_key: IdempotencyKey = None
) -> Response:
    """Answer a question: as server-sent events when the client accepts them, else as one JSON document."""
    parts.visitor_limit.spend(request.client.host if request.client else None)
    visitor = visitor_of(request, parts)
    question = _question(asked, parts, visitor, idempotency_key, request_id=request.scope["ondap.request_id"])
    run = await started(question, parts)
    handle = parts.handles.renewed(asked.conversation_id, run.conversation_id, visitor.owner)
    if "text/event-stream" in request.headers.get("accept", ""):
        return stream(run, handle)
    return await whole(run, handle, request)


def _question(
    asked: ChatRequest, parts: Parts, visitor: Visitor, idempotency_key: str | None, *, request_id: str
) -> Question:
    text = mask_forbidden(question_text(asked.message))
    if asked.persona is not None and asked.persona not in parts.answerer.personas:
        raise VisitorError("unknown_persona", "There is no persona of that name.")
    return Question(
        exchange_id=new_id(),
        conversation_id=parts.handles.open_as(asked.conversation_id, visitor.owner)
        if asked.conversation_id
        else new_id(),
        text=text,
        locale=visitor_locale(text, otherwise=our_locale(asked.locale, parts)),
        is_new=asked.conversation_id is None,
        persona=asked.persona,
        idempotency_key=idempotency_key,
        request_digest=_digest(asked, text) if idempotency_key else None,
        picked=Pick(asked.picked.exchange_id, asked.picked.entry_id) if asked.picked else None,
        visitor=visitor,
        request_id=request_id,
    )


def _digest(asked: ChatRequest, masked: str) -> str:
    """Of the request as it is kept: a digest of what was masked would let it be guessed."""
    kept = asked.model_copy(update={"message": masked})
    unsaid = {"picked"} if asked.picked is None else set()  # as before there were picks: keys outlive an upgrade
    return hashlib.sha256(kept.model_dump_json(exclude=unsaid).encode()).hexdigest()

"""`/v1`: Ondap for clients that speak OpenAI's protocol."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from ...conversation.draft import Question
from ...conversation.events import Failed
from ...conversation.messages import visitor_locale
from ...errors import VisitorError
from ..identity import visitor_of
from ..limits import visitor_key
from ..openai_asked import CompletionAsked
from ..openai_errors import openai_error
from ..openai_wire import DEFAULT_MODEL, WITHHELD, Chunks, Heading, as_completion, model_names, model_object
from ..parts import Parts, TheParts, bearer
from ..security import new_id
from ..single_reader import SingleReader, first_event, whole_outcome
from ..starting import our_locale, started
from ..streaming import GONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...conversation.draft import Visitor
    from ...knowledge.entry import Link

router = APIRouter(prefix="/v1", tags=["openai"])


def _asker(request: Request, parts: TheParts) -> str:
    """Whom the limit counts: the key where keys are required, else the address, as everywhere."""
    if not parts.api_keys.required:
        return visitor_key(request.client.host if request.client else None)
    number = parts.api_keys.number(bearer(request) or "")
    if number is None:
        raise VisitorError("not_authorised", "This needs one of ONDAP_API_KEYS as a bearer token.", status=401)
    return f"key {number}"


Asker = Annotated[str, Depends(_asker)]


@router.get("/models")
async def models(_asker: Asker, parts: TheParts) -> dict[str, Any]:
    """The personas, as models."""
    return {"object": "list", "data": [model_object(name) for name in model_names(parts.answerer.personas)]}


@router.get("/models/{model:path}")
async def model(model: str, _asker: Asker, parts: TheParts) -> dict[str, Any]:
    """One of them."""
    if model not in model_names(parts.answerer.personas):
        raise _no_such_model()
    return model_object(model)


@router.post("/chat/completions")
async def chat_completions(request: Request, asker: Asker, parts: TheParts) -> Response:
    """Answer the last message. The key is looked at before the body is read."""
    try:
        asked = CompletionAsked.read(await request.body())
    except ClientDisconnect:
        return Response(status_code=GONE)
    parts.visitor_limit.spend_as(asker)
    visitor = visitor_of(request, parts)
    run = await started(_question(asked, parts, visitor, request_id=request.scope["ondap.request_id"]), parts)
    handle = parts.handles.renewed(asked.conversation, run.conversation_id, visitor.owner)
    heading = Heading(run.exchange_id, asked.model, int(time.time()), handle)

    def links_of(entry_id: str) -> Sequence[Link]:
        entry = parts.retriever.entry(entry_id)
        return entry.links if entry else ()

    if asked.stream:
        first = await first_event(run, request)
        if first is None:
            return Response(status_code=GONE)
        if isinstance(first, Failed) and first.code != WITHHELD:
            return openai_error(503, first.message, code=first.code, headers={"Retry-After": "1"})
        return SingleReader(run, Chunks(heading, links_of, with_usage=asked.wants_usage).spell)
    events = await whole_outcome(run, request)
    return Response(status_code=GONE) if events is None else JSONResponse(as_completion(heading, events, links_of))


def _question(asked: CompletionAsked, parts: Parts, visitor: Visitor, *, request_id: str) -> Question:
    persona = _persona(asked.model, parts)
    speaker = parts.answerer.personas[persona] if persona else parts.answerer.persona
    asked.require_supported(speaks_json=speaker.schema is not None)
    text = asked.question()
    handle = asked.conversation
    return Question(
        exchange_id=new_id(),
        conversation_id=parts.handles.open_as(handle, visitor.owner) if handle else new_id(),
        text=text,
        locale=visitor_locale(text, otherwise=our_locale(None, parts)),
        is_new=handle is None,
        persona=persona,
        visitor=visitor,
        request_id=request_id,
        told=asked.told(),
    )


def _persona(model: str, parts: Parts) -> str | None:
    if model not in model_names(parts.answerer.personas):
        raise _no_such_model()
    return None if model == DEFAULT_MODEL else model.removeprefix(f"{DEFAULT_MODEL}/")


def _no_such_model() -> VisitorError:
    return VisitorError(
        "unknown_persona", "There is no such model. GET /v1/models lists them.", status=404, field="model"
    )

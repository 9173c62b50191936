"""What the routes work with: the parts `app.py` has put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from ..errors import VisitorError
from .identity import visitor_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..conversation.account import Wording
    from ..conversation.answering import Answerer
    from ..conversation.messages import Locale, Messages
    from ..conversation.relay import Runs
    from ..conversation.store import Store
    from ..desk.desk import Desk
    from ..retrieval.retriever import Retriever
    from ..settings import Settings
    from .identity import Identities
    from .limits import VisitorLimit
    from .metrics import Metrics
    from .model import Model
    from .security import AdminToken, ApiKeys, ConversationHandles


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a running service consists of."""

    settings: Settings
    store: Store
    retriever: Retriever
    answerer: Answerer
    desk: Desk
    model: Model | None
    runs: Runs
    messages: Messages
    wordings: Mapping[Locale, Wording]
    handles: ConversationHandles
    admin: AdminToken
    api_keys: ApiKeys
    visitor_limit: VisitorLimit
    identities: Identities
    metrics: Metrics


async def _parts(request: Request) -> Parts:  # async, all of them: anything else is called in another thread
    parts: Parts = request.app.state.parts
    return parts


TheParts = Annotated[Parts, Depends(_parts)]


def bearer(request: Request) -> str | None:
    """The credential of `Authorization: Bearer`, if there is one."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() or None if scheme.lower() == "bearer" else None


async def opened_conversation(conversation_id: str, request: Request, parts: TheParts) -> str:
    """The public id of the conversation a visitor may see.

    The secret handle stands in `Authorization: Bearer` beside the public id, or is itself the id in the path. Who shows
    a token as well has to be the visitor it belongs to.
    """
    handle = bearer(request) or conversation_id
    owner = visitor_of(request, parts).owner
    public_id = parts.handles.open_as(handle, owner) if owner else parts.handles.open(handle)
    if conversation_id not in (public_id, handle):
        raise VisitorError("unknown_conversation", "There is no such conversation.", status=404)
    return public_id


def is_operator(request: Request, parts: Parts) -> bool:
    token = bearer(request)
    return token is not None and parts.admin.matches(token)


async def operator(request: Request, parts: TheParts) -> None:
    """Only the operator may pass."""
    if not is_operator(request, parts):
        raise VisitorError("not_authorised", "This needs the admin token: Authorization: Bearer <token>.", status=401)


OpenedConversation = Annotated[str, Depends(opened_conversation)]
OperatorOnly = Depends(operator)

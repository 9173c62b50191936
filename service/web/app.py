"""Puts the parts together; nothing else constructs anything."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, TypedDict, Unpack

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from ..conversation.account import wordings
from ..conversation.answering import Answerer
from ..conversation.messages import LOCALES, Messages
from ..conversation.relay import Runs
from ..conversation.sqlite import SqliteStore
from ..desk.escalation import asks_for_person
from ..errors import SettingsError
from ..generation.persona.persona import Persona
from ..generation.upstream.completer import OpenAICompleter
from ..resources import bundled, template_file
from ..retrieval.retriever import Retriever
from .demo import Demo
from .gate import Gate
from .limits import VisitorLimit
from .parts import Parts
from .problems import describe_errors_as_problems
from .routes import chat, conversations, health, openai, operator, pages
from .security import ApiKeys, ConversationHandles, admin_token, conversation_key, new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..conversation.store import Store
    from ..generation.completion import Completer
    from ..settings import Settings

MAX_BODY_BYTES = 64 * 1024
MAX_HISTORY_BYTES = 256 * 1024
"""For clients of `/v1`, which send the whole conversation with each question."""

BUSY_SECONDS = 1.0
"""How long a locked database is waited for; a FAQ answer is given after that, unrecorded."""

EXPOSED = ["X-Request-ID", "Retry-After"]
"""Headers that a widget on another site may read."""


class Replacements(TypedDict, total=False):
    """Parts that a test brings itself, instead of what the settings name."""

    store: Store
    retriever: Retriever
    completer: Completer


def create_app(settings: Settings, **replaced: Unpack[Replacements]) -> FastAPI:
    """The whole service as an ASGI app. It opens files and starts tasks when it starts, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.parts = await _assemble(settings, replaced, stack)
            yield

    app = FastAPI(
        title="Ondap",
        version=_version(),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.demo = Demo(settings)
    describe_errors_as_problems(app)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-ID"],
        expose_headers=EXPOSED,
        max_age=600,
    )
    app.add_middleware(
        Gate,
        allowed_origins=settings.allowed_origins,
        max_body_bytes=MAX_BODY_BYTES,
        max_history_bytes=MAX_HISTORY_BYTES,
    )
    for routes in (chat, openai, conversations, operator, health, pages):
        app.include_router(routes.router)
    return app


async def _assemble(settings: Settings, replaced: Replacements, stack: AsyncExitStack) -> Parts:
    admin, _ = admin_token(settings)
    store = replaced.get("store") or SqliteStore.open(
        settings.var_dir / "ondap.sqlite", busy_timeout_seconds=BUSY_SECONDS
    )
    stack.push_async_callback(store.close)
    retriever = replaced.get("retriever")
    if retriever is None:
        retriever = await stack.enter_async_context(Retriever.serving(settings))
    completer = replaced.get("completer") or await _completer(settings, stack)
    messages = Messages.load(
        {locale: template_file(f"messages/{locale}.yaml", settings.templates_dir) for locale in LOCALES}
    )
    runs = Runs(limit=settings.max_open_streams)
    stack.push_async_callback(runs.close, grace_seconds=0)
    answerer = Answerer(
        store=store,
        retriever=retriever,
        messages=messages,
        personas=_personas(settings),
        default_persona=settings.persona,
        completer=completer,
        asks_for_person=asks_for_person,
        new_id=new_id,
    )
    return Parts(
        settings=settings,
        store=store,
        retriever=retriever,
        answerer=answerer,
        runs=runs,
        messages=messages,
        wordings=wordings(settings.templates_dir),
        handles=ConversationHandles(conversation_key(settings.var_dir)),
        admin=admin,
        api_keys=ApiKeys(settings.api_keys),
        visitor_limit=VisitorLimit(settings.rate_limit_per_minute),
    )


async def _completer(settings: Settings, stack: AsyncExitStack) -> Completer | None:
    if settings.chat_base_url is None or settings.chat_model is None:
        return None
    completer = OpenAICompleter(
        settings.chat_base_url,
        settings.chat_api_key.get_secret_value() if settings.chat_api_key else None,
        settings.chat_model,
        temperature=settings.chat_temperature,
        max_tokens=settings.chat_max_tokens,
    )
    stack.push_async_callback(completer.close)
    return completer


def _personas(settings: Settings) -> dict[str, Persona]:
    folders = [bundled("templates") / "persona"]
    if settings.templates_dir and (settings.templates_dir / "persona").is_dir():
        folders.append(settings.templates_dir / "persona")
    personas = {file.stem: Persona.load(file.stem, folder) for folder in folders for file in folder.glob("*.j2")}
    if settings.persona not in personas:
        raise SettingsError(f"ONDAP_PERSONA: there is no such persona. There are: {', '.join(sorted(personas))}.")
    return personas


def _version() -> str:
    try:
        return version("ondap")
    except PackageNotFoundError:  # a checkout that was never installed
        return "checkout"

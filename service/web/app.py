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
from ..desk.configured import desk_from
from ..generation.persona.personas import load_personas
from ..resources import template_file
from ..retrieval.retriever import Retriever
from .alerts import Alerts
from .demo import Demo
from .gate import Gate
from .identity import HEADER as VISITOR_TOKEN
from .identity import Identities
from .limits import VisitorLimit
from .metrics import Metrics
from .model import Model, completing_from, model_from
from .observers import Watchers
from .parts import Parts
from .problems import describe_errors_as_problems
from .routes import chat, conversations, health, metrics, openai, operator, pages, persona
from .security import ApiKeys, ConversationHandles, admin_token, conversation_key, new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from ..conversation.store import Store
    from ..generation.completion import Completer, Observer
    from ..generation.persona.persona import Persona
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

    counted = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.parts = await _assemble(settings, replaced, stack, counted)
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
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "Last-Event-ID",
            "X-Request-ID",
            VISITOR_TOKEN,
        ],
        expose_headers=EXPOSED,
        max_age=600,
    )
    app.add_middleware(
        Gate,
        allowed_origins=settings.allowed_origins,
        max_body_bytes=MAX_BODY_BYTES,
        max_history_bytes=MAX_HISTORY_BYTES,
        requested=counted.requested,
    )
    for routes in (chat, openai, conversations, persona, operator, health, metrics, pages):
        app.include_router(routes.router)
    return app


async def _assemble(settings: Settings, replaced: Replacements, stack: AsyncExitStack, counted: Metrics) -> Parts:
    admin, _ = admin_token(settings)
    store = replaced.get("store") or SqliteStore.open(
        settings.var_dir / "ondap.sqlite",
        busy_timeout_seconds=BUSY_SECONDS,
        calls_a_day=settings.escalations_per_visitor,
    )
    stack.push_async_callback(store.close)
    retriever = replaced.get("retriever")
    if retriever is None:
        retriever = await stack.enter_async_context(Retriever.serving(settings))
    messages = Messages.load(
        {locale: template_file(f"messages/{locale}.yaml", settings.templates_dir) for locale in LOCALES}
    )
    alerts = Alerts(slow_seconds=settings.alert_slow_seconds, error_rate=settings.alert_error_rate)
    await stack.enter_async_context(alerts.watching())
    watchers = Watchers(counted, alerts)
    personas = load_personas(settings)
    model = await _model(settings, replaced, store, personas, watchers, stack)
    desk = desk_from(settings, store, retriever, model.completer if model else None, counted=counted.escalated)
    stack.push_async_callback(desk.close)
    completing = completing_from(settings, model, store, stack, personas=personas.values()) if model else None
    runs = Runs(limit=settings.max_open_streams)
    counted.show(
        {
            "answers_under_way": ("Answers under way.", lambda: runs.running),
            "alerts_raised": ("Alerts that hold.", lambda: len(alerts.raised)),
            "model_available": ("1 while a question may get a completion.", lambda: bool(model and model.available)),
        }
    )
    stack.push_async_callback(runs.close, grace_seconds=0)
    answerer = Answerer(
        store=store,
        retriever=retriever,
        messages=messages,
        personas=personas,
        default_persona=settings.persona,
        completing=completing,
        desk=desk,
        new_id=new_id,
        answered=watchers.answered,
    )
    key = conversation_key(settings.var_dir)
    return Parts(
        settings=settings,
        store=store,
        retriever=retriever,
        answerer=answerer,
        desk=desk,
        model=model,
        runs=runs,
        messages=messages,
        wordings=wordings(settings.templates_dir),
        handles=ConversationHandles(key),
        admin=admin,
        api_keys=ApiKeys(settings.api_keys),
        visitor_limit=VisitorLimit(settings.rate_limit_per_minute),
        identities=Identities(key, settings.identity_secret),
        metrics=counted,
    )


async def _model(
    settings: Settings,
    replaced: Replacements,
    store: Store,
    personas: Mapping[str, Persona],
    observer: Observer,
    stack: AsyncExitStack,
) -> Model | None:
    if completer := replaced.get("completer"):
        return Model(completer)
    return await model_from(
        settings, store.ledger, personas=personas.values(), observer=observer, holder=new_id(), stack=stack
    )


def _version() -> str:
    try:
        return version("ondap")
    except PackageNotFoundError:  # a checkout that was never installed
        return "checkout"

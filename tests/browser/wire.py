"""A small server that speaks the wire contract and says what a test has written into `Scripted.answers`."""

from __future__ import annotations

import asyncio
import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .script import Refusal
from .scripted import Exchange, Received, Scripted, spoken

if TYPE_CHECKING:
    from starlette.requests import Request

ROOT = Path(__file__).parents[2]
WIDGET = ROOT / "service" / "widget"
PAGES = ROOT / "templates" / "pages"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
UNAVAILABLE = Refusal(503, "unavailable", "잠시 후 다시 시도해 주세요.")
UNKNOWN = Refusal(404, "conversation_unknown", "대화를 찾을 수 없어요.")


def create_app(memory: Scripted) -> Starlette:
    wire = Wire(memory)
    routes = [
        Route("/", demo),
        Route("/bare", bare),
        Route("/widget.js", lambda _: FileResponse(WIDGET / "widget.js")),
        Route("/demo.css", lambda _: FileResponse(PAGES / "demo.css")),
        Route("/demo.js", lambda _: FileResponse(PAGES / "demo.js")),
        Route("/api/chat", wire.chat, methods=["POST"]),
        Route("/api/persona", wire.persona),
        Route("/api/conversations/{id}", wire.conversation),
        Route("/api/conversations/{id}/events", wire.resume),
        Route("/api/conversations/{id}/escalate", wire.escalate, methods=["POST"]),
        Route("/api/exchanges/{id}/feedback", wire.feedback, methods=["POST"]),
        Route("/api/exchanges/{id}/stop", wire.stop, methods=["POST"]),
        Mount("/widget", StaticFiles(directory=WIDGET)),
    ]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=[
            "authorization",
            "content-type",
            "idempotency-key",
            "last-event-id",
            "x-ondap-visitor-token",
            "x-request-id",
        ],
        expose_headers=["retry-after"],
    )
    return Starlette(routes=routes, middleware=[cors])


async def demo(request: Request) -> Response:
    locale = "en" if request.query_params.get("lang") == "en" else "ko"
    pages = Environment(loader=FileSystemLoader(PAGES), autoescape=True)
    return HTMLResponse(
        pages.get_template("demo.html").render(locale=locale), headers={"Content-Security-Policy": POLICY}
    )


async def bare(request: Request) -> Response:
    """A host page with the script tag only; the query becomes the tag's attributes."""
    origin = request.query_params.get("origin", "")
    attributes = "".join(
        f' {html.escape(name)}="{html.escape(value)}"'
        for name, value in request.query_params.items()
        if name.startswith("data-")
    )
    page = (
        '<!doctype html><html lang="ko"><meta name="viewport" content="width=device-width"><title>가게</title>'
        '<link rel="icon" href="data:,">'
        '<body><main><h1>가게</h1><button id="page-button">장바구니</button></main>'
        f'<script src="{html.escape(origin)}/widget.js" defer{attributes}></script>'
    )
    policy = POLICY.replace("'self'", f"'self' {origin}") if origin else POLICY
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


class Wire:
    """The routes of the contract."""

    def __init__(self, memory: Scripted) -> None:
        self._memory = memory

    async def chat(self, request: Request) -> Response:
        body = await self._remember(request)
        exchange_id = f"x-{request.headers['idempotency-key']}"
        known = self._memory.exchanges.get(exchange_id)
        if known and not known.failed:
            return stream(known, after=0)
        attempt = self._memory.attempt(body["message"])
        if isinstance(attempt, Refusal):
            return refuse(attempt)
        conversation_id = str(body.get("conversation_id") or "c1.").split(".")[0]
        exchange = Exchange(exchange_id, conversation_id, body["message"], steps=attempt)
        self._memory.exchanges[exchange_id] = exchange
        return stream(exchange, after=0)

    async def persona(self, request: Request) -> Response:
        await self._remember(request)
        if self._memory.greeting_waits:
            await asyncio.to_thread(self._memory.greeting_waits.wait)
        greeting = self._memory.greetings.get(request.query_params["locale"])
        return JSONResponse({"name": "가게", "greeting": greeting})

    async def resume(self, request: Request) -> Response:
        await self._remember(request)
        exchange_id, _, number = request.headers["last-event-id"].rpartition(":")
        if not self._memory.owns(request) or exchange_id not in self._memory.exchanges:
            return refuse(UNKNOWN)
        return stream(self._memory.exchanges[exchange_id], after=int(number))

    async def conversation(self, request: Request) -> Response:
        await self._remember(request)
        if "history" in self._memory.broken_routes:
            return refuse(UNAVAILABLE)
        if not self._memory.owns(request):
            return refuse(UNKNOWN)
        exchanges = [exchange.stored() for exchange in self._memory.exchanges.values()]
        return JSONResponse({"conversation_id": "c1", "escalated": self._memory.escalated, "exchanges": exchanges})

    async def escalate(self, request: Request) -> Response:
        await self._remember(request)
        if "escalate" in self._memory.broken_routes:
            return refuse(UNAVAILABLE)
        self._memory.escalated = True
        return JSONResponse({"escalated": True, "escalation_id": "e1"})

    async def feedback(self, request: Request) -> Response:
        body = await self._remember(request)
        if not self._memory.owns(request):
            return refuse(UNKNOWN)
        self._memory.exchanges[request.path_params["id"]].helpful = body["helpful"]
        return Response(status_code=204)

    async def stop(self, request: Request) -> Response:
        await self._remember(request)
        return Response(status_code=204)

    async def _remember(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(await request.body() or b"{}")
        self._memory.received.append(Received(request.method, request.url.path, dict(request.headers), body))
        return body


def refuse(refusal: Refusal) -> Response:
    problem = {
        "type": "about:blank",
        "title": refusal.code,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "request_id": "r1",
    }
    headers = {"Retry-After": str(refusal.retry_after_seconds)} if refusal.retry_after_seconds else {}
    return JSONResponse(problem, status_code=refusal.status, media_type="application/problem+json", headers=headers)


def stream(exchange: Exchange, *, after: int) -> Response:
    return StreamingResponse(
        spoken(exchange, after=after), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )

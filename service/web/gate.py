"""Before a route sees a request: its name, its place in the log, and the refusals HTTP itself asks for."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from .problems import refusal, speaks_openai
from .security import new_id
from .streaming import SlowReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("service.web.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
INTERNAL = "Something went wrong here. The request id helps the operator to find it."

_PUBLIC_PREFIX = "/widget"
"""Scripts any page may load; they hold nothing of anybody."""


class Gate:
    """Pure ASGI, because a middleware built on responses makes a failed stream look like a clean end."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed_origins: tuple[str, ...],
        max_body_bytes: int,
        max_history_bytes: int,
        requested: Callable[[str, str | None, int], None],
    ) -> None:
        self._app = app
        self._requested = requested
        self._allowed_origins = frozenset(allowed_origins)
        self._max_body_bytes = max_body_bytes
        self._max_history_bytes = max_history_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
        structlog.contextvars.bind_contextvars(request_id=request_id)  # each request has a context of its own
        scope["ondap.request_id"] = request_id
        began = time.perf_counter()
        status = 0
        origin = headers.get("origin", "")

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["X-Request-ID"] = request_id
                answer["X-Content-Type-Options"] = "nosniff"
                answer["Referrer-Policy"] = "same-origin"
                if origin.lower() in self._allowed_origins:  # also on refusals, so that a widget can read them
                    answer["Access-Control-Allow-Origin"] = origin
                    answer.add_vary_header("Origin")
            await send(message)

        left = self._most(scope["path"])

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413)
            return message

        try:
            refused = self._refuse(scope, headers)
            await (refused or self._app)(scope, bounded, named)
        except SlowReader:
            log.info("slow_reader_ended")
        except Exception:
            log.exception("request_failed")
            if not status:
                await refusal(scope["path"], 500, INTERNAL, code="internal")(scope, receive, named)
        finally:
            # the template, never the raw path: it may hold a conversation's secret
            route = getattr(scope.get("route"), "path", None)
            self._requested(scope["method"], route, status)
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )

    def _refuse(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        problem = partial(refusal, scope["path"])
        origin = headers.get("origin")
        if origin is not None and not self._welcome(origin, headers, scope["path"]):
            return problem(403, "This site is not among ONDAP_ALLOWED_ORIGINS.", code="origin_not_allowed")
        if "content-length" in headers and "transfer-encoding" in headers:
            return problem(
                400, "Content-Length and Transfer-Encoding exclude each other.", headers={"Connection": "close"}
            )
        length = headers.get("content-length", "0")  # a body without one is counted as it comes
        if not length.isdecimal() or int(length) > self._most(scope["path"]):
            return problem(413, "The body is too large.")
        if headers.get("content-encoding", "identity") != "identity":
            return problem(415, "Send the body uncompressed.")
        kind, _, parameters = headers.get("content-type", "").partition(";")
        charset = re.search(r"charset=\"?([\w-]+)", parameters, re.IGNORECASE)
        if charset and charset[1].lower() not in {"utf-8", "utf8"}:
            return problem(415, "Send UTF-8: JSON has no other encoding.")
        if kind and scope["method"] == "POST" and kind.strip().lower() != "application/json":
            return problem(415, "Send the body as application/json.")
        return None

    def _most(self, path: str) -> int:
        return self._max_history_bytes if speaks_openai(path) else self._max_body_bytes

    def _welcome(self, origin: str, headers: Headers, path: str) -> bool:
        if origin.lower() in self._allowed_origins or path.startswith(_PUBLIC_PREFIX):
            return True
        try:
            return bool(headers.get("host")) and urlsplit(origin).netloc == headers["host"]
        except ValueError:
            return False

"""The widget's files for any site, and a demo shop that carries it."""

from __future__ import annotations

import re
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from ...resources import WIDGET
from ..demo import TheDemo

router = APIRouter(include_in_schema=False)

ANY_SITE = {
    "Access-Control-Allow-Origin": "*",  # modules are fetched with CORS; they hold nothing of anybody
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-cache",  # asked again each time, answered 304: a new release reaches every shop at once
}

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)

_NAME = re.compile(r"[a-z0-9_-]+(?:/[a-z0-9_-]+)*\.(js|css)")
_KINDS = {"js": "text/javascript", "css": "text/css"}


@router.get("/widget.js")
async def loader() -> Response:
    """The one script a shop embeds."""
    return _file("widget.js")


@router.get("/widget/{name:path}")
async def module(name: str) -> Response:
    """What the loader imports once the bubble is opened."""
    return _file(name)


@router.get("/")
async def demo(demo: TheDemo, lang: Literal["ko", "en"] | None = None) -> HTMLResponse:
    """A small shop with the widget on it."""
    return HTMLResponse(demo.page(lang), headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/demo.css")
@router.get("/demo.js")
async def demo_file(request: Request, demo: TheDemo) -> FileResponse:
    """What the demo shop looks like."""
    return FileResponse(demo.file(request.url.path.removeprefix("/")), headers={"Cache-Control": "no-cache"})


def _file(name: str) -> Response:
    plain = _NAME.fullmatch(name)
    if plain is None or not (WIDGET / name).is_file():
        raise HTTPException(404)
    return FileResponse(WIDGET / name, media_type=_KINDS[plain[1]], headers=ANY_SITE)

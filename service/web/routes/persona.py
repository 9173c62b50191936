"""`GET /api/persona`: who speaks here, for a widget that is being opened."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ..parts import TheParts

router = APIRouter(tags=["chat"])

KEPT_SECONDS = 300


@router.get("/api/persona")
async def persona(parts: TheParts, locale: Literal["ko", "en"] | None = None) -> JSONResponse:
    """The persona's name and greeting in a language; `greeting` is null where it has none in it."""
    speaker = parts.answerer.persona
    wanted = locale or parts.settings.locale
    about = {"name": speaker.called(wanted), "greeting": speaker.greeting(wanted)}
    return JSONResponse(about, headers={"Cache-Control": f"public, max-age={KEPT_SECONDS}"})

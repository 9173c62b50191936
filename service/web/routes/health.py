"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ...errors import StoreError
from ..parts import TheParts

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(parts: TheParts) -> JSONResponse:
    """Which index serves, whether exchanges can be stored, and what is out of order for now.

    200 while visitors get answers from the FAQ and are recorded; 503 when the store refuses.
    """
    try:
        await parts.store.check()
    except StoreError as error:
        store = type(error).__name__
    else:
        store = "ok"
    completions = "configured" if parts.settings.chat_base_url else "none"
    body: dict[str, Any] = {
        "status": "ready" if store == "ok" else "degraded",
        "index_version": parts.retriever.index_version,
        "embedder": parts.retriever.embedder,
        "warnings": list(parts.retriever.warnings),
        "store": store,
        "completions": completions,
        "answers_under_way": parts.runs.running,
    }
    return JSONResponse(body, 200 if store == "ok" else 503)

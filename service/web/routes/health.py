"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from ...errors import StoreError
from ..parts import Parts, TheParts, is_operator

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request, parts: TheParts) -> JSONResponse:
    """Which index serves, whether exchanges can be stored, and how much of the service there is for now.

    200 while visitors get answers from the FAQ and are recorded; 503 when the store refuses. The operator, who sends
    the admin token, is also told what to look at.
    """
    try:
        await parts.store.check()
    except StoreError as error:
        store = type(error).__name__
    else:
        store = "ok"
    budget = await parts.model.budget.look() if parts.model and parts.model.budget else "ok"
    body: dict[str, Any] = {
        "status": "ready" if store == "ok" else "degraded",
        "level": _level(parts, store),
        "index_version": parts.retriever.index_version,
        "embedder": parts.retriever.embedder,
        "store": store,
        "answers_under_way": parts.runs.running,
    }
    if parts.model:
        body["targets"] = dict(parts.model.states)
        body["budget"] = budget
    if is_operator(request, parts):
        body["warnings"] = list(parts.retriever.warnings)  # they name files
    return JSONResponse(body, 200 if store == "ok" else 503)


def _level(parts: Parts, store: str) -> Literal["full", "offline_embeddings", "no_model", "read_only"]:
    """The rung of the ladder we stand on: nothing is stored, no model answers, no embeddings endpoint, all there is."""
    if store != "ok":
        return "read_only"
    if parts.model is None or not parts.model.available:
        return "no_model"
    return "offline_embeddings" if parts.retriever.degraded else "full"

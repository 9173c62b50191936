"""What this process counts, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ..metrics import CONTENT_TYPE
from ..parts import OperatorOnly, TheParts

router = APIRouter(tags=["operator"], dependencies=[OperatorOnly])


@router.get("/metrics")
async def metrics(parts: TheParts) -> Response:
    """Counts and times since this process began, as text."""
    return Response(await parts.metrics.exposition(), media_type=CONTENT_TYPE)

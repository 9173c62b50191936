"""One short question to a model that nobody waits for: bounded in time and length, and never the last word."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog

from ..errors import UpstreamError
from ..generation.completion import CompletionRequest, Ending, Sampling
from ..generation.fence import fenced
from ..generation.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..generation.completion import Completer

log = structlog.get_logger(__name__)


async def short_reply(
    completer: Completer,
    instructions: str,
    data: Mapping[str, str],
    *,
    max_tokens: int,
    seconds: float,
    visitor: str | None = None,
) -> str | None:
    """The whole reply, or None where there is none within `seconds`, or it is not whole. Never raises."""
    asked = CompletionRequest(
        (Message("system", instructions), Message("user", fenced(data))),
        sampling=Sampling(temperature=0.0, max_tokens=max_tokens),
        visitor=visitor,
    )
    pieces: list[str] = []
    try:
        async with asyncio.timeout(seconds), aclosing(completer.stream(asked)) as stream:
            async for piece in stream:
                if isinstance(piece, Ending):
                    return "".join(pieces).strip() if piece.complete else None
                if isinstance(piece, str):
                    pieces.append(piece)
    except (UpstreamError, TimeoutError) as error:
        log.info("desk_model_not_heard", reason=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever happens, the rules have decided already
        log.warning("desk_model_failed", reason=type(error).__name__)
    return None

"""A completion that may call tools on its way: what it says, what it calls, and one honest end."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import UpstreamInterrupted, UpstreamRefused, UpstreamUnavailable
from ..completion import Ending, ToolCalls
from ..message import Message
from ..tokens import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ..completion import Completer, CompletionRequest
    from ..message import ToolCall
    from .toolbox import Identified, Toolbox, ToolResult

MAX_CALLS = 3
"""In one answer. Then the model has to answer with what it knows."""

PATIENCE_SECONDS = 20.0
"""So long after the question no further call is made: somebody is waiting for words."""


@dataclass(frozen=True, slots=True)
class ToolUsed:
    """A tool was called. `result.escalation` is the reason to call a person, where that is what was asked for."""

    result: ToolResult


async def using_tools(
    completer: Completer,
    request: CompletionRequest,
    toolbox: Toolbox,
    visitor: Identified | None,
    *,
    on_call: Callable[[ToolResult], Awaitable[None]],
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[str | ToolUsed | Ending, None]:
    """As `Completer.stream`, with the calls made: text as it comes, `ToolUsed` behind each call, then one `Ending`.

    `request.tools` are those that may be called, as `Toolbox.offered` gave them; at most 3 calls are made, then a last
    completion goes without tools. The ending's usage is that of all completions together. `on_call` keeps each call and
    is awaited before the model hears of its result; it must not raise.
    """
    until = clock() + PATIENCE_SECONDS
    spent = Usage(0, 0)
    said, left = False, MAX_CALLS
    while True:
        texts: list[str] = []
        calls: tuple[ToolCall, ...] = ()
        try:
            async with aclosing(completer.stream(request)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, ToolCalls):
                        calls = piece.calls
                    elif isinstance(piece, Ending):
                        ending = piece
                    else:
                        if said and not texts:  # what comes after a call begins a paragraph of its own
                            yield "\n\n"
                        texts.append(piece)
                        yield piece
        except (UpstreamUnavailable, UpstreamRefused) as error:
            if said:  # to the visitor it is one answer, and it has begun
                raise UpstreamInterrupted(str(error)) from None
            raise
        said = said or bool(texts)
        spent += ending.usage
        if ending.finish_reason != "tool_calls" or not calls or not request.tools:
            yield replace(ending, usage=spent)
            return
        results = []
        for call in calls:
            left = left if clock() < until else 0
            result = await toolbox.call(call, visitor) if left > 0 else toolbox.left_out(call)
            left -= 1
            await on_call(result)
            yield ToolUsed(result)
            results.append(Message("tool", result.text, call_id=call.id))
        asked = Message("assistant", "".join(texts), calls=calls)
        messages = (*request.messages, asked, *results)
        request = replace(request, messages=messages, tools=request.tools if left > 0 else ())

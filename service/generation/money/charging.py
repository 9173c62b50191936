"""How many tokens an attempt is charged with: the provider's count where it can be true, ours where it cannot. Pure.

The ideal, max(reported, estimated), would charge a Korean shop twice what it pays: there a syllable is estimated as one
token and models make about half of it. So a reported count is believed when it is at least a quarter of the estimate
and not beyond what one answer can be; outside of that the nearest defensible figure is charged (fault 98).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..tokens import Usage, estimate_tokens

if TYPE_CHECKING:
    from ..completion import CompletionRequest

MESSAGE_TOKENS = 4
"""What a message costs beside its text: its role and its borders."""
ESTIMATE_PERCENT = 115
"""What is not reported is charged with this much more, because the estimate may err low."""
RESERVE_PERCENT = 125
RESERVE_TOKENS = 32
BELIEVED_FROM = 0.25
"""A report below this share of the estimate is no count of what we sent and saw."""
BELIEVED_UP_TO = 4
HIDDEN_INPUT_TOKENS = 4_096
"""What a gateway may add to a prompt of its own."""
HIDDEN_OUTPUT_TOKENS = 65_536
"""What a model may think without showing it."""
IN_FLIGHT_TOKENS = 32
"""Written, and billed, before the provider noticed that nobody reads any more."""
KOREAN_ESTIMATE = 2.5
"""No text is estimated at more than this many times its tokens."""


def sent_tokens(asked: CompletionRequest) -> int:
    """About what the model is given to read, tools and format included."""
    tokens = 3
    for message in asked.messages:
        tokens += MESSAGE_TOKENS + estimate_tokens(message.content)
        tokens += sum(MESSAGE_TOKENS + estimate_tokens(call.name + call.arguments) for call in message.calls)
    for tool in asked.tools:
        schema = json.dumps(tool.schema, ensure_ascii=False, default=str)
        tokens += 2 * MESSAGE_TOKENS + estimate_tokens(tool.name + tool.description + schema)
    if asked.response_format is not None:
        tokens += estimate_tokens(json.dumps(asked.response_format, ensure_ascii=False, default=str))
    return tokens


def most(sent: int, max_tokens: int) -> Usage:
    """The most an attempt can cost: what is reserved before it is made."""
    return Usage(_percent(sent, RESERVE_PERCENT) + RESERVE_TOKENS, max_tokens, estimated=True)


def charged(reported: Usage | None, *, sent: int, seen: int, max_tokens: int) -> Usage:
    """What a whole answer is charged with. `sent` and `seen` are estimates, without a margin."""
    if reported is None or reported.estimated:
        return Usage(_percent(sent, ESTIMATE_PERCENT), _written(seen, max_tokens), estimated=True)
    read, read_believed = _believed(
        reported.input_tokens, sent, BELIEVED_UP_TO * sent + HIDDEN_INPUT_TOKENS, _percent(sent, ESTIMATE_PERCENT)
    )
    longest = BELIEVED_UP_TO * max(seen, max_tokens) + HIDDEN_OUTPUT_TOKENS
    written, written_believed = _believed(reported.output_tokens, seen, longest, _written(seen, max_tokens))
    cached = reported.cached_tokens if read_believed and 0 <= reported.cached_tokens <= read else 0
    return Usage(read, written, estimated=not (read_believed and written_believed), cached_tokens=cached)


def charged_unfinished(*, sent: int, seen: int, max_tokens: int) -> Usage:
    """What an attempt is charged with that failed, broke off or was abandoned: nobody reports on those."""
    written = _written(seen, max_tokens, under_way=IN_FLIGHT_TOKENS if seen else 0)
    return Usage(_percent(sent, ESTIMATE_PERCENT), written, estimated=True)


def _believed(reported: int, estimated: int, highest: int, instead: int) -> tuple[int, bool]:
    if reported < estimated * BELIEVED_FROM:
        return instead, False
    if reported > highest:
        return highest, False
    return reported, True


def _written(seen: int, max_tokens: int, *, under_way: int = 0) -> int:
    """An estimate above what was allowed is an estimate that errs, unless it is too far above for that."""
    estimate = _percent(seen, ESTIMATE_PERCENT) + under_way
    return min(estimate, max_tokens) if seen <= KOREAN_ESTIMATE * max_tokens else estimate


def _percent(tokens: int, percent: int) -> int:
    """Rounded up."""
    return -(-tokens * percent // 100)

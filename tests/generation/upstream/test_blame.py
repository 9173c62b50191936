"""Who is to blame for a failure, and whether trying again helps."""

from __future__ import annotations

import re
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from service.errors import UpstreamRefused, UpstreamUnavailable
from service.generation.completion import CompletionRequest
from tests.upstream import (
    Upstream,
    faulty,
    whole,
)

from .asked import ASKED, GOOD, completing, tell

if TYPE_CHECKING:
    from tests.upstream import Script

CANARY = "sk-canary"


@pytest.mark.parametrize("status", [307, 308, 400, 401, 402, 403, 404, 405, 413, 422])
async def test_a_refusal_is_final(status: int) -> None:
    """Faults 69-71, 99: one attempt, and the operator is told."""
    moved = {"location": "https://elsewhere.example/v1"} if status < 400 else {}
    told, attempts = await tell(whole(status, {"error": {"message": CANARY}}, headers=moved))
    assert isinstance(told.error, UpstreamRefused)
    assert str(status) in str(told.error)
    assert attempts == 1


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
async def test_a_busy_provider_is_asked_once_more(status: int) -> None:
    """Faults 71, 72, 76."""
    busy = whole(status, {"error": {"message": CANARY}})
    told, attempts = await tell(busy, GOOD)
    assert (told.text, attempts) == ("제주는 3,000원", 2)
    told, attempts = await tell(busy)
    assert isinstance(told.error, UpstreamUnavailable)
    assert attempts == 2


async def test_an_exhausted_quota_is_final() -> None:
    """Fault 75."""
    told, attempts = await tell(whole(429, {"error": {"code": "insufficient_quota", "message": CANARY}}))
    assert isinstance(told.error, UpstreamRefused)
    assert attempts == 1


@pytest.mark.parametrize(
    ("retry_after", "attempts"),
    [
        ("0", 2),
        ("0.01", 2),
        ("300", 1),
        ("Sun, 01 Nov 2026 00:00:00 GMT", 2),
        ("Sun, 01 Nov 2026 01:00:00 GMT", 1),
        ("Sat, 31 Oct 1998 00:00:00 GMT", 2),
        ("soon", 2),
        ("-5", 2),
        ("1e309", 2),
        ("NaN", 2),
        ("", 2),
    ],
)
async def test_a_second_attempt_waits_as_asked_or_is_not_made(retry_after: str, attempts: int) -> None:
    """Faults 72-74, 105: 300 seconds do not fit the deadline, and nonsense counts as nothing said."""
    busy = whole(429, {"error": {}}, headers={"retry-after": retry_after})
    told, made = await tell(busy, GOOD, now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    assert made == attempts
    assert isinstance(told.error, UpstreamUnavailable) is (attempts == 1)


async def test_nobody_listening_is_unavailable() -> None:
    """Fault 68."""
    async with Upstream(GOOD) as gone:
        completer = completing(gone)
    with pytest.raises(UpstreamUnavailable):
        await anext(completer.stream(CompletionRequest(ASKED)))
    await completer.close()


@pytest.mark.parametrize(
    "script",
    [
        whole(401, {"error": {"message": f"Incorrect API key provided: {CANARY}", "code": CANARY}}),
        whole(500, CANARY),
        faulty("error object"),
        faulty("error event of text"),
        faulty("error object", after=["네"]),
    ],
)
async def test_no_word_of_the_provider_and_no_key_is_in_an_error(script: Script) -> None:
    """T19: neither in the message nor in a traceback that a log would print."""
    told, _ = await tell(script)
    assert told.error
    printed = "".join(traceback.format_exception(told.error))
    assert CANARY not in printed
    assert "sk-ours" not in printed
    assert re.match(r"The completion endpoint 127\.0\.0\.1 [^\n]+\.$", str(told.error))

"""What may arrive instead of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.errors import UpstreamInterrupted, UpstreamUnavailable
from service.generation.completion import Ending
from service.generation.tokens import Usage
from tests.upstream import (
    FINISH,
    Act,
    chunk,
    delta,
    head,
    whole,
)

from .asked import GOOD, Told, tell

if TYPE_CHECKING:
    from tests.upstream import Script

CANARY = "sk-canary"


async def test_a_completion_in_one_piece_is_accepted_although_a_stream_was_asked_for() -> None:
    """Fault 91."""
    said = {"index": 0, "message": {"role": "assistant", "content": "네, 됩니다."}, "finish_reason": "stop"}
    counted = {"prompt_tokens": 3, "completion_tokens": 4}
    told, _ = await tell(whole(200, {"model": "fake-2", "choices": [said], "usage": counted}))
    assert told == Told("네, 됩니다.", Ending("stop", Usage(3, 4), "fake-2", "127.0.0.1"), None)


async def test_a_completion_in_one_piece_needs_its_finish_reason_too() -> None:
    """Faults 86, 91."""
    told, _ = await tell(whole(200, {"choices": [{"message": {"content": "네, 됩"}}]}))
    assert isinstance(told.error, UpstreamInterrupted)


@pytest.mark.parametrize(
    "other",
    [
        whole(200, "<html>Sign in to the network</html>"),
        whole(200, {"error": {"message": CANARY}}),
        whole(200, {"detail": CANARY}),
        (head(200, "application/json", length=-1), b'{"choices": [{"mess', Act.CLOSE),
        (head(200, "application/octet-stream"), chunk(delta(content="네")), *FINISH),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Act.CLOSE),
    ],
    ids=["html", "error", "other json", "cut json", "other type", "not http"],
)
async def test_what_is_no_completion_counts_as_a_failed_attempt(other: Script) -> None:
    """Faults 85, 90, 91."""
    told, attempts = await tell(other, GOOD)
    assert (told.text, told.error, attempts) == ("제주는 3,000원", None, 2)
    told, attempts = await tell(other)
    assert isinstance(told.error, UpstreamUnavailable)
    assert (told.text, attempts) == ("", 2)

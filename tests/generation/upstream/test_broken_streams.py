"""What a provider can do wrong after its headers, before its first word and after it."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import TYPE_CHECKING

import pytest

from service.errors import UpstreamInterrupted, UpstreamUnavailable
from service.generation.completion import CompletionRequest
from service.generation.upstream.patience import Deadlines
from tests.upstream import (
    DONE,
    FAULTS,
    Act,
    answer,
    delta,
    faulty,
    head,
    usage,
)

from .asked import ASKED, GOOD, asking, tell

if TYPE_CHECKING:
    pass

SILENCES = ("hang", "comment drip", "empty delta drip")
NEVER_TWICE = (
    "an event of 30 MB",
    "a line without end",
    "comments without end",
    "a tool call",
    "a finish by tool call",
)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - set(SILENCES)))
async def test_a_fault_before_the_first_word_is_tried_once_more(name: str) -> None:
    """Faults 77, 78, 83-89, 93-95."""
    told, attempts = await tell(faulty(name), GOOD)
    if name in NEVER_TWICE:
        assert isinstance(told.error, UpstreamUnavailable)
        assert (told.text, attempts) == ("", 1)
    else:
        assert told.error is None
        assert (told.text, attempts) == ("제주는 3,000원", 2)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - set(SILENCES)))
async def test_a_fault_that_stays_makes_the_provider_unavailable_after_two_attempts(name: str) -> None:
    """Faults 77, 78, 83-89, 93-95."""
    told, attempts = await tell(faulty(name))
    assert isinstance(told.error, UpstreamUnavailable)
    assert (told.text, told.ending) == ("", None)
    assert attempts == (1 if name in NEVER_TWICE else 2)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - set(SILENCES)))
async def test_a_fault_after_the_first_word_interrupts_and_is_never_tried_again(name: str) -> None:
    """Faults 77, 78, 81, 83-89, 93-95: what was shown stays, and nothing calls it whole."""
    told, attempts = await tell(faulty(name, after=["제주", "는 "]), GOOD)
    assert isinstance(told.error, UpstreamInterrupted)
    assert (told.text, told.ending, attempts) == ("제주는 ", None, 1)


@pytest.mark.parametrize("name", SILENCES)
async def test_silence_before_the_first_word_ends_at_the_first_deadline(name: str) -> None:
    """Faults 80, 82: comments and empty pieces are silence too; a second attempt would only double the wait."""
    told, attempts = await tell(faulty(name), deadlines=Deadlines(first=0.1, between=60, total=60, pause=0))
    assert isinstance(told.error, UpstreamUnavailable)
    assert attempts == 1


@pytest.mark.parametrize("name", SILENCES)
async def test_silence_after_the_first_word_interrupts(name: str) -> None:
    """Faults 81, 82."""
    told, attempts = await tell(faulty(name, after=["제주"]), deadlines=Deadlines(first=20, between=0.1, total=60))
    assert isinstance(told.error, UpstreamInterrupted)
    assert (told.text, attempts) == ("제주", 1)


async def test_a_hang_before_the_headers_ends_at_the_first_deadline() -> None:
    """Fault 79."""
    told, attempts = await tell((Act.HANG,), deadlines=Deadlines(first=0.1, total=60, pause=0))
    assert isinstance(told.error, UpstreamUnavailable)
    assert attempts == 1


async def test_an_answer_that_never_ends_is_stopped_at_the_total_deadline() -> None:
    """Fault 94."""
    endless = answer([f"{n} " for n in range(500)], interval_seconds=0.01)
    told, _ = await tell(endless, deadlines=Deadlines(first=20, between=20, total=0.4))
    assert isinstance(told.error, UpstreamInterrupted)
    assert told.text.startswith("0 1 2")


async def test_a_visitor_who_reads_slowly_does_not_count_as_a_silent_provider() -> None:
    async with asking(
        answer(["하나", "둘"], interval_seconds=0.02), deadlines=Deadlines(first=20, between=0.05, total=60)
    ) as asked:
        pieces = []
        async for piece in asked.completer.stream(CompletionRequest(ASKED)):
            pieces.append(piece)
            read_on = asyncio.Event()
            asyncio.get_running_loop().call_later(0.1, read_on.set)
            await read_on.wait()
    assert pieces[:2] == ["하나", "둘"]


async def test_no_stream_cut_at_any_byte_is_passed_off_as_whole() -> None:
    """Faults 83-86, goal G3: only a stream that carries its finish_reason to the end of that event is complete."""
    body = b"".join(delta(content=piece) for piece in ("제주", "는 ", "3,000원"))
    finish = delta("stop")
    sent = body + finish + usage(7, 5) + DONE
    seeded = random.Random(20261101)
    cuts = [*sorted(seeded.sample(range(len(sent)), 40)), len(body + finish) - 1, len(body + finish)]
    for cut, ending in itertools.product(cuts, (Act.RESET, Act.CLOSE)):
        told, _ = await tell((head(length=-1), sent[:cut], ending))
        if told.ending:
            assert cut >= len(body + finish)
            assert told.text == "제주는 3,000원"
        else:
            assert "제주는 3,000원".startswith(told.text)
            assert isinstance(told.error, UpstreamInterrupted if told.text else UpstreamUnavailable)


async def test_the_same_piece_a_hundred_times_is_a_loop_and_not_an_answer() -> None:
    """Fault 92."""
    told, _ = await tell(answer(["네 "] * 300))
    assert isinstance(told.error, UpstreamInterrupted)
    assert told.text == "네 " * 99


async def test_text_beyond_sixteen_kibibytes_is_cut_and_called_interrupted() -> None:
    """Fault 94."""
    told, _ = await tell(answer([f"{n:04}" + "가" * 332 for n in range(20)]))
    assert isinstance(told.error, UpstreamInterrupted)
    assert len(told.text.encode()) == 16_000

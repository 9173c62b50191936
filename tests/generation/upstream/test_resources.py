"""What a completion holds while it runs, and gives back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from service.errors import UpstreamUnavailable
from service.generation.completion import CompletionRequest
from service.generation.upstream.bulkhead import Bulkhead
from tests.upstream import (
    OPENING,
    Act,
    answer,
    faulty,
    whole,
)

from .asked import ASKED, GOOD, asking

if TYPE_CHECKING:
    from tests.upstream import Script


@pytest.mark.parametrize(
    "script",
    [(Act.HANG,), (*OPENING, Act.HANG), faulty("hang", after=["네"]), faulty("comment drip", after=["네"])],
    ids=["before headers", "before the first word", "between words", "while it drips"],
)
async def test_a_visitor_who_leaves_frees_the_provider_at_once(script: Script) -> None:
    """Fault 120, goal G10."""
    async with asking(script) as asked:
        reading = asyncio.create_task(asked.tell())
        await asked.upstream.arrived()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        async with asyncio.timeout(5):
            await asked.upstream.all_closed()


async def test_closing_the_iterator_in_the_middle_closes_the_connection() -> None:
    """Fault 120, goal G10."""
    async with asking(faulty("hang", after=["네"])) as asked:
        async with aclosing(asked.completer.stream(CompletionRequest(ASKED))) as pieces:
            assert await anext(pieces) == "네"
            assert asked.upstream.open_connections == 1
        async with asyncio.timeout(5):
            await asked.upstream.all_closed()


async def test_leaving_during_the_pause_before_a_second_attempt_makes_none() -> None:
    """Fault 120."""
    busy = whole(429, {}, headers={"retry-after": "15"})
    async with asking(busy, GOOD) as asked:
        reading = asyncio.create_task(asked.tell())
        await asked.upstream.arrived()
        done, _ = await asyncio.wait({reading}, timeout=0.1)
        assert not done
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert asked.attempts == 1


async def test_a_connection_is_used_again_after_a_whole_answer() -> None:
    async with asking(GOOD) as asked:
        for _ in range(3):
            assert (await asked.tell()).error is None
        assert asked.upstream.connections == 1
        assert asked.attempts == 3


async def test_a_connection_that_the_provider_closed_meanwhile_costs_no_answer() -> None:
    async with asking((*GOOD, Act.CLOSE), GOOD) as asked:
        assert (await asked.tell()).error is None
        assert (await asked.tell()).text == "제주는 3,000원"


async def test_only_so_many_completions_run_and_wait_at_once() -> None:
    """Fault 103."""
    bulkhead = Bulkhead(places=1, queue=1, patience_seconds=60)
    async with asking(faulty("hang"), bulkhead=bulkhead) as asked:
        running = asyncio.create_task(asked.tell())
        await asked.upstream.arrived()
        queued = asyncio.create_task(asked.tell())
        await asyncio.wait({queued}, timeout=0.05)
        refused = await asked.tell()
        assert isinstance(refused.error, UpstreamUnavailable)
        assert asked.attempts == 1
        for task in (running, queued):
            task.cancel()
        await asyncio.wait({running, queued})


async def test_a_place_in_the_queue_is_given_up_after_a_while() -> None:
    """Fault 103."""
    async with asking(faulty("hang"), bulkhead=Bulkhead(places=1, patience_seconds=0.05)) as asked:
        running = asyncio.create_task(asked.tell())
        await asked.upstream.arrived()
        assert isinstance((await asked.tell()).error, UpstreamUnavailable)
        running.cancel()
        await asyncio.wait({running})


async def test_many_streams_at_once_do_not_mix() -> None:
    """T22: each visitor gets the bytes of their own answer."""
    scripts = [answer([f"{n}번 손님 ", f"답 {n}"]) for n in range(40)]
    async with asking(*scripts) as asked:
        told = await asyncio.gather(*(asked.tell() for _ in scripts))
    assert {one.text for one in told} == {f"{n}번 손님 답 {n}" for n in range(40)}
    assert all(one.ending and one.ending.complete for one in told)


def test_a_service_without_an_endpoint_does_not_pay_for_the_sdk() -> None:
    asked = "import sys, service.generation.completion; print('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True).stdout.strip() == b"False"

"""What says that a target is dead, and what only that it is slow or busy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from service.errors import UpstreamInterrupted, UpstreamUnavailable
from service.generation.completion import CompletionRequest
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.patience import Deadlines
from service.generation.upstream.target import Target
from tests.upstream import OPENING, Act, Pause, chunk, delta, whole

from .asked import ASKED, GOOD, asking

if TYPE_CHECKING:
    from service.generation.completion import Attempt
    from tests.upstream import Script


async def test_a_model_that_is_slow_and_goes_on_is_cut_off_and_not_taken_for_dead() -> None:
    """Fault 94, goal G5: a model at home may write longer than anybody waits."""
    writing: Script = (*OPENING, *[step for _ in range(200) for step in (chunk(delta(content="말 ")), Pause(0.02))])
    async with asking(writing, deadlines=Deadlines(first=5, between=5, total=0.2)) as asked:
        for _ in range(3):
            told = await asked.tell()
            assert isinstance(told.error, UpstreamInterrupted)
            assert "took too long for all of its answer" in str(told.error)
        assert set(asked.completer.states.values()) == {"closed"}


async def test_one_that_falls_silent_behind_its_first_words_is() -> None:
    """Fault 81."""
    async with asking((*OPENING, chunk(delta(content="네")), Act.HANG), deadlines=Deadlines(between=0.1)) as asked:
        for _ in range(2):
            assert isinstance((await asked.tell()).error, UpstreamInterrupted)
        assert set(asked.completer.states.values()) == {"open"}


@pytest.mark.parametrize(
    ("status", "retry_after", "state"),
    [(503, "0", "open"), (500, "0", "open"), (429, "0", "open"), (503, "300", "closed"), (429, "300", "closed")],
)
async def test_who_is_told_to_come_back_at_once_and_fails_again_is_dead(
    status: int, retry_after: str, state: str
) -> None:
    """Faults 72-76, goal G5: a pause that is none holds nobody back, so failures are counted beside it."""
    dead = whole(status, {}, headers={"retry-after": retry_after})
    async with asking(dead, deadlines=Deadlines(first=2.5, pause=0.0)) as asked:
        for _ in range(5):
            assert isinstance((await asked.tell()).error, UpstreamUnavailable)
        assert set(asked.completer.states.values()) == {state}
        assert asked.attempts <= 5


class Broken:
    """An observer with a fault of its own, at the first probe."""

    def __init__(self) -> None:
        self.attempts = 0
        self.back = asyncio.Event()

    def attempted(self, _attempt: Attempt) -> None:
        self.attempts += 1
        if self.attempts == 6:
            raise RuntimeError("a fault of our own")

    def breaker_changed(self, _target: str, state: str) -> None:
        if state == "probing":
            self.back.set()


async def test_a_probe_that_breaks_is_not_the_last() -> None:
    """Goal G5: a target that nobody looks at any more would stay dead until the service starts again."""
    dead, broken = whole(500, {}), Broken()
    async with asking(*[dead] * 5, GOOD, deadlines=Deadlines(probe=0.01, pause=0.0), observer=broken) as asked:
        for _ in range(3):
            await asked.tell()
        await asyncio.wait_for(broken.back.wait(), 5)


async def test_a_host_that_is_no_name_cannot_be_reached() -> None:
    """Fault 68."""
    completer = OpenAICompleter([Target("https://a..example/v1", None, "m")], deadlines=Deadlines(pause=0.0))
    with pytest.raises(UpstreamUnavailable, match="could not be reached"):
        _ = [piece async for piece in completer.stream(CompletionRequest(ASKED))]
    await completer.close()

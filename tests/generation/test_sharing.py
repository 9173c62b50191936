"""The same question at the same time: one completion for all, and nobody hears another's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from service.errors import BudgetSpent, UpstreamInterrupted
from service.generation.completion import Bill, CompletionRequest, Ending, Sampling
from service.generation.message import Message, Tool
from service.generation.sharing import Shared, same_words
from service.generation.tokens import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from service.generation.completion import Piece

ASKED = CompletionRequest([Message("system", "You help."), Message("user", "주차되나요?")], shared=True)
WHOLE: list[Piece] = ["주차", "는 ", "됩니다.", Ending("stop", Usage(12, 34), "fake-1")]


class Slow:
    """Says a piece each time it is told to."""

    model = "slow-1"

    def __init__(self, *, fails_after: int | None = None) -> None:
        self.asked: list[CompletionRequest] = []
        self.stopped = 0
        self._fails_after = fails_after
        self._allowed = asyncio.Semaphore(0)

    def say(self, pieces: int) -> None:
        for _ in range(pieces):
            self._allowed.release()

    async def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        self.asked.append(asked)
        try:
            for said, piece in enumerate(WHOLE):
                await self._allowed.acquire()
                if said == 0 and asked.bill:
                    asked.bill.add(Usage(12, 34), 0.25)
                if said == self._fails_after:
                    raise UpstreamInterrupted("The endpoint broke off.")
                yield piece
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped += 1
            raise


async def heard(shared: Shared, asked: CompletionRequest = ASKED) -> list[Piece]:
    return [piece async for piece in shared.stream(asked)]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_two_who_ask_the_same_share_one_completion_and_one_of_them_pays() -> None:
    model = Slow()
    shared = Shared(model)
    first = asyncio.create_task(heard(shared, replace(ASKED, request_id="a", visitor="v1")))
    await settle()
    model.say(2)
    await settle()
    second = asyncio.create_task(heard(shared, replace(ASKED, request_id="b", visitor="v2")))
    await settle()
    model.say(2)
    assert await first == WHOLE
    assert await second == [*WHOLE[:-1], Ending("stop", Usage(0, 0), "fake-1", cost_usd=0.0)]
    assert [asked.request_id for asked in model.asked] == ["a"]


async def test_who_leaves_first_does_not_end_it_for_the_other() -> None:
    model = Slow()
    shared = Shared(model)
    first, second = (asyncio.create_task(heard(shared)) for _ in range(2))
    await settle()
    model.say(1)
    await settle()
    first.cancel()
    await settle()
    assert model.stopped == 0
    model.say(3)
    assert len(await second) == 4
    assert first.cancelled()


async def test_the_last_to_leave_stops_the_model_and_the_next_asks_anew() -> None:
    model = Slow()
    shared = Shared(model)
    listeners = [asyncio.create_task(heard(shared)) for _ in range(2)]
    await settle()
    for listener in listeners:
        listener.cancel()
    await asyncio.wait(listeners, return_when=asyncio.ALL_COMPLETED)
    again = asyncio.create_task(heard(shared))  # the old one may not have ended yet
    await settle()
    model.say(4)
    assert await again == WHOLE
    assert (model.stopped, len(model.asked)) == (1, 2)


async def test_a_failure_is_everybodys_and_the_next_asks_anew() -> None:
    """Fault 123."""
    model = Slow(fails_after=1)
    shared = Shared(model)
    listeners = [asyncio.create_task(heard(shared)) for _ in range(3)]
    await settle()
    model.say(2)
    failed = await asyncio.gather(*listeners, return_exceptions=True)
    assert [type(error) for error in failed] == [UpstreamInterrupted] * 3
    model._fails_after = None
    model.say(4)
    assert await heard(shared) == WHOLE


class Poor(Slow):
    """Has no budget for some visitors."""

    def __init__(self, *poor: str) -> None:
        super().__init__()
        self._poor = poor

    async def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        if asked.visitor in self._poor:
            await asyncio.sleep(0)
            self.asked.append(asked)
            raise BudgetSpent("This visitor has used up the budget of the day.")
        async for piece in super().stream(asked):
            yield piece


async def test_who_has_no_budget_left_does_not_refuse_the_others() -> None:
    """Fault 123: the next one pays, and the rest join that one."""
    model = Poor("poor")
    model.say(4)
    shared = Shared(model)
    visitors = ("poor", "rich", "late")
    listeners = [heard(shared, replace(ASKED, visitor=visitor)) for visitor in visitors]
    refused, *answers = await asyncio.gather(*listeners, return_exceptions=True)
    assert isinstance(refused, BudgetSpent)
    assert answers == [WHOLE, [*WHOLE[:-1], Ending("stop", Usage(0, 0), "fake-1", cost_usd=0.0)]]
    assert [asked.visitor for asked in model.asked] == ["poor", "rich"]


async def test_a_spent_day_is_asked_about_twice_and_not_once_for_each_who_waits() -> None:
    model = Poor("poor")
    shared = Shared(model)
    listeners = [heard(shared, replace(ASKED, visitor="poor")) for _ in range(100)]
    refused = await asyncio.gather(*listeners, return_exceptions=True)
    assert {type(error) for error in refused} == {BudgetSpent}
    assert len(model.asked) == 2


async def test_a_thousand_at_once_are_one_completion() -> None:
    """Fault 123."""
    model = Slow()
    shared = Shared(model)
    listeners = [asyncio.create_task(heard(shared)) for _ in range(1_000)]
    await settle()
    model.say(4)
    answers = await asyncio.gather(*listeners)
    assert {"".join(piece for piece in answer if isinstance(piece, str)) for answer in answers} == {"주차는 됩니다."}
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, messages=[*ASKED.messages[:1], Message("user", "주차되나요? ")]),
        replace(ASKED, messages=[Message("system", "You sell."), *ASKED.messages[1:]]),
        replace(ASKED, sampling=Sampling(temperature=0.1)),
        replace(ASKED, tools=[Tool("t", "d", {"type": "object"})]),
        replace(ASKED, response_format={"type": "json_object"}),
    ],
)
def test_whatever_the_answer_depends_on_makes_it_another_request(other: CompletionRequest) -> None:
    assert same_words(other) != same_words(ASKED)


def test_who_asks_makes_no_difference() -> None:
    assert same_words(replace(ASKED, request_id="x", visitor="y")) == same_words(ASKED)


async def test_what_is_personal_is_never_shared() -> None:
    """T22."""
    model = Slow()
    shared = Shared(model)
    listeners = [asyncio.create_task(heard(shared, replace(ASKED, shared=False))) for _ in range(2)]
    await settle()
    model.say(8)
    await asyncio.gather(*listeners)
    assert len(model.asked) == 2


async def test_a_whole_answer_is_kept_for_as_long_as_it_was_said_to_be() -> None:
    model, now = Slow(), [0.0]
    shared = Shared(model, keep_seconds=60, clock=lambda: now[0])
    model.say(12)
    assert await heard(shared) == WHOLE
    now[0] = 59.9
    assert await heard(shared) == ["주차는 됩니다.", Ending("stop", Usage(0, 0), "fake-1", cost_usd=0.0)]
    now[0] = 60.0
    assert await heard(shared) == WHOLE
    assert len(model.asked) == 2


async def test_an_answer_that_broke_off_is_not_kept() -> None:
    model = Slow(fails_after=2)
    shared = Shared(model, keep_seconds=60)
    model.say(12)
    for _ in range(2):
        with pytest.raises(UpstreamInterrupted):
            await heard(shared)
    assert len(model.asked) == 2


@pytest.mark.parametrize(("ends", "fails_after"), [(True, None), (False, None), (True, 2)])
async def test_it_stands_on_the_bill_of_somebody_who_was_there_at_its_end(ends: bool, fails_after: int | None) -> None:
    """Who asked first may leave first: the cost does not go with them."""
    slow = Slow(fails_after=fails_after)
    shared, bills = Shared(slow), [Bill(), Bill(), Bill()]
    listening = [asyncio.create_task(heard(shared, replace(ASKED, bill=bill))) for bill in bills]
    slow.say(1)
    await settle()
    listening[0].cancel()
    await settle()
    if ends:
        slow.say(3)
    else:
        listening[1].cancel()
        await settle()
        listening[2].cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    assert bills[0].calls == 0
    assert sorted(bill.cost_usd or 0.0 for bill in bills) == [0.0, 0.0, 0.25]

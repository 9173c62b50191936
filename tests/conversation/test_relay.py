import asyncio
from collections.abc import AsyncGenerator

import pytest

from service.conversation import relay
from service.conversation.events import Delta, Done, Event, Failed
from service.conversation.relay import Run, Runs
from service.conversation.store import End
from service.errors import VisitorError

DONE = Done(complete=True, answer="abc", nodes=())


def last_words(end: End) -> Failed:
    return Failed(end, "", retryable=True)


class Tap:
    """An answer whose next event comes when the test says so, and that remembers how it was ended."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Event] = asyncio.Queue()
        self.ended_as: End | None = None

    async def __call__(self, run: Run) -> AsyncGenerator[Event, None]:
        try:
            while True:
                event = await self.queue.get()
                yield event
                if isinstance(event, Done | Failed):
                    return
        except asyncio.CancelledError:
            self.ended_as = run.stopped_as
            raise

    def say(self, *events: Event) -> None:
        for event in events:
            self.queue.put_nowait(event)


def begin(runs: Runs, tap: Tap, exchange_id: str = "x1", conversation_id: str = "c1") -> Run:
    return runs.start(exchange_id, conversation_id, tap, last_words=last_words)


async def numbers_of(run: Run, *, after: int) -> list[int]:
    return [number async for batch in run.follow(after=after) for number, _ in batch]


async def test_every_reader_hears_everything_in_order() -> None:
    runs, tap = Runs(limit=5), Tap()
    run = begin(runs, tap)
    early = asyncio.ensure_future(run.outcome())
    tap.say(Delta("a"), Delta("b"), DONE)
    assert await early == [Delta("a"), Delta("b"), DONE]
    assert await run.outcome() == [Delta("a"), Delta("b"), DONE]


@pytest.mark.parametrize("seen", range(5))
async def test_a_reader_that_comes_back_gets_exactly_what_it_missed(seen: int) -> None:
    """Fault 41, and the resumption promised by the event ids."""
    runs, tap = Runs(limit=5), Tap()
    run = begin(runs, tap)
    tap.say(Delta("a"), Delta("b"), Delta("c"), DONE)
    assert await numbers_of(run, after=seen) == list(range(seen + 1, 5))


async def test_a_number_from_the_future_waits_for_the_end_and_repeats_nothing() -> None:
    """Fault 41: a huge Last-Event-ID."""
    runs, tap = Runs(limit=5), Tap()
    run = begin(runs, tap)
    tap.say(Delta("a"), DONE)
    assert await numbers_of(run, after=999_999) == []


async def test_an_answer_ends_once_its_last_reader_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 120."""
    monkeypatch.setattr(relay, "LINGER_SECONDS", 0.01)
    runs, tap = Runs(limit=5), Tap()
    run = begin(runs, tap)
    tap.say(Delta("a"))
    async for _ in run.follow():
        break
    await asyncio.wait({run.task})
    assert tap.ended_as == "abandoned"
    assert runs.running == 0


async def test_a_reader_that_returns_in_time_keeps_the_answer_going() -> None:
    runs, tap = Runs(limit=5), Tap()
    run = begin(runs, tap)
    tap.say(Delta("a"))
    async for _ in run.follow():
        break
    back = asyncio.ensure_future(numbers_of(run, after=1))
    await asyncio.sleep(0)
    tap.say(Delta("b"), DONE)
    assert await back == [2, 3]


async def test_stopping_ends_the_answer_at_once_and_says_so() -> None:
    runs, tap = Runs(limit=5), Tap()
    run = begin(runs, tap)
    reader = asyncio.ensure_future(run.outcome())
    tap.say(Delta("a"))
    await asyncio.sleep(0.01)
    run.stop("abandoned")
    assert await reader == [Delta("a"), Failed("abandoned", "", retryable=True)]


async def test_closing_lets_answers_finish_and_ends_those_that_do_not() -> None:
    """Fault 118."""
    runs, quick, endless = Runs(limit=5), Tap(), Tap()
    first, second = begin(runs, quick), begin(runs, endless, "x2", "c2")
    quick.say(Delta("a"), DONE)
    endless.say(Delta("a"))
    await runs.close(grace_seconds=0.05)
    assert (await first.outcome())[-1] == DONE
    assert (await second.outcome())[-1] == Failed("restarted", "", retryable=True)
    assert runs.full


async def test_an_unexpected_fault_is_still_one_honest_end(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_run: Run) -> AsyncGenerator[Event, None]:
        yield Delta("a")
        raise RuntimeError("no such thing")

    run = Runs(limit=5).start("x", "c", broken, last_words=last_words)
    assert await run.outcome() == [Delta("a"), Failed("failed", "", retryable=True)]


async def test_a_run_that_is_stopped_before_it_begins_still_ends() -> None:
    runs, tap = Runs(limit=5), Tap()
    run = begin(runs, tap)
    run.stop("restarted")
    async with asyncio.timeout(5):
        assert await run.outcome() == [Failed("restarted", "", retryable=True)]
    assert tap.ended_as == "restarted"


async def test_an_answer_without_an_end_is_given_one() -> None:
    async def endless(_run: Run) -> AsyncGenerator[Event, None]:
        yield Delta("a")

    run = Runs(limit=5).start("x", "c", endless, last_words=last_words)
    async with asyncio.timeout(5):
        assert (await run.outcome())[-1] == Failed("failed", "", retryable=True)


async def test_a_place_is_kept_while_a_question_is_stored() -> None:
    """Fault 122: a herd that arrives at once."""
    runs = Runs(limit=2)
    with runs.place(), runs.place():
        assert runs.full
        with pytest.raises(VisitorError) as refused, runs.place():
            pass
    assert refused.value.status == 503
    assert not runs.full


async def test_no_more_answers_are_under_way_than_allowed() -> None:
    runs, tap = Runs(limit=1), Tap()
    full = [runs.full]
    run = begin(runs, tap)
    full.append(runs.full)
    tap.say(DONE)
    await run.outcome()
    await asyncio.wait({run.task})
    await asyncio.sleep(0)
    full.append(runs.full)
    assert full == [False, True, False]


async def test_finished_answers_are_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "KEPT_EVENTS", 2)
    runs = Runs(limit=5)
    for number in range(4):
        tap = Tap()
        tap.say(DONE)
        run = begin(runs, tap, f"x{number}", f"c{number}")
        await asyncio.wait({run.task})
        await asyncio.sleep(0)
    assert [runs.find(f"x{number}") is not None for number in range(4)] == [False, False, True, True]
    assert runs.latest("c0") is None
    assert runs.latest("c3") is not None

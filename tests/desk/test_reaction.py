"""What follows from a concern, and a model's second look at it."""

import asyncio
import time
from typing import get_args

import pytest

from service.conversation.draft import Background
from service.conversation.messages import MessageKey
from service.desk.concern.concern import Concern
from service.desk.concern.reaction import react, reaction
from service.desk.concern.refining import Refiner
from service.desk.concern.rules import KINDS, Kind
from service.errors import UpstreamUnavailable
from service.generation.persona.prompt import Prompt
from service.resources import bundled
from tests.fakes import FakeCompleter

WEAK = Concern("anger", ("짜증나",), 0.6)


@pytest.mark.parametrize("kind", KINDS)
def test_every_concern_calls_a_person_and_says_something_first(kind: Kind) -> None:
    found = reaction(Concern(kind, ("words",), 0.9), "answer")
    assert found.escalate
    assert found.offer_agent
    assert found.reason == f"concern:{kind}"
    assert found.say_first in get_args(MessageKey)
    assert found.answer is (kind != "self_harm"), "who speaks of dying gets no FAQ answer, everybody else does"


def test_a_hopeless_conversation_that_the_faq_can_answer_now_calls_nobody() -> None:
    hopeless = Concern("repeated_failure", ("history:unanswered",), 0.65)
    assert not reaction(hopeless, "answer").escalate
    assert reaction(hopeless, "answer").offer_agent
    assert reaction(hopeless, "fallback").escalate
    assert reaction(hopeless, "fallback").say_first is None


def test_ordinary_words_call_for_nothing() -> None:
    assert react("배송 언제 와요?", Background(), "answer") is None


@pytest.mark.parametrize(
    ("concern", "sure"),
    [
        (WEAK, False),
        (Concern("anger", ("x",), 0.9), True),
        (Concern("safety", ("x",), 0.6), True),
        (Concern("self_harm", ("x",), 0.6), True),
    ],
)
def test_only_what_is_weak_and_not_dangerous_may_be_looked_at_again(concern: Concern, sure: bool) -> None:
    assert reaction(concern, "ask").sure is sure


def refiner(completer: FakeCompleter, seconds: float = 1.5) -> Refiner:
    return Refiner(completer, Prompt.load("concern", bundled("templates") / "desk"), seconds=seconds)


@pytest.mark.parametrize(
    ("says", "kept"),
    [("no", False), ("No.", False), ('"no"', False), ("yes", True), ("", True), ("nothing", True), ("I refuse", True)],
)
async def test_a_model_may_drop_a_weak_concern_with_one_word(says: str, kept: bool) -> None:
    completer = FakeCompleter(says)
    assert await refiner(completer).refine(WEAK, "아 짜증나", Background()) == (WEAK if kept else None)
    (request,) = completer.requests
    assert request.sampling.max_tokens == 16
    assert "짜증나" not in request.messages[0].content, "only our template speaks in the system role"


@pytest.mark.parametrize("end", ["length", "content_filter", UpstreamUnavailable("down")])
async def test_a_reply_that_is_not_whole_keeps_the_concern(end: str | UpstreamUnavailable) -> None:
    assert await refiner(FakeCompleter("no", end=end)).refine(WEAK, "아 짜증나", Background()) == WEAK


@pytest.mark.parametrize("concern", [Concern("anger", ("x",), 0.9), Concern("safety", ("x",), 0.6)])
async def test_where_the_rules_are_sure_or_somebody_may_be_hurt_no_model_is_asked(concern: Concern) -> None:
    completer = FakeCompleter("no")
    assert await refiner(completer).refine(concern, "x", Background()) == concern
    assert completer.requests == []


async def test_a_model_that_does_not_answer_is_not_waited_for() -> None:
    completer = FakeCompleter("n", end=None)
    began = time.monotonic()
    assert await refiner(completer, seconds=0.05).refine(WEAK, "아 짜증나", Background()) == WEAK
    assert time.monotonic() - began < 1
    assert completer.stopped


async def test_whoever_stops_waiting_is_let_go() -> None:
    task = asyncio.create_task(refiner(FakeCompleter(end=None), seconds=60).refine(WEAK, "아 짜증나", Background()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

"""A completion over real sockets: what is asked, what arrives, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.errors import UpstreamInterrupted, UpstreamUnavailable
from service.generation.completion import Ending, Sampling
from service.generation.tokens import Usage, estimate_tokens
from service.generation.upstream.patience import Deadlines
from tests.upstream import (
    DONE,
    FINISH,
    LAST_CHUNK,
    OPENING,
    Act,
    answer,
    chunk,
    delta,
    event,
    usage,
)

from .asked import ASKED, GOOD, Told, asking, tell

if TYPE_CHECKING:
    from tests.upstream import Script


async def test_a_good_answer_arrives_to_the_byte_with_its_ending() -> None:
    told, attempts = await tell(GOOD)
    assert told == Told("제주는 3,000원", Ending("stop", Usage(7, 5), "fake-1", "127.0.0.1"), None)
    assert told.ending
    assert told.ending.complete
    assert attempts == 1


async def test_the_request_is_what_the_wire_format_asks_for() -> None:
    async with asking(GOOD, sampling=Sampling(temperature=0.2, max_tokens=50)) as asked:
        await asked.tell()
        request = asked.upstream.received[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-ours"
    assert request.headers["x-client-request-id"] == "ex-1"
    assert request.headers["accept-encoding"] == "identity"
    assert request.json == {
        "model": "m-1",
        "messages": [{"role": message.role, "content": message.content} for message in ASKED],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.2,
        "max_tokens": 50,
    }


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", "stop"),
        ("eos_token", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("brand_new", "other"),
    ],
)
async def test_the_ending_says_why_the_answer_ended(reason: str, expected: str) -> None:
    """Fault 95: only `stop` is complete."""
    told, _ = await tell(answer(["네"], finish=(chunk(delta(reason)), chunk(DONE), LAST_CHUNK)))
    assert told.ending
    assert told.ending.finish_reason == expected
    assert told.ending.complete is (expected == "stop")


@pytest.mark.parametrize(
    "after_it",
    [
        (LAST_CHUNK,),
        (Act.RESET,),
        (Act.CLOSE,),
        (chunk(event("{broken")), Act.HANG),
        (chunk(DONE), Act.HANG),
        (Act.HANG,),
    ],
    ids=["end", "reset", "close", "garbage", "done and no end", "hang"],
)
async def test_what_goes_wrong_behind_a_finish_reason_does_not_undo_a_whole_answer(after_it: Script) -> None:
    """Fault 86's other side: some providers never send [DONE], and some never close."""
    told, _ = await tell(
        answer(["네"], finish=(chunk(delta("stop")), *after_it)), deadlines=Deadlines(first=20, tail=0.05)
    )
    assert told.error is None
    assert told.ending
    assert told.ending.complete


async def test_text_behind_a_finish_reason_needs_a_new_one() -> None:
    goes_on = (chunk(delta("stop")), chunk(delta(content=" 그리고")), chunk(DONE), LAST_CHUNK)
    told, _ = await tell(answer(["네"], finish=goes_on))
    assert isinstance(told.error, UpstreamInterrupted)
    assert told.text == "네 그리고"


@pytest.mark.parametrize(
    "silent",
    [
        (),
        (chunk(delta(content="  \n")),),
        (chunk(delta(reasoning_content="The visitor wants ...")),),
        (chunk(delta(content="<think>The visitor wants ...")),),
    ],
    ids=["nothing", "white space", "reasoning field", "reasoning tag"],
)
async def test_an_answer_without_a_visible_word_is_no_answer(silent: Script) -> None:
    """Faults 96, 97."""
    told, attempts = await tell((*OPENING, *silent, *FINISH))
    assert isinstance(told.error, UpstreamUnavailable)
    assert (told.text, attempts) == ("", 1)


@pytest.mark.parametrize(
    "counted",
    [
        (),
        (usage(-1, 5),),
        (usage(7, 10**12),),
        (usage("7", 5),),
        (usage(True, 5),),
        (event({"choices": [], "usage": 3}),),
    ],
    ids=["missing", "negative", "absurd", "text", "boolean", "no object"],
)
async def test_tokens_that_nobody_counted_believably_are_estimated(counted: tuple[bytes, ...]) -> None:
    """Fault 98."""
    told, _ = await tell(
        answer(["제주는 ", "3,000원"], finish=(chunk(delta("stop")), *map(chunk, counted), chunk(DONE), LAST_CHUNK))
    )
    asked = sum(estimate_tokens(message.content) for message in ASKED)
    assert told.ending
    assert told.ending.usage == Usage(asked, estimate_tokens("제주는 3,000원"), estimated=True)


async def test_usage_that_comes_twice_is_counted_once() -> None:
    """Fault 98."""
    twice = (chunk(usage(1, 1)), chunk(delta("stop")), chunk(usage(7, 5)), chunk(DONE), LAST_CHUNK)
    told, _ = await tell(answer(["네"], finish=twice))
    assert told.ending
    assert told.ending.usage == Usage(7, 5)

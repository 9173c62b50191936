"""Older turns in a few lines: whole or not at all, and no turn is paid for twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import UpstreamInterrupted, UpstreamUnavailable
from service.generation.message import Turn
from service.generation.persona.prompt import Prompt
from service.generation.persona.summary import Summaries, summarised
from tests.fakes import FakeCompleter

PROMPT = Prompt.load("conversation", Path(__file__).parents[3] / "templates" / "summary")
TURNS = [Turn("배송비는요?", "3,000원이에요."), Turn("제주는요?", "확인할게요."), Turn("환불은요?", "7일이에요.")]


async def test_a_summary_is_of_the_turns_as_data() -> None:
    completer = FakeCompleter("손님은 ", "배송비를 물었음. ")
    assert await summarised(completer, PROMPT, TURNS[:1], "ko") == "손님은 배송비를 물었음."
    [system, user] = completer.asked[0]
    assert "배송비는요?" not in system.content
    assert user.content.startswith("<conversation-")
    assert "Visitor: 배송비는요?\nAnswer: 3,000원이에요." in user.content


@pytest.mark.parametrize("completer", [FakeCompleter("반쯤", end="length"), FakeCompleter(" ")])
async def test_half_a_summary_is_none(completer: FakeCompleter) -> None:
    with pytest.raises(UpstreamInterrupted):
        await summarised(completer, PROMPT, TURNS, "ko")


async def test_one_turn_more_costs_that_turn_alone() -> None:
    summaries = Summaries(PROMPT)
    completer = FakeCompleter("요약")
    for _ in range(2):
        assert await summaries.of(completer, TURNS[:2], "ko") == "요약"
    assert len(completer.asked) == 1
    await summaries.of(completer, TURNS, "ko")
    last = completer.asked[1][1].content
    assert "환불은요?" in last
    assert "배송비는요?" not in last
    assert "<summary-" in last


async def test_a_language_has_its_own_and_only_so_many_are_kept() -> None:
    summaries = Summaries(PROMPT, most=1)
    completer = FakeCompleter("요약")
    await summaries.of(completer, TURNS, "ko")
    await summaries.of(completer, TURNS, "en")
    await summaries.of(completer, TURNS, "ko")
    assert len(completer.asked) == 3


async def test_a_failure_is_no_summary_and_is_tried_again() -> None:
    summaries = Summaries(PROMPT)
    assert await summaries.of(FakeCompleter(end=UpstreamUnavailable("away")), TURNS, "ko") is None
    assert await summaries.of(FakeCompleter("요약"), TURNS, "ko") == "요약"
    assert await summaries.of(FakeCompleter("요약"), [], "ko") is None

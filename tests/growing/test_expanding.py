"""When a model is asked for no more drafts, and when the next entry still is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.errors import UpstreamError, UpstreamRefused, UpstreamUnavailable
from service.generation.completion import Ending
from service.generation.persona.prompt import Prompt
from service.generation.tokens import Usage
from service.growing.expanding import CONCURRENCY, Drafting
from service.knowledge.faq import load_faq
from service.resources import bundled
from tests.conftest import SHOP

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from service.generation.completion import CompletionRequest, Piece
    from service.retrieval.retriever import Retriever

ENTRIES = load_faq(SHOP).entries
PROMPT = Prompt.load("phrasings", bundled("templates") / "expand")


class Moody:
    """Does for each entry what the next letter says: r refuses, u is unavailable, d drafts."""

    model = "moody-1"

    def __init__(self, moods: str) -> None:
        self._moods = list(moods)

    async def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        mood = self._moods.pop(0)
        if mood != "d":
            raised: UpstreamError = UpstreamRefused("no") if mood == "r" else UpstreamUnavailable("away")
            raise raised
        yield "얼마 내야 와요\n"
        yield Ending("stop", Usage(1, 1), self.model)


@pytest.mark.parametrize(
    ("moods", "given_up"),
    [
        ("rrr", True),
        ("uurrr", True),
        ("uur", False),
        ("rrurr", False),
        ("drrrr", False),
    ],
)
async def test_it_gives_up_after_three_refusals_in_a_row_before_any_success(
    retriever: Retriever, moods: str, given_up: bool
) -> None:
    drafting = Drafting(Moody(moods + "u" * CONCURRENCY), PROMPT, retriever, per_entry=2)
    await drafting.run(ENTRIES[: len(moods)])
    assert (drafting.result.given_up is not None) is given_up

"""Drafts that come back to their own entry and draw nothing to it, on the small shop's real index."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from service.growing.checking import Kept, first_look, second_look
from service.growing.rehearsal import Rehearsal
from service.knowledge.entry import FaqEntry
from service.knowledge.faq import load_faq
from service.retrieval.contents import OFFLINE
from service.retrieval.recipe import recipes
from service.retrieval.retriever import Retriever
from tests.conftest import SHOP

ENTRIES = load_faq(SHOP).entries
BY_ID = {entry.id: entry for entry in ENTRIES}


@pytest.fixture(scope="module")
def rehearse() -> Rehearsal:
    return Rehearsal(recipes()[OFFLINE])


def kept(entry_id: str, *phrasings: str) -> list[Kept]:
    return [Kept(entry_id, phrasing, 0.6, 0.3) for phrasing in phrasings]


@pytest.mark.parametrize(
    ("entry_id", "draft", "reason", "detail"),
    [
        ("delivery-fee", "배송비 얼만가여", None, None),
        ("refund", "돈 돌려받고 싶어요", None, None),
        ("delivery-fee", "무료배송 기준 있나요", "adds nothing", "무료배송 기준이 있나요"),
        ("delivery-fee", "비밀번호 까먹었어요", "goes elsewhere", "password"),
        ("delivery-fee", "국제 배송", "too close to another", "delivery-time"),
        ("shipping-en", "id: x", "goes elsewhere", None),
        ("shipping-en", "zzzz qqqq", "goes elsewhere", None),
    ],
)
async def test_the_first_look(
    retriever: Retriever, entry_id: str, draft: str, reason: str | None, detail: str | None
) -> None:
    good, bad = await first_look(retriever, BY_ID[entry_id], [draft])
    assert [each.phrasing for each in good] == ([] if reason else [draft])
    assert [(each.reason, each.detail) for each in bad if detail] == ([(reason, detail)] if detail else [])
    assert [each.reason for each in bad] == ([reason] if reason else [])


async def test_a_draft_that_repeats_another_says_nothing_new(retriever: Retriever) -> None:
    good, bad = await first_look(retriever, BY_ID["refund"], ["반품하고 싶어요", "반품하고 싶어요요"])
    assert [each.phrasing for each in good] == ["반품하고 싶어요"]
    assert [each.detail for each in bad] == ["반품하고 싶어요"]


async def test_drafts_that_mind_their_own_entry_stay(rehearse: Rehearsal) -> None:
    drafts = [*kept("refund", "돈 돌려받고 싶어요"), *kept("password", "비번 까먹음")]
    assert await second_look(ENTRIES, drafts, rehearse) == (drafts, [])


async def test_a_draft_with_another_entry_s_very_words_is_dropped(rehearse: Rehearsal) -> None:
    drafts = [*kept("delivery-time", "택배비 얼마예요?"), *kept("password", "비번 까먹음")]
    good, bad = await second_look(ENTRIES, drafts, rehearse)
    assert good == drafts[1:]
    assert [(each.entry_id, each.reason, each.detail) for each in bad] == [
        ("delivery-time", "draws others away", "택배비 얼마예요")
    ]


async def test_a_draft_that_a_neighbour_s_phrasing_would_follow_is_dropped(rehearse: Rehearsal) -> None:
    """The phrasing's own words still win; the next visitor, who says it almost so, would be told the wrong thing."""
    drafts = kept("delivery-time", "배송비 얼마")
    good, bad = await second_look(ENTRIES, drafts, rehearse)
    assert good == []
    assert bad[0].reason == "draws others away"
    assert bad[0].detail in BY_ID["delivery-fee"].phrasings


async def test_two_drafts_of_two_entries_with_one_meaning_are_both_dropped_or_neither_is_drawn(
    rehearse: Rehearsal,
) -> None:
    drafts = [*kept("delivery-fee", "퀵 비용이 궁금합니다"), *kept("hours", "퀵 비용이 궁금합니다!")]
    good, bad = await second_look(ENTRIES, drafts, rehearse)
    assert len(good) <= 1
    assert {each.reason for each in bad} == {"draws others away"}


async def test_a_phrasing_that_never_found_its_entry_is_not_held_against_a_draft(rehearse: Rehearsal) -> None:
    lost = FaqEntry("lost", "완전히 다른 이야기", "A", ("돈 돌려받을래요",))
    drafts = kept("refund", "돈 돌려받고 싶어요")
    good, _ = await second_look([*ENTRIES, lost], drafts, rehearse)
    assert good == drafts


async def test_without_drafts_nothing_is_built() -> None:
    async def never(entries: Sequence[FaqEntry]) -> Rehearsal:
        raise AssertionError("an index was built")

    assert await second_look(ENTRIES, [], never) == ([], [])  # type: ignore[arg-type]

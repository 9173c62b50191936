"""Drafts that come back to their own entry and draw nothing to it, on the small shop's real index."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from service.growing.checking import Kept, first_look, second_look
from service.knowledge.entry import FaqEntry
from service.knowledge.faq import load_faq
from service.retrieval.contents import OFFLINE
from service.retrieval.index import Match
from service.retrieval.leaving_out import Trial, texts_for_trials, trials
from service.retrieval.recipe import recipes
from service.retrieval.retriever import Retriever
from service.retrieval.scoring import Evidence
from tests.conftest import SHOP

ENTRIES = load_faq(SHOP).entries
BY_ID = {entry.id: entry for entry in ENTRIES}


RECIPE = recipes()[OFFLINE]


async def tried(entries: Sequence[FaqEntry]) -> list[Trial]:
    vectors = await RECIPE.embedder.embed(texts_for_trials(entries))
    return trials(entries, vectors, analysis=RECIPE.analysis(RECIPE.synonyms.load()))


def kept(entry_id: str, *phrasings: str) -> list[Kept]:
    return [Kept(entry_id, phrasing, 0.6) for phrasing in phrasings]


@pytest.mark.parametrize(
    ("entry_id", "draft", "reason", "detail"),
    [
        ("delivery-fee", "배송비 얼만가여", None, None),
        ("refund", "돈 돌려받고 싶어요", None, None),
        ("delivery-fee", "무료배송 기준 있나요", "adds nothing", "무료배송 기준이 있나요"),
        ("delivery-fee", "비밀번호 까먹었어요", "goes elsewhere", "password"),
        ("password", "비밀번호 반품", "too close to another", "refund"),
        ("refund", "반품 취소하고 싶어요", "says the opposite", "reversal"),
        ("refund-en", "I don't want my money back", "says the opposite", "negation"),
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


async def test_drafts_that_mind_their_own_entry_stay() -> None:
    drafts = [*kept("refund", "돈 돌려받고 싶어요"), *kept("password", "비번 까먹음")]
    assert await second_look(ENTRIES, drafts, tried) == (drafts, [])


async def test_a_draft_with_another_entry_s_very_words_is_dropped() -> None:
    drafts = [*kept("delivery-time", "택배비 얼마예요?"), *kept("password", "비번 까먹음")]
    good, bad = await second_look(ENTRIES, drafts, tried)
    assert good == drafts[1:]
    assert [(each.entry_id, each.reason, each.detail) for each in bad] == [
        ("delivery-time", "draws others away", "택배비 얼마예요")
    ]


async def test_a_draft_that_a_neighbour_s_phrasing_would_follow_is_dropped() -> None:
    """The phrasing's own words still win; the next visitor, who says it almost so, would be told the wrong thing."""
    drafts = kept("delivery-time", "배송비 얼마")
    good, bad = await second_look(ENTRIES, drafts, tried)
    assert good == []
    assert bad[0].reason == "draws others away"
    assert bad[0].detail in BY_ID["delivery-fee"].phrasings


async def test_two_drafts_of_two_entries_with_one_meaning_do_not_both_stay() -> None:
    drafts = [*kept("delivery-fee", "퀵 비용이 궁금합니다"), *kept("hours", "퀵 비용이 궁금합니다!")]
    good, bad = await second_look(ENTRIES, drafts, tried)
    assert len(good) <= 1
    assert {each.reason for each in bad} == {"draws others away"}


async def test_the_words_of_an_only_phrasing_are_not_another_s() -> None:
    """It cannot be asked without itself, because nothing would be left to find."""
    only = FaqEntry("gift", "선물 포장 되나요", "됩니다.")
    good, bad = await second_look([*ENTRIES, only], kept("hours", "선물 포장 되나요?"), tried)
    assert good == []
    assert [(each.reason, each.detail) for each in bad] == [("draws others away", "선물 포장 되나요")]


async def test_a_phrasing_that_never_found_its_entry_keeps_its_very_words() -> None:
    lost = FaqEntry("lost", "완전히 다른 이야기", "A", ("배송료 알고 싶어요",))
    good, bad = await second_look([*ENTRIES, lost], kept("delivery-fee", "배송료 알고 싶어요!"), tried)
    assert good == []
    assert [each.detail for each in bad] == ["배송료 알고 싶어요"]


async def test_what_stood_behind_a_dropped_draft_is_looked_at_again() -> None:
    drafts = kept("delivery-time", "택배비 얼마예요?", "택배비는 얼마예요")
    good, bad = await second_look(ENTRIES, drafts, tried)
    assert good == []
    assert len(bad) == 2


async def test_a_phrasing_that_never_found_its_entry_is_not_held_against_a_draft() -> None:
    lost = FaqEntry("lost", "완전히 다른 이야기", "A", ("돈 돌려받을래요",))
    drafts = kept("refund", "돈 돌려받고 싶어요")
    good, _ = await second_look([*ENTRIES, lost], drafts, tried)
    assert good == drafts


def found(entry_id: str, phrasing: str, *, score: float, margin: float, cosine: float = 0.5) -> tuple[Match, ...]:
    return (Match(BY_ID[entry_id], phrasing, score, margin, Evidence(cosine, 0.3, 0.3, 0.3)),)


@pytest.mark.parametrize(
    ("best", "closest_elsewhere", "stays"),
    [
        (found("refund", "초안", score=0.5, margin=0.2), (), False),
        (found("refund", "초안", score=0.5, margin=0.01), (), True),  # the visitor is asked which one is meant
        (found("refund", "초안", score=0.15, margin=0.14), (), True),  # nothing would come of so little
        (found("refund", "환불하고 싶어요", score=0.5, margin=0.2), (), True),  # its phrasing was there before
        (found("hours", "초안", score=0.5, margin=0.2), (), True),  # its own entry
        ((), found("refund", "초안", score=0.5, margin=0.2, cosine=0.85), True),
        ((), found("refund", "초안", score=0.5, margin=0.01, cosine=0.95), False),  # almost the same words
    ],
)
async def test_what_counts_as_drawn_away(
    best: tuple[Match, ...], closest_elsewhere: tuple[Match, ...], stays: bool
) -> None:
    async def told(entries: Sequence[FaqEntry]) -> list[Trial]:
        grown = sum(len(entry.phrasings) for entry in entries) > sum(len(entry.phrasings) for entry in ENTRIES)
        return [Trial(BY_ID["hours"], "몇 시까지 전화 받아요", best, closest_elsewhere)] if grown else []

    drafts = kept("refund", "초안")
    good, bad = await second_look(ENTRIES, drafts, told)
    assert good == (drafts if stays else [])
    assert [each.detail for each in bad] == ([] if stays else ["몇 시까지 전화 받아요"])


async def test_without_drafts_nothing_is_tried() -> None:
    async def never(entries: Sequence[FaqEntry]) -> list[Trial]:
        raise AssertionError("something was tried")

    assert await second_look(ENTRIES, [], never) == ([], [])

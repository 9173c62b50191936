"""What counted, taken from retrievals made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from service.retrieval.concepts import SameWord
from service.retrieval.contrast.guard import Conflict
from service.retrieval.decision import Reason, decide
from service.retrieval.index import Match
from service.retrieval.retriever import Retrieval
from service.retrieval.why import CAUSES, Advice, Cause, Repair, explain, repairs
from tests.retrieval.samples import BY_SCORE, match

OPPOSITE = Conflict("power", "끄기", "켜기")


def retrieval(
    *matches: Match,
    threshold: float | None = None,
    conflicts: dict[str, Conflict] | None = None,
    read_as: tuple[str, ...] = ("q",),
) -> Retrieval:
    decision = decide(matches, calibration=BY_SCORE, threshold=threshold, conflicts=conflicts or {})
    first = [decision.match] if decision.match else []
    others = [each for each in matches if not first or each.entry.id != first[0].entry.id]
    return Retrieval((*first, *others), decision, BY_SCORE, "v1", "offline:1", conflicts or {}, read_as, threshold)


NEXT = match(0.3, -0.2, entry_id="fee")

CASES: list[tuple[Retrieval, Cause, Advice | None]] = [
    (retrieval(), "nothing_to_match", "ask_in_words"),
    (retrieval(match(1.0), NEXT), "same_words", None),
    (retrieval(match(1.0, 0.0), match(1.0, 0.0, entry_id="fee")), "same_words_twice", "remove_one"),
    (retrieval(match(0.7, 0.3), NEXT), "stands_out", "if_wrong"),
    (retrieval(match(0.55, 0.3, phrasing=0.95), NEXT), "almost_same_words", "if_wrong"),
    (retrieval(match(0.7, 0.01), match(0.69, -0.01, entry_id="fee")), "equally_close", "tell_apart"),
    (retrieval(match(0.5, 0.2), NEXT), "not_sure_enough", "mend_if_right"),
    (retrieval(match(0.3, 0.1), NEXT), "nothing_close", "mend_or_write"),
    (retrieval(match(0.5, 0.2), NEXT, threshold=0.4), "set_threshold_reached", "if_wrong"),
    (retrieval(match(0.7, 0.3), NEXT, conflicts={"refund": OPPOSITE}), "opposite", "write_the_opposite"),
    (
        retrieval(match(0.75, 0.05), match(0.7, -0.05, entry_id="fee"), NEXT, conflicts={"refund": OPPOSITE}),
        "opposite_passed_over",
        "if_wrong",
    ),
]


@pytest.mark.parametrize(("found", "cause", "advice"), CASES, ids=[cause for _, cause, _ in CASES])
def test_each_reason_has_a_cause_and_what_can_be_done(found: Retrieval, cause: Cause, advice: Advice | None) -> None:
    why = explain("q", found)
    assert (why.cause, why.advice, why.zone) == (cause, advice, found.decision.zone)


def test_no_reason_and_no_cause_is_left_out() -> None:
    assert set(CAUSES) == set(get_args(Reason))
    assert {cause for _, cause, _ in CASES} == set(CAUSES.values()) == set(get_args(Cause))
    assert {advice for _, _, advice in CASES} - {None} == set(get_args(Advice))


def test_a_candidate_shows_both_sides_and_what_the_guard_says() -> None:
    first = replace(match(0.5, 0.2), lexical=0.4, dense=0.6)
    why = explain("q", retrieval(first, NEXT, conflicts={"fee": OPPOSITE}))
    assert (why.candidates[0].lexical, why.candidates[0].dense, why.candidates[0].conflict) == (0.4, 0.6, None)
    assert why.candidates[1].conflict == OPPOSITE
    assert why.as_data()["matches"][1]["conflict"] == {
        "axis": "power",
        "question_word": "끄기",
        "entry_word": "켜기",
    }


def test_the_entry_that_was_promoted_has_the_margin_and_the_confidence_it_was_decided_by() -> None:
    third = match(0.3, -0.45, entry_id="hours")
    found = retrieval(match(0.75, 0.05), match(0.7, -0.05, entry_id="fee"), third, conflicts={"refund": OPPOSITE})
    why = explain("q", found)
    assert why.first is not None
    assert (why.entry_id, why.first.entry_id, why.first.confidence) == ("fee", "fee", why.confidence)
    assert why.first.margin == pytest.approx(0.4), "above the third, which may answer, not below the one that may not"


def test_the_best_of_the_others_is_one_that_may_answer() -> None:
    third = match(0.2, -0.3, entry_id="hours")
    why = explain("q", retrieval(match(0.5, 0.2), NEXT, third, conflicts={"fee": OPPOSITE}))
    assert why.rival is not None
    assert why.rival.entry_id == "hours"


def test_only_so_many_candidates_are_told_and_the_rival_counts_all_the_same() -> None:
    why = explain("q", retrieval(match(0.7, 0.01), match(0.69, -0.01, entry_id="fee")), limit=1)
    assert [each.entry_id for each in why.candidates] == ["refund"]
    assert why.rival is not None
    assert why.rival.entry_id == "fee"


def test_a_threshold_that_was_learned_and_one_that_was_set() -> None:
    learned = explain("q", retrieval(match(0.5), NEXT)).in_force
    assert (learned.threshold, learned.margin, learned.set_by_operator) == (0.7, 0.05, False)
    own = explain("q", retrieval(match(0.5), NEXT, threshold=0.4)).in_force
    assert (own.threshold, own.learned, own.margin, own.set_by_operator) == (0.4, 0.7, 0.0, True)


def test_nothing_found_is_told_without_numbers_there_are_not() -> None:
    why = explain("!", retrieval())
    assert (why.candidates, why.first, why.rival, why.entry_id, why.confidence, why.alone) == ((),) + (None,) * 5


def test_a_question_that_leans_on_another_is_shown_joined_to_it() -> None:
    why = explain("제주는요", retrieval(NEXT, read_as=("제주는요", "배송비 제주는요")))
    assert (why.read_as, why.joined, why.repairs) == ("제주는요", "배송비 제주는요", ())


def test_words_that_count_as_the_same_are_told() -> None:
    why = explain("q", retrieval(NEXT), same_words=[SameWord("리펀드", "환불")])
    assert why.as_data()["same_words"] == [{"asked": "리펀드", "written": "환불"}]


@pytest.mark.parametrize(
    ("typed", "read", "told"),
    [
        ("qothd 언제 와요", "배송 언제 와요", [("qothd", "배송")]),
        ("where is my parcle or oder", "where is my parcel or order", [("parcle", "parcel"), ("oder", "order")]),
        ("doyouship here", "do you ship here", [("doyouship", "do you ship")]),
        ("post age due", "postage due", [("post age", "postage")]),
        ("배송  언제\n와요", "배송 언제 와요", []),
        ("\u200b배송 언제", "배송 언제", []),
        ("", "", []),
    ],
)
def test_only_what_was_read_otherwise_is_a_repair(typed: str, read: str, told: list[tuple[str, str]]) -> None:
    assert repairs(typed, read) == [Repair(*each) for each in told]

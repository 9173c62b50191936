"""Answer, ask or fall back."""

from __future__ import annotations

import pytest

from service.retrieval.decision import decide
from tests.retrieval.samples import BY_SCORE, match


@pytest.mark.parametrize(
    ("score", "zone"),
    [(1.0, "answer"), (0.59, "answer"), (0.58, "ask"), (0.37, "ask"), (0.36, "fallback"), (0.0, "fallback")],
)
def test_the_zones_follow_each_other(score: float, zone: str) -> None:
    assert decide([match(score)], calibration=BY_SCORE).zone == zone


def test_two_answers_that_are_equally_close_are_asked_about() -> None:
    decision = decide([match(0.9, margin=0.04), match(0.86, margin=-0.04)], calibration=BY_SCORE)
    assert (decision.zone, decision.match) == ("ask", match(0.9, margin=0.04))


def test_exact_words_win_over_a_near_copy() -> None:
    assert decide([match(1.0, margin=0.01)], calibration=BY_SCORE).zone == "answer"


def test_no_match_falls_back_without_a_confidence() -> None:
    decision = decide([], calibration=BY_SCORE)
    assert (decision.zone, decision.match, decision.confidence) == ("fallback", None, None)


def test_a_fallback_keeps_the_confidence_of_what_was_closest() -> None:
    decision = decide([match(0.1)], calibration=BY_SCORE)
    assert decision.match is None
    assert decision.confidence == pytest.approx(BY_SCORE.confidence(match(0.1)))


@pytest.mark.parametrize(("threshold", "zone"), [(0.0, "answer"), (0.5, "answer"), (0.51, "ask"), (1.0, "ask")])
def test_an_operator_may_set_the_threshold(threshold: float, zone: str) -> None:
    assert decide([match(0.5)], calibration=BY_SCORE, threshold=threshold).zone == zone


@pytest.mark.parametrize("threshold", [None, 0.0, 1.0])
def test_exact_words_answer_whatever_the_threshold(threshold: float | None) -> None:
    assert decide([match(1.0, margin=0.01)], calibration=BY_SCORE, threshold=threshold).zone == "answer"


@pytest.mark.parametrize("threshold", [None, 0.0, 1.0])
def test_the_same_words_in_two_entries_are_asked_about_whatever_the_threshold(threshold: float | None) -> None:
    twins = [match(1.0, margin=0.0), match(1.0, margin=0.0, entry_id="other")]
    assert decide(twins, calibration=BY_SCORE, threshold=threshold).zone == "ask"


def test_an_operators_threshold_is_the_whole_rule() -> None:
    assert decide([match(0.9, margin=0.0)], calibration=BY_SCORE, threshold=0.5).zone == "answer"


@pytest.mark.parametrize(("phrasing", "margin", "zone"), [(0.9, 0.3, "answer"), (0.89, 0.3, "ask"), (0.9, 0.04, "ask")])
def test_a_near_copy_answers_below_the_threshold_unless_another_is_as_near(
    phrasing: float, margin: float, zone: str
) -> None:
    assert decide([match(0.5, margin, phrasing=phrasing)], calibration=BY_SCORE).zone == zone


def test_the_opposite_is_suggested_and_never_answered() -> None:
    said = match(0.9, entry_id="cancel")
    decision = decide([said], calibration=BY_SCORE, conflicts={"cancel"})
    assert (decision.zone, decision.match) == ("ask", said)
    assert decision.confidence is not None
    assert decision.confidence <= BY_SCORE.ask


@pytest.mark.parametrize("threshold", [None, 0.7])
def test_a_mirrored_entry_that_fits_is_preferred_to_the_opposite(threshold: float | None) -> None:
    matches = [match(0.9, entry_id="on"), match(0.8, -0.1, entry_id="off"), match(0.3, -0.6, entry_id="other")]
    decision = decide(matches, calibration=BY_SCORE, threshold=threshold, conflicts={"on"})
    assert decision.zone == "answer"
    assert decision.match is not None
    assert decision.match.entry.id == "off"


def test_a_fitting_entry_that_would_not_answer_alone_does_not_answer_instead() -> None:
    matches = [match(0.9, entry_id="on"), match(0.55, -0.35, entry_id="off")]
    assert decide(matches, calibration=BY_SCORE, conflicts={"on"}).zone == "ask"


def test_a_mirrored_entry_is_no_rival_of_the_one_that_fits() -> None:
    matches = [match(0.9, 0.01, entry_id="off"), match(0.89, -0.01, entry_id="on"), match(0.3, -0.6, entry_id="other")]
    assert decide(matches, calibration=BY_SCORE).zone == "ask"
    assert decide(matches, calibration=BY_SCORE, conflicts={"on"}).zone == "answer"


def test_where_only_opposites_were_looked_at_the_last_stands_for_the_rest() -> None:
    matches = [match(0.9, 0.01, entry_id="off"), match(0.89, -0.01, entry_id="on")]
    assert decide(matches, calibration=BY_SCORE, conflicts={"on"}).zone == "ask"


def test_a_score_of_one_without_the_very_words_is_no_copy() -> None:
    long = match(1.0, phrasing=0.985)
    assert decide([long], calibration=BY_SCORE, conflicts={"refund"}).zone == "ask"
    twins = [match(1.0, 0.0, phrasing=0.985), match(1.0, 0.0, phrasing=0.98, entry_id="other")]
    assert decide(twins, calibration=BY_SCORE).reason == "two entries are equally close"


def test_one_that_fits_is_asked_about_before_the_opposite() -> None:
    matches = [match(0.6, entry_id="off"), match(0.55, -0.05, entry_id="on")]
    decision = decide(matches, calibration=BY_SCORE, conflicts={"off"})
    assert decision.zone == "ask"
    assert decision.match is not None
    assert decision.match.entry.id == "on"


def test_what_fits_but_is_far_is_not_asked_about_before_the_opposite() -> None:
    matches = [match(0.7, entry_id="off"), match(0.45, -0.25, entry_id="other")]
    decision = decide(matches, calibration=BY_SCORE, conflicts={"off"})
    assert decision.match is not None
    assert decision.match.entry.id == "off"


def test_exact_words_have_no_opposite() -> None:
    assert decide([match(1.0)], calibration=BY_SCORE, conflicts={"refund"}).zone == "answer"


def test_an_opposite_that_is_far_falls_back() -> None:
    assert decide([match(0.1)], calibration=BY_SCORE, conflicts={"refund"}).zone == "fallback"

"""Answer, ask or fall back."""

from __future__ import annotations

import pytest

from service.knowledge.entry import FaqEntry
from service.retrieval.decision import API, OFFLINE, Scale, decide, scale_of
from service.retrieval.index import Match
from service.retrieval.scoring import Evidence

PLAIN = Scale(midpoint=0.5, steepness=10.0, threshold=0.7, ask=0.2, margin=0.05)


def match(score: float, margin: float = 0.3) -> Match:
    evidence = Evidence(score, score, score, score)
    return Match(FaqEntry("refund", "q", "a"), "q", score, margin, evidence=evidence)


@pytest.mark.parametrize(
    ("score", "zone"),
    [(1.0, "answer"), (0.59, "answer"), (0.58, "ask"), (0.37, "ask"), (0.36, "fallback"), (0.0, "fallback")],
)
def test_the_zones_follow_each_other(score: float, zone: str) -> None:
    assert decide([match(score)], scale=PLAIN).zone == zone


def test_two_answers_that_are_equally_close_are_asked_about() -> None:
    decision = decide([match(0.9, margin=0.04), match(0.86, margin=-0.04)], scale=PLAIN)
    assert (decision.zone, decision.match) == ("ask", match(0.9, margin=0.04))


def test_exact_words_win_over_a_near_copy() -> None:
    assert decide([match(1.0, margin=0.01)], scale=PLAIN).zone == "answer"


def test_no_match_falls_back_without_a_confidence() -> None:
    decision = decide([], scale=PLAIN)
    assert (decision.zone, decision.match, decision.confidence) == ("fallback", None, None)


def test_a_fallback_keeps_the_confidence_of_what_was_closest() -> None:
    decision = decide([match(0.1)], scale=PLAIN)
    assert decision.match is None
    assert decision.confidence == pytest.approx(PLAIN.confidence(match(0.1)))


@pytest.mark.parametrize(("threshold", "zone"), [(0.0, "answer"), (0.5, "answer"), (0.51, "ask"), (1.0, "ask")])
def test_an_operator_may_set_the_threshold(threshold: float, zone: str) -> None:
    assert decide([match(0.5)], scale=PLAIN, threshold=threshold).zone == zone


@pytest.mark.parametrize("threshold", [None, 0.0, 1.0])
def test_exact_words_answer_whatever_the_threshold(threshold: float | None) -> None:
    assert decide([match(1.0, margin=0.01)], scale=PLAIN, threshold=threshold).zone == "answer"


@pytest.mark.parametrize("threshold", [None, 0.0, 1.0])
def test_the_same_words_in_two_entries_are_asked_about_whatever_the_threshold(threshold: float | None) -> None:
    assert decide([match(1.0, margin=0.0)], scale=PLAIN, threshold=threshold).zone == "ask"


def test_an_operators_threshold_is_the_whole_rule() -> None:
    assert decide([match(0.9, margin=0.0)], scale=PLAIN, threshold=0.5).zone == "answer"


@pytest.mark.parametrize("scale", [OFFLINE, API])
def test_confidence_grows_with_the_score_inside_its_bounds(scale: Scale) -> None:
    confidences = [scale.confidence(match(score / 20)) for score in range(21)]
    assert confidences == sorted(confidences)
    assert 0 < confidences[0] < 0.1
    assert 0.98 < confidences[-1] < 1


@pytest.mark.parametrize("scale", [OFFLINE, API])
def test_exact_words_and_near_copies_answer_from_the_start(scale: Scale) -> None:
    assert decide([match(1.0)], scale=scale).zone == "answer"
    assert decide([match(0.73)], scale=scale).zone == "answer"


@pytest.mark.parametrize(("embedder_id", "scale"), [("offline:1", OFFLINE), ("openai:text-embedding-3-small:512", API)])
def test_each_embedder_starts_with_its_own_scale(embedder_id: str, scale: Scale) -> None:
    assert scale_of(embedder_id) is scale

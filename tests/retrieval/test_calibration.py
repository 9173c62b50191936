"""How sure, and from where on an answer: learned from what the FAQ says of its own phrasings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from service.retrieval.calibrating import calibrate
from service.retrieval.calibration import USUAL_DEVIATION, USUAL_MEAN, Units
from service.retrieval.decision import decide
from service.retrieval.prior import PRIOR
from service.retrieval.seen import Judged, Seen
from tests.retrieval.samples import match, trial

if TYPE_CHECKING:
    from service.retrieval.leaving_out import Trial

CLEAR = [trial(f"entry-{number}", score=0.6 + number / 1000, foreign=0.2 + number / 1000) for number in range(200)]
"""A FAQ whose phrasings find their entries, and nothing without them."""

MUDDLED = [
    trial(f"entry-{number}", found="another" if number % 2 else None, score=0.5, margin=0.05, foreign=0.45)
    for number in range(200)
]
"""One whose entries cannot be told apart."""


def test_the_units_are_those_of_questions_without_an_entry() -> None:
    units = Units.of([0.2, 0.4] * 1_000)
    assert (units.mean, units.deviation) == pytest.approx((0.3, 0.1), abs=0.002)
    assert units.points([match(0.5, 0.1)])[0].tolist() == pytest.approx([2.0, 1.0], abs=0.03)


def test_before_anything_is_known_the_units_are_the_usual_ones() -> None:
    assert Units.of([]) == Units(USUAL_MEAN, USUAL_DEVIATION)


def test_equal_scores_do_not_make_a_unit_of_nothing() -> None:
    assert Units.of([0.3] * 10_000).deviation > 0


def test_confidence_grows_with_score_and_margin_and_stays_a_probability() -> None:
    calibration = calibrate(CLEAR)
    by_score = [calibration.confidence(match(score / 20, 0.1)) for score in range(21)]
    by_margin = [calibration.confidence(match(0.5, margin / 20)) for margin in range(11)]
    assert by_score == sorted(by_score)
    assert by_margin == sorted(by_margin)
    assert 0 < by_score[0] < by_score[-1] < 1


def test_a_clear_faq_is_surer_of_the_same_match_than_a_muddled_one() -> None:
    clear, muddled = calibrate(CLEAR), calibrate(MUDDLED)
    same = match(0.4, 0.05)
    assert clear.confidence(same) > muddled.confidence(same) + 0.2


def test_a_higher_target_never_has_a_lower_threshold() -> None:
    thresholds = [calibrate(MUDDLED[:60] + CLEAR[:60], target=target).threshold for target in (0.8, 0.9, 0.95, 0.99)]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]


def test_a_clear_faq_answers_most_of_its_own_questions() -> None:
    quality = calibrate(CLEAR).quality
    assert quality.coverage is not None
    assert quality.precision is not None
    assert quality.coverage[1] > 0.9
    assert quality.precision[0] <= quality.precision[1] <= quality.precision[2]


def test_without_trials_the_prior_carries_it_and_says_so() -> None:
    calibration = calibrate([])
    assert calibration.rests_on_prior
    assert calibration.curve == PRIOR.real
    assert calibration.threshold == pytest.approx(PRIOR.threshold(0.95), abs=1e-4)
    assert calibration.quality.precision is None


def test_with_enough_trials_the_faq_speaks_for_itself() -> None:
    assert not calibrate(CLEAR).rests_on_prior


def test_labelled_questions_bend_what_the_phrasings_said() -> None:
    wrong = [Judged(match(0.6, 0.3), right=False, known=True)] * 300
    assert calibrate(CLEAR, wrong).confidence(match(0.6)) < calibrate(CLEAR).confidence(match(0.6)) - 0.3
    assert calibrate(CLEAR, wrong).quality.labelled == 300


def test_people_label_what_has_an_answer_so_trials_stand_for_what_has_none() -> None:
    units = Units(0.3, 0.1)
    inside = [Judged(match(0.6), right=True, known=True)] * 300
    outside = [Judged(match(0.3), right=False, known=False)] * 100
    alone = Seen.of(CLEAR, inside, units, PRIOR)
    assert alone.unlabelled(0.25).sum() == pytest.approx(alone.label_weights.sum() / 3)
    assert alone.unlabelled(0.25)[alone.trials.known].sum() == 0
    assert Seen.of(CLEAR, inside + outside, units, PRIOR).unlabelled(0.25).sum() == 0


def test_a_phrasing_that_finds_only_opposites_without_itself_is_one_that_is_lost() -> None:
    lost = calibrate([replace(each, without_itself=()) for each in CLEAR]).quality
    assert lost.trials == len(CLEAR)
    assert lost.coverage is not None
    assert lost.coverage[1] == 0


def test_entries_that_cannot_be_told_apart_need_a_wider_margin() -> None:
    apart = [trial(f"e{number}", margin=0.02) for number in range(200)]
    mixed = [trial(f"e{number}", margin=0.02, found="another" if number % 3 else None) for number in range(200)]
    assert calibrate(mixed).margin > calibrate(apart).margin


@pytest.mark.parametrize("faq", [[], CLEAR, MUDDLED])
def test_exact_words_answer_after_any_calibration(faq: list[Trial]) -> None:
    assert decide([match(1.0)], calibration=calibrate(faq, target=0.99)).zone == "answer"

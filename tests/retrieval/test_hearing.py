"""Each phrasing asked as if it were not written, told in the words that lint's rules know."""

from __future__ import annotations

import pytest

from service.retrieval.hearing import heard
from service.retrieval.leaving_out import Trial
from tests.retrieval.samples import BY_SCORE, match, trial


def test_what_was_found_is_told_with_how_sure_it_is() -> None:
    (known,) = heard([trial("refund", found="shipping", score=0.5)], calibration=BY_SCORE)
    assert (known.entry_id, known.phrasing, known.zone) == ("refund", "q", "ask")
    ((entry_id, sure),) = known.found
    assert entry_id == "shipping"
    assert sure == pytest.approx(0.5)


def test_the_operators_threshold_counts() -> None:
    (bold,) = heard([trial("refund", score=0.5)], calibration=BY_SCORE, threshold=0.4)
    assert bold.zone == "answer"


def test_an_entry_of_one_phrasing_has_nothing_to_tell() -> None:
    alone = Trial(match(0.5).entry, "q", (), (match(0.3),))
    assert heard([alone], calibration=BY_SCORE) == []

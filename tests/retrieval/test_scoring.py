"""From evidence to one score."""

from __future__ import annotations

import numpy as np
import pytest

from service.retrieval.scoring import ENOUGH, FEW, MANY, margins, scores, weights_for


@pytest.mark.parametrize(("phrasings", "expected"), [(1, FEW), (ENOUGH, MANY), (50, MANY)])
def test_weights_follow_how_much_the_prototypes_have_seen(phrasings: float, expected: np.ndarray) -> None:
    assert weights_for(phrasings, meaning=True) == pytest.approx(expected / expected.sum())


def test_between_few_and_many_the_prototypes_grow() -> None:
    growing = [weights_for(count, meaning=True)[2] for count in (1, 3, 6, 10)]
    assert growing == sorted(growing)
    assert all(weights_for(count, meaning=True).sum() == pytest.approx(1) for count in (1, 3, 6, 10))


def test_without_meanings_the_cosines_share_their_weight() -> None:
    weights = weights_for(3, meaning=False)
    assert weights[3:].tolist() == [0, 0]
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("kind", range(5))
def test_more_evidence_never_lowers_the_score(kind: int) -> None:
    evidence = np.full((11, 5), 0.4, np.float32)
    evidence[:, kind] = np.linspace(0, 1, 11)
    assert (np.diff(scores(evidence, weights_for(3, meaning=True))) >= 0).all()


def test_exact_words_score_one_whatever_else_is_known() -> None:
    evidence = np.array([[1, 0, 0, 0, 0], [1.1, 1.1, 1.3, 1, 1], [-0.2, -0.2, -0.3, 0, 0]], np.float32)
    assert scores(evidence, weights_for(1, meaning=True)).tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("score", "expected"),
    [([0.9, 0.5, 0.7], [0.2, -0.4, -0.2]), ([0.5, 0.5], [0.0, 0.0]), ([0.4], [0.4]), ([], [])],
)
def test_the_margin_is_measured_against_the_best_of_the_others(score: list[float], expected: list[float]) -> None:
    assert margins(np.array(score, np.float32)) == pytest.approx(expected)

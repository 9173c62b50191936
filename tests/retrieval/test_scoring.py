import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.retrieval.scoring import USUAL, Weights, highest, scores


@pytest.mark.parametrize(
    ("values", "count", "places"),
    [
        ([0.1, 0.9, 0.5], 2, [1, 2]),
        ([0.5, 0.5, 0.5, 0.5], 2, [0, 1]),
        ([0.5, 0.9, 0.5, 0.5], 2, [0, 1]),
        ([0.1], 5, [0]),
        ([], 5, []),
        ([-np.inf, 0.2, -np.inf], 2, [0, 1]),
    ],
)
def test_the_highest_are_taken_and_of_equals_the_first(values: list[float], count: int, places: list[int]) -> None:
    assert highest(np.array(values, np.float32), count).tolist() == places


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(1, 50))
def test_it_is_what_a_stable_sort_would_take(values: list[int], count: int) -> None:
    array = np.array(values, np.float32)
    assert highest(array, count).tolist() == sorted(np.argsort(-array, kind="stable")[:count].tolist())


PLAIN = Weights(rank=np.array([0, 0, 1, 0], np.float32), judge=np.array([1, 0, 0, 0], np.float32))
"""Prototypes rank, phrasings judge."""


def test_the_ranking_orders_and_the_judgement_of_the_best_sets_the_height() -> None:
    evidence = np.array([[0.5, 0, 0.8, 0], [0.6, 0, 0.4, 0], [0.1, 0, 0.2, 0]], np.float32)
    assert scores(evidence, PLAIN) == pytest.approx([0.5, 0.25, 0.125])


def test_a_penalty_changes_the_order_and_never_what_exact_words_score() -> None:
    evidence = np.array([[0.5, 0, 0.8, 0], [0.6, 0, 0.7, 0]], np.float32)
    penalised = scores(evidence, PLAIN, penalties=np.array([0.2, 0], np.float32))
    assert penalised[1] > penalised[0]
    exact = np.array([[1, 0, 0.8, 0], [0.6, 0, 0.7, 0]], np.float32)
    assert scores(exact, PLAIN, penalties=np.array([0.5, 0], np.float32))[0] == 1


def test_the_same_closeness_means_more_of_a_longer_question() -> None:
    evidence = np.array([[0.5, 0, 0.8, 0]], np.float32)
    short, usual, long = (float(scores(evidence, PLAIN, said=said)[0]) for said in (3, USUAL, 60))
    assert short < usual < long
    assert usual == pytest.approx(0.5)


@pytest.mark.parametrize("said", [None, 0.0, 3.0, 500.0])
def test_the_very_words_score_one_whatever_else_is_known(said: float | None) -> None:
    evidence = np.array([[0.2, 0, 0.9, 0], [1, 0, 0.1, 0], [1, 0, 0, 0]], np.float32)
    assert scores(evidence, PLAIN, said=said)[1:].tolist() == [1, 1]


def test_no_evidence_scores_nothing() -> None:
    assert scores(np.zeros((3, 4), np.float32), PLAIN, said=9.0).tolist() == [0, 0, 0]
    assert scores(np.zeros((0, 4), np.float32), PLAIN).shape == (0,)


@pytest.mark.parametrize("meaning", [True, False])
@pytest.mark.parametrize("phrasings", [1, 3, 10, 200])
def test_weights_are_shares(phrasings: float, meaning: bool) -> None:
    weights = Weights.of(phrasings, meaning=meaning)
    assert weights.rank.sum() == pytest.approx(1)
    assert weights.judge.sum() == pytest.approx(1)
    assert meaning or not (weights.rank[3] or weights.judge[3])


def test_no_question_but_a_copy_scores_like_one_however_long_it_is() -> None:
    weights = Weights.of(5, meaning=True)
    evidence = np.array([[0.95, 0.9, 0.95, 1.0]], np.float32)
    assert scores(evidence, weights, said=500.0)[0] == pytest.approx(0.98)
    exact = np.array([[1.0, 0.9, 0.95, 1.0]], np.float32)
    assert scores(exact, weights, said=500.0)[0] == 1

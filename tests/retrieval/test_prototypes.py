"""One linear system over all rows, and what its form promises."""

from __future__ import annotations

import numpy as np
import pytest

from service.retrieval.prototypes import SHARPNESS, Prototypes, closeness, ridges

OWNERS = np.array([0, 0, 0, 1, 2, 0, 1, 2], np.int32)


@pytest.fixture
def close() -> np.ndarray:
    rows = np.random.default_rng(7).normal(size=(len(OWNERS), 5)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return closeness(rows @ rows.T, rows @ rows.T)


def test_each_row_is_most_like_its_own_entry(close: np.ndarray) -> None:
    fitted = Prototypes.fit(close, OWNERS, entries=3)
    assert [int(np.argmax(fitted.scores(row))) for row in close] == OWNERS.tolist()


@pytest.mark.parametrize("out", [[2], [0, 1, 2, 5], [4, 7]])
def test_what_rows_would_score_without_others_follows_from_the_inverse(close: np.ndarray, out: list[int]) -> None:
    inverse = np.linalg.inv(close + np.diag(ridges(OWNERS)))
    weights = Prototypes.fit(close, OWNERS, entries=3).weights
    targets = np.eye(3, dtype=np.float32)[OWNERS]
    promised = targets[out] - np.linalg.solve(inverse[np.ix_(out, out)], weights[out])

    kept = [row for row in range(len(OWNERS)) if row not in out]
    system = close[np.ix_(kept, kept)] + np.diag(ridges(OWNERS)[kept])
    assert promised == pytest.approx(close[np.ix_(out, kept)] @ np.linalg.solve(system, targets[kept]), abs=1e-4)


def test_an_entry_that_says_more_is_trusted_less_for_each_row() -> None:
    ridge = ridges(OWNERS)
    assert ridge[0] == pytest.approx(2 * ridge[3])
    assert ridge[3] == ridge[4]


def test_closeness_is_one_for_the_same_text_and_falls_with_either_cosine() -> None:
    close = closeness(np.array([1, 0.5, 1], np.float32), np.array([1, 1, 0.5], np.float32))
    half = (1 + np.exp(-SHARPNESS / 2)) / 2
    assert close == pytest.approx([1, half, half])

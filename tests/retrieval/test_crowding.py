"""Who is close to everything pays for it, and nobody pays for phrasings that are left out."""

from __future__ import annotations

import numpy as np
import pytest

from service.retrieval.crowding import CROWD, PENALTY, Crowd

OWNERS = np.repeat(np.arange(3, dtype=np.int32), 20)


@pytest.fixture
def near() -> np.ndarray:
    """The last entry comes near to every phrasing, each entry nearest to its own."""
    near = np.random.default_rng(2).uniform(0, 0.2, (len(OWNERS), 3)).astype(np.float32)
    near[:, 2] += 0.3
    near[np.arange(len(OWNERS)), OWNERS] = 0.9
    return near


def test_an_entry_near_to_the_phrasings_of_others_pays_and_the_rest_gain(near: np.ndarray) -> None:
    penalties = Crowd.of(near, OWNERS).penalties()
    assert penalties[2] > 0 > max(penalties[:2])
    assert penalties.sum() == pytest.approx(0, abs=1e-6)


def test_it_pays_for_the_nearest_foreign_phrasings_and_not_for_its_own(near: np.ndarray) -> None:
    nearest = np.array([np.sort(near[entry != OWNERS, entry])[-CROWD:].mean() for entry in range(3)])
    assert Crowd.of(near, OWNERS).penalties() == pytest.approx(PENALTY * (nearest - nearest.mean()), abs=1e-6)


@pytest.mark.parametrize("without", [[0], [int(np.argmax(OWNERS)), 5], list(range(20)), list(range(40, 60))])
def test_without_some_phrasings_it_pays_what_it_would_in_a_faq_without_them(
    near: np.ndarray, without: list[int]
) -> None:
    kept = [row for row in range(len(OWNERS)) if row not in without]
    rest = Crowd.of(near[kept], OWNERS[kept])
    assert Crowd.of(near, OWNERS).penalties(without=without) == pytest.approx(rest.penalties(), abs=1e-6)


def test_an_entry_that_is_alone_pays_nothing() -> None:
    assert Crowd.of(np.ones((2, 1), np.float32), np.zeros(2, np.int32)).penalties().tolist() == [0]

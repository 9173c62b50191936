"""The monotone map that every probability comes from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.retrieval.curve import Curve, fit

PRIOR = Curve(score=0.5, margin=0.5, offset=-1.0)


def drawn(truth: Curve, count: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(7)
    points = generator.normal(0, 2, (count, 2))
    return points, (generator.random(count) < truth.at(points)).astype(float)


def test_a_curve_is_found_again_from_what_it_drew() -> None:
    truth = Curve(score=1.2, margin=0.4, offset=-0.7)
    points, right = drawn(truth, 20_000)
    found = fit(points, right, np.ones(len(points)), prior=PRIOR, hold=1.0)
    assert (found.score, found.margin, found.offset) == pytest.approx((1.2, 0.4, -0.7), abs=0.06)


def test_without_trials_the_prior_is_the_curve() -> None:
    assert fit(np.zeros((0, 2)), np.zeros(0), np.zeros(0), prior=PRIOR, hold=50.0) == PRIOR


def test_few_trials_bend_the_prior_less_than_many() -> None:
    truth = Curve(score=2.0, margin=0.0, offset=1.0)
    points, right = drawn(truth, 2_000)
    few = fit(points[:50], right[:50], np.ones(50), prior=PRIOR, hold=50.0)
    many = fit(points, right, np.ones(2_000), prior=PRIOR, hold=50.0)
    assert PRIOR.score < few.score < many.score < 2.05


def test_a_better_match_is_never_less_likely_to_be_right() -> None:
    points = np.array([[0.0, 3.0], [1.0, 2.0], [2.0, 1.0], [3.0, 0.0]] * 50)
    right = np.array([1.0, 1.0, 0.0, 0.0] * 50)  # the higher the score, the wronger
    found = fit(points, right, np.ones(200), prior=PRIOR, hold=0.1)
    assert found.score == 0
    assert found.margin > 0


def test_points_far_from_the_prior_do_not_make_it_overshoot() -> None:
    points = np.concatenate([np.full((300, 2), 5.0), np.full((200, 2), 6.0)])
    right = np.concatenate([np.zeros(300), np.ones(200)])
    found = fit(points, right, np.ones(500), prior=PRIOR, hold=50.0)
    assert found.at(np.array([[5.0, 5.0]]))[0] < 0.5


def test_what_is_found_is_a_minimum_in_every_direction() -> None:
    points, right = drawn(Curve(score=3.0, margin=0.2, offset=-2.0), 300)
    found = fit(points, right, np.ones(300), prior=PRIOR, hold=5.0)

    def loss(curve: Curve) -> float:
        sure = curve.at(points)
        away = np.array([curve.score - PRIOR.score, curve.margin - PRIOR.margin, curve.offset - PRIOR.offset])
        return float(-(right * np.log(sure) + (1 - right) * np.log(1 - sure)).sum() + 2.5 * away @ away)

    for name in ("score", "margin", "offset"):
        for change in (-0.01, 0.01):
            assert loss(replace(found, **{name: getattr(found, name) + change})) > loss(found)


@given(
    st.lists(
        st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.booleans(), st.floats(0, 100)), min_size=0, max_size=30
    )
)
@settings(max_examples=100, deadline=None)
def test_whatever_it_hears_it_stays_finite_and_monotone(heard: list[tuple[float, float, bool, float]]) -> None:
    points = np.array([(score, margin) for score, margin, *_ in heard]).reshape(-1, 2)
    right = np.array([float(each[2]) for each in heard])
    weights = np.array([each[3] for each in heard])
    found = fit(points, right, weights, prior=PRIOR, hold=50.0)
    assert np.isfinite([found.score, found.margin, found.offset]).all()
    assert min(found.score, found.margin) >= 0

"""Confidences held to their word, by hand."""

from __future__ import annotations

import pytest

from service.retrieval.reliability import BINS, Claim, bins, brier, ece, wilson


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([], None),
        ([(1.0, True)], 0.0),
        ([(1.0, False)], 1.0),
        ([(0.0, False)], 0.0),
        ([(0.5, True), (0.5, False)], 0.25),
        ([(0.8, True), (0.4, False), (0.0, False)], (0.04 + 0.16) / 3),
    ],
)
def test_brier_is_the_mean_squared_error(claims: list[Claim], expected: float | None) -> None:
    assert brier(claims) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([], None),
        ([(1.0, True), (0.0, False)], 0.0),
        ([(1.0, False)], 1.0),
        ([(0.5, True), (0.5, False)], 0.0),
        # one bin, ].6, .667]: .65 in the mean and half of them right, though each alone is far off
        ([(0.64, True), (0.66, False)], 0.15),
        # two bins, three claims: |.9 - 1| twice and |.1 - 1| once
        ([(0.9, True), (0.9, True), (0.1, True)], (0.1 + 0.1 + 0.9) / 3),
    ],
)
def test_ece_compares_means_bin_by_bin(claims: list[Claim], expected: float | None) -> None:
    assert ece(claims) == pytest.approx(expected)


@pytest.mark.parametrize(("confidence", "place"), [(0.0, 0), (0.2, 0), (0.2001, 1), (0.6, 2), (0.999, 4), (1.0, 4)])
def test_a_bin_has_its_upper_end_and_the_first_has_nothing_too(confidence: float, place: int) -> None:
    counts = [each.count for each in bins([(confidence, True)], count=5)]
    assert counts == [int(here == place) for here in range(5)]


def test_bins_are_of_equal_width_and_an_empty_one_has_no_mean() -> None:
    found = bins([(0.97, True), (0.99, False)])
    assert len(found) == BINS
    assert (found[0].low, found[-1].high) == (0.0, 1.0)
    assert [each.high for each in found[:-1]] == [each.low for each in found[1:]]
    assert (found[0].count, found[0].confidence, found[0].right) == (0, None, None)
    assert (found[-1].count, found[-1].right) == (2, 0.5)
    assert found[-1].confidence == pytest.approx(0.98)


@pytest.mark.parametrize(
    ("hits", "count", "expected"),
    [
        (0, 0, None),
        (0, 10, (0.0, 0.2775)),
        (10, 10, (0.7225, 1.0)),
        (1, 1, (0.2065, 1.0)),
        (5, 10, (0.2366, 0.7634)),
        (81, 263, (0.2553, 0.3662)),  # the worked example of Newcombe 1998, table I, method 3
    ],
)
def test_wilson_gives_the_published_intervals(hits: int, count: int, expected: tuple[float, float] | None) -> None:
    assert wilson(hits, count) == (expected and pytest.approx(expected, abs=5e-5))

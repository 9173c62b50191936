"""Where numbers stand in an SVG, by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest

from service.commands.plots import (
    ROW,
    STEPS,
    Frame,
    histogram,
    histogram_plot,
    path_of,
    reliability_plot,
    risk_plot,
    segments,
)
from service.retrieval.reliability import bins
from service.retrieval.tradeoff import Point

PAPER = Frame(left=100, right=300, top=0, bottom=200)


def test_shares_run_to_the_right_and_upwards_and_stay_on_the_paper() -> None:
    assert [PAPER.x(share) for share in (-1, 0, 0.25, 1, 2)] == [100, 100, 150, 300, 300]
    assert [PAPER.y(share) for share in (0, 0.25, 1, 2)] == [200, 150, 0, 0]
    assert Frame(top=0, bottom=200, y_max=0.5).y(0.25) == 100


@pytest.mark.parametrize("end", STEPS)
def test_every_axis_is_labelled_with_numbers_one_can_read(end: float) -> None:
    labels = [tick.label for tick in Frame(y_max=end).y_ticks()]
    assert labels[0] == "0%"
    assert float(labels[-1].removesuffix("%")) == pytest.approx(100 * end)
    assert all(len(label) <= len("0.5%") for label in labels), labels


def test_a_path_moves_once_and_draws_from_there() -> None:
    assert path_of([(1.0, 2.5), (3.0, 4.0), (5.25, 6.0)]) == "M1 2.5L3 4L5.25 6"
    assert path_of([]) == ""


def test_the_risk_plot_ends_above_all_that_it_must_show() -> None:
    points = [Point(0.9, 10, 0.5, 1.0), Point(0.5, 20, 1.0, 0.85)]
    plot = risk_plot(points, coverage=0.5, precision=0.99, interval=(0.9, 1.0), target=0.95)
    frame = plot.frame
    assert frame.y_max == 0.2
    assert plot.path == path_of([(frame.x(0.5), frame.bottom), (frame.x(1.0), frame.y(0.15))])
    assert plot.target_y == frame.y(0.05)
    assert plot.here is not None
    assert (plot.here.x, plot.here.y) == (frame.x(0.5), frame.y(0.01))
    assert (plot.here.low_y, plot.here.high_y) == (frame.bottom, frame.y(0.1))


def test_the_risk_plot_of_nothing_is_empty() -> None:
    plot = risk_plot([], coverage=None, precision=None, interval=None, target=None)
    assert (plot.path, plot.here, plot.target_y) == ("", None, None)


def test_the_reliability_plot_has_a_mark_for_each_bin_with_anything_in_it() -> None:
    plot = reliability_plot(bins([(0.9, True), (0.9, True), (0.9, False), (0.9, True), (0.1, False)]))
    small, large = plot.marks
    assert (small.x, small.y, small.radius) == (plot.frame.x(0.1), plot.frame.bottom, 6.5)
    assert (large.x, large.y, large.radius) == (plot.frame.x(0.9), plot.frame.y(0.75), 10.0)
    assert large.high_y < large.y < large.low_y
    assert reliability_plot(bins([])).marks == ()


@pytest.mark.parametrize(
    ("confidences", "counts"), [([], (0, 0)), ([0.0, 0.5], (2, 0)), ([0.51, 1.0], (0, 2)), ([1.0, 0.0], (1, 1))]
)
def test_a_histogram_counts_each_once(confidences: list[float], counts: tuple[int, ...]) -> None:
    assert histogram(confidences, bins=2) == counts


def test_histograms_stand_below_each_other_on_one_axis() -> None:
    plot = histogram_plot({"right": [0.9, 0.9, 0.1], "wrong": [], "out": [0.0]}, threshold=0.7, ask=0.2)
    right, wrong, out = plot.rows
    assert (right.count, len(right.bars), wrong.bars, len(out.bars)) == (3, 2, (), 1)
    low, high = right.bars
    assert (low.height, high.height) == (high.height / 2, ROW - 22)
    assert low.y + low.height == high.y + high.height == right.base_y
    assert [row.base_y for row in plot.rows] == [plot.frame.top + ROW * row for row in (1, 2, 3)]
    assert plot.frame.bottom == out.base_y < plot.frame.height
    assert (plot.threshold_x, plot.ask_x) == (plot.frame.x(0.7), plot.frame.x(0.2))


def test_segments_fill_the_bar_without_a_gap() -> None:
    parts = segments({"right": 1, "shown": 0, "wrong": 3}, width=640)
    assert [(part.name, part.x, part.width, part.share) for part in parts] == [
        ("right", 0, 160, 0.25),
        ("wrong", 160, 480, 0.75),
    ]
    thirds = segments({"a": 1, "b": 1, "c": 1}, width=640)
    assert all(one.x + one.width == pytest.approx(next_one.x, abs=0.02) for one, next_one in pairwise(thirds))

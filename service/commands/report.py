"""The evaluation as a page for whoever owns the FAQ: one file, without script, to open, print or send on."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Final, Literal

from ..pages import Pages
from ..resources import template_file
from ..retrieval.mistakes import confusions, troubles, wrong_answers
from ..retrieval.reliability import bins
from ..retrieval.tradeoff import curve, most_coverage, thinned
from .plots import histogram_plot, reliability_plot, risk_plot, segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ..retrieval.evaluation import Figures, Outcome
    from ..retrieval.mistakes import Trouble
    from ..retrieval.tradeoff import Point
    from .measuring import Measured
    from .plots import Segment

MOST_TROUBLES: Final = 12
MOST_CONFUSIONS: Final = 40
MOST_WRONG: Final = 150
"""More rows than this nobody reads; the JSON has all of them."""

DRAWN_POINTS: Final = 201
PRECISIONS: Final = (0.8, 0.85, 0.9, 0.95, 0.97, 0.99)
BAR: Final = 640


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of the three sentences at the top, all of them so many of a hundred.

    `wrong` is how many direct answers are wrong, as text since it may be "0.4"; with 95 % confidence between
    `wrong_from` and `wrong_to`. `first` are the entries to begin with.
    """

    answered: int
    asked: int
    passed_on: int
    wrong: str
    wrong_from: int
    wrong_to: int
    first: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a group of questions, as one bar."""

    name: Literal["in", "out"]
    count: int
    segments: tuple[Segment, ...]


def render(measured: Measured, *, locale: Literal["ko", "en"], templates_dir: Path | None) -> str:
    """The page as one string of HTML. A team's `report/report.html` under `templates_dir` takes the place of ours."""
    figures, outcomes = measured.figures, measured.outcomes
    points = curve(outcomes)
    reliability = bins((outcome.confidence, outcome.right_within(1)) for outcome in outcomes)
    worst, wrong, confused = troubles(outcomes), wrong_answers(outcomes), confusions(outcomes)
    pages = Pages(template_file("report/report.html", templates_dir).parent)
    return pages.render(
        "report.html",
        locale=locale,
        run=measured,
        figures=figures,
        summary=summary_of(figures, worst),
        fates=fates_of(outcomes),
        bar_width=BAR,
        troubles=worst[:MOST_TROUBLES],
        troubles_in_all=len(worst),
        risk=risk_plot(
            thinned(points, DRAWN_POINTS),
            coverage=figures.coverage,
            precision=figures.precision,
            interval=figures.precision_interval,
            target=measured.rule.target,
        ),
        choices=choices_of(points),
        reliability=reliability_plot(reliability),
        bins=[each for each in reliability if each.count],
        histogram=histogram_plot(_confidences(outcomes), threshold=measured.rule.threshold, ask=measured.rule.ask),
        confusions=confused[:MOST_CONFUSIONS],
        confusions_in_all=len(confused),
        wrong=wrong[:MOST_WRONG],
        wrong_in_all=len(wrong),
        percent=percent,
    )


def summary_of(figures: Figures, worst: Sequence[Trouble]) -> Summary:
    low, high = figures.precision_interval or (0.0, 1.0)
    wrong = 100 * figures.answered_wrong / figures.answered if figures.answered else 0.0
    answered, asked, passed_on = of_a_hundred((figures.answered, figures.asked, figures.fell_back))
    return Summary(
        answered=answered,
        asked=asked,
        passed_on=passed_on,
        wrong=f"{wrong:.1f}" if 0 < wrong < 1 else f"{wrong:.0f}",
        wrong_from=floor(100 * (1 - high)),
        wrong_to=ceil(100 * (1 - low)),
        first=tuple(worst[:3]),
    )


def of_a_hundred(counts: Sequence[int]) -> list[int]:
    """Whole numbers in the proportion of `counts` that add up to 100, the largest remainders rounded up."""
    whole = sum(counts)
    exact = [100 * count / whole for count in counts]
    parts = [floor(each) for each in exact]
    by_remainder = sorted(range(len(counts)), key=lambda place: parts[place] - exact[place])
    for place in by_remainder[: 100 - sum(parts)]:
        parts[place] += 1
    return parts


def fates_of(outcomes: Iterable[Outcome]) -> list[Fate]:
    """Questions the FAQ answers and those it does not, a bar each; a group without a question has none."""
    counts: dict[Literal["in", "out"], dict[str, int]] = {
        name: dict.fromkeys(("right", "shown", "passed", "missed", "wrong"), 0) for name in ("in", "out")
    }
    for outcome in outcomes:
        counts["in" if outcome.question.in_scope else "out"][_fate(outcome)] += 1
    return [
        Fate(name, sum(each.values()), segments(each, width=BAR)) for name, each in counts.items() if sum(each.values())
    ]


def choices_of(points: Sequence[Point]) -> list[tuple[float, Point]]:
    """For each precision that one might want, the threshold that answers most; of several alike the strictest."""
    found = [(precision, most_coverage(points, precision=precision)) for precision in PRECISIONS]
    return [(precision, point) for precision, point in found if point is not None]


def percent(share: float | None) -> str:
    """Such as 95.6%; a dash where there is nothing to have a share of."""
    return "–" if share is None else f"{100 * share:.1f}%"


def _fate(outcome: Outcome) -> str:
    if outcome.zone == "fallback":
        return "passed"
    if outcome.zone == "answer":
        return "right" if outcome.right_within(1) else "wrong"
    return "shown" if outcome.right_one_seen else "missed"


def _confidences(outcomes: Iterable[Outcome]) -> dict[str, list[float]]:
    groups: dict[str, list[float]] = {"right": [], "wrong": [], "out": []}
    for outcome in outcomes:
        name = ("right" if outcome.right_within(1) else "wrong") if outcome.question.in_scope else "out"
        groups[name].append(outcome.confidence)
    return groups

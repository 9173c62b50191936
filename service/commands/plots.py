"""From numbers to where they stand in an SVG. Pure: a template only prints what is here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

from ..retrieval.reliability import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..retrieval.reliability import Bin
    from ..retrieval.tradeoff import Point

STEPS: Final = {0.02: 4, 0.05: 5, 0.1: 5, 0.2: 4, 0.3: 3, 0.4: 4, 0.5: 5, 0.6: 3, 0.8: 4, 1.0: 5}
"""Where an axis may end, and in how many steps it gets there, so that each is a number one can read."""

HISTOGRAM_BINS: Final = 20
ROW: Final = 116
"""The height of one histogram with its name above."""
ROW_NAME: Final = 22


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, `at` so many units from the left or the top."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The paper: shares from 0 to 1 across and to `y_max`, one of `STEPS`, upwards; SVG itself counts y downwards."""

    y_max: float = 1.0
    width: int = 480
    height: int = 320
    left: int = 60
    right: int = 456
    top: int = 14
    bottom: int = 274

    def x(self, share: float) -> float:
        return _placed(self.left, self.right, share)

    def y(self, share: float) -> float:
        return _placed(self.bottom, self.top, share / self.y_max)

    def x_ticks(self) -> list[Tick]:
        return [Tick(self.x(value), _percent(value)) for value in _steps(1.0)]

    def y_ticks(self) -> list[Tick]:
        return [Tick(self.y(value), _percent(value)) for value in _steps(self.y_max)]


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot and the whisker through it."""

    x: float
    y: float
    radius: float
    low_y: float
    high_y: float


@dataclass(frozen=True, slots=True)
class RiskPlot:
    """The share of answers that are wrong over coverage; `here` is where it stands now, `target_y` what is aimed at."""

    frame: Frame
    path: str
    here: Mark | None
    target_y: float | None


@dataclass(frozen=True, slots=True)
class ReliabilityPlot:
    """A mark for each bin that holds anything, its area growing with the count. On the diagonal they are honest."""

    frame: Frame
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Row:
    """One histogram of several below each other; each has its own height, since the groups differ in size."""

    name: str
    count: int
    counts: tuple[int, ...]
    bars: tuple[Bar, ...]
    name_y: float
    base_y: float


@dataclass(frozen=True, slots=True)
class HistogramPlot:
    frame: Frame
    rows: tuple[Row, ...]
    threshold_x: float
    ask_x: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a whole, drawn as a piece of one bar."""

    name: str
    count: int
    share: float
    x: float
    width: float


def risk_plot(
    points: Sequence[Point],
    *,
    coverage: float | None,
    precision: float | None,
    interval: tuple[float, float] | None,
    target: float | None,
) -> RiskPlot:
    """`interval` is that of `precision`; risks above the frame's end are drawn at its end."""
    risks = [1 - precision if precision is not None else 0.0, 1 - points[-1].precision if points else 0.0]
    aim = 1 - target if target is not None else None
    highest = max(*risks, aim or 0.0)
    frame = Frame(y_max=next((height for height in STEPS if height >= highest), 1.0))
    here = None
    if coverage is not None and precision is not None and interval is not None:
        here = Mark(frame.x(coverage), frame.y(1 - precision), 6, frame.y(1 - interval[1]), frame.y(1 - interval[0]))
    path = path_of((frame.x(point.coverage), frame.y(1 - point.precision)) for point in points)
    return RiskPlot(frame, path, here, None if aim is None else frame.y(aim))


def reliability_plot(bins: Sequence[Bin]) -> ReliabilityPlot:
    frame = Frame()
    largest = max((each.count for each in bins), default=0)
    marks = []
    for each in bins:
        if each.confidence is not None and each.right is not None:
            low, high = wilson(round(each.right * each.count), each.count) or (0.0, 1.0)
            radius = round(3 + 7 * sqrt(each.count / largest), 2)
            marks.append(
                Mark(frame.x(each.confidence), frame.y(each.right), radius, low_y=frame.y(low), high_y=frame.y(high))
            )
    return ReliabilityPlot(frame, tuple(marks))


def histogram_plot(groups: Mapping[str, Sequence[float]], *, threshold: float, ask: float) -> HistogramPlot:
    """A histogram of confidences for each group, one below the other over the same axis."""
    paper = Frame()
    lower = paper.top + ROW * len(groups) - paper.bottom
    frame = replace(paper, bottom=paper.bottom + lower, height=paper.height + lower)
    rows = []
    for place, (name, confidences) in enumerate(groups.items()):
        counts = histogram(confidences)
        top = frame.top + ROW * place
        rows.append(Row(name, len(confidences), counts, _bars(counts, frame, top), top + ROW_NAME - 6, top + ROW))
    return HistogramPlot(frame, tuple(rows), frame.x(threshold), frame.x(ask))


def histogram(confidences: Iterable[float], *, bins: int = HISTOGRAM_BINS) -> tuple[int, ...]:
    """How many lie in each of `bins` equal parts of [0, 1], a part's upper end belonging to it."""
    counts = [0] * bins
    for confidence in confidences:
        counts[max(0, ceil(confidence * bins) - 1)] += 1
    return tuple(counts)


def segments(counts: Mapping[str, int], *, width: float) -> tuple[Segment, ...]:
    """The parts of one bar `width` long, those of nothing left out."""
    whole = sum(counts.values())
    found: list[Segment] = []
    before = 0
    for name, count in counts.items():
        if count:
            share = count / whole
            found.append(Segment(name, count, share, round(width * before / whole, 2), round(width * share, 2)))
        before += count
    return tuple(found)


def path_of(points: Iterable[tuple[float, float]]) -> str:
    """An SVG path through the points; empty without any."""
    return "".join(f"{'L' if place else 'M'}{x:g} {y:g}" for place, (x, y) in enumerate(points))


def _bars(counts: Sequence[int], frame: Frame, top: float) -> tuple[Bar, ...]:
    highest, room = max(counts), ROW - ROW_NAME
    width = (frame.right - frame.left) / len(counts)
    bars = []
    for place, count in enumerate(counts):
        if count:
            height = max(1.0, round(room * count / highest, 2))
            bars.append(Bar(round(frame.left + place * width + 1, 2), top + ROW - height, round(width - 2, 2), height))
    return tuple(bars)


def _placed(zero: float, one: float, share: float) -> float:
    return round(zero + (one - zero) * min(1.0, max(0.0, share)), 2)


def _steps(end: float) -> list[float]:
    return [end * step / STEPS[end] for step in range(STEPS[end] + 1)]


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"

"""How likely a match is to be right, and from where on the FAQ answers: learned from the FAQ, with no labels at all.

A score means something else with every FAQ and every embedder. So it is taken in the FAQ's own units: how far above
the scores that questions reach whose entry is not there. In these units a curve learned on other FAQs carries over,
and each FAQ's own trials (see `leaving_out`) bend it the more the more there are. docs/evaluation.md has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from .curve import Curve, fit
from .reliability import brier, ece, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from .curve import DoubleArray
    from .index import Match
    from .leaving_out import Trial
    from .reliability import Claim

TARGET: Final = 0.95
"""The share of direct answers that should be right where nobody says otherwise."""

ASK: Final = 0.2
"""The probability from which asking back is worth a visitor's time."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What other FAQs have shown, in every FAQ's own units.

    `curve` is of best matches, `margins` of those of questions that have an entry, by the margin alone. `thresholds`
    are pairs, rising: a target, and the probability from which it was kept on sets the curve was not fitted to.
    """

    curve: Curve
    margins: Curve
    thresholds: tuple[tuple[float, float], ...]

    def threshold(self, target: float) -> float:
        targets, thresholds = zip(*self.thresholds, strict=True)
        return float(np.interp(target, targets, thresholds))


PRIOR: Final = Prior(
    curve=Curve(score=0.56, margin=0.84, offset=-0.83),
    margins=Curve(score=0.0, margin=1.51, offset=-0.70),
    thresholds=((0.80, 0.45), (0.85, 0.57), (0.90, 0.66), (0.95, 0.83), (0.97, 0.88), (0.99, 0.97)),
)
"""Fitted to six labelled sets with equal weight by `scripts/bench/calibration.py`, which leaves out each in turn."""

PRIOR_HOLD: Final = 50.0
"""How firmly `PRIOR` holds each coefficient against the FAQ's own trials."""

PRIOR_TRIALS: Final = 200
"""So many trials of its own count for as much as the prior when the threshold is set."""

MOST_WEIGHT: Final = 1_000.0
"""A FAQ's trials count for no more than this many: they resemble each other more than real questions do."""

LABEL_WEIGHT: Final = 3.0
"""A question that somebody labelled counts for so many trials: it is what customers really write."""

EXPECTED_OUT: Final = 0.2
"""The share of questions that no entry answers, as far as probabilities are concerned. The true one is not known."""

CAREFUL_OUT: Final = 0.25
"""The share with which the threshold still has to keep its target."""

USUAL_MEAN, USUAL_DEVIATION, USUAL_TRIALS = 0.37, 0.11, 20
"""The units of a FAQ of which nothing is known yet, and the trials they count for."""

LEAST_DEVIATION: Final = 0.02
SMALLEST_WEIGHT: Final = 1e-9

FOLDS: Final = 5
"""A calibration is judged on a fifth of the entries at a time, learned from the others."""


@dataclass(frozen=True, slots=True)
class Units:
    """What a score of 0 and of 1 stand for: the mean and the mean plus one deviation of the best scores of questions
    whose entry is not in the FAQ."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, scores: Sequence[float]) -> Units:
        """From the best scores of questions without their entry."""
        known = np.array(scores)
        share = len(known) / (len(known) + USUAL_TRIALS)
        mean, deviation = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
        return cls(
            float(share * mean + (1 - share) * USUAL_MEAN),
            float(max(share * deviation + (1 - share) * USUAL_DEVIATION, LEAST_DEVIATION)),
        )

    def points(self, matches: Sequence[Match]) -> DoubleArray:
        """Score and margin of each match in these units, shape (matches, 2)."""
        return np.array(
            [[(match.score - self.mean) / self.deviation, match.margin / self.deviation] for match in matches]
        ).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Judged:
    """A question somebody labelled: its best match, and whether that is right. `known`: an entry answers it at all."""

    best: Match
    right: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """What the FAQ's own trials say of a calibration; each judged by a curve that had not seen its entry.

    `trials` and `labelled` count questions. `coverage` is the share of questions with an entry that are answered,
    `precision` the share of answers that are right, both between their 95 % bounds (low, share, high). None where
    there is nothing to judge by.
    """

    trials: int
    labelled: int
    brier: float | None
    ece: float | None
    coverage: tuple[float, float, float] | None
    precision: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """`threshold` and `ask` are probabilities, `margin` is a difference of scores.

    From `threshold` up the FAQ answers; from `ask` up, by the score alone, it asks back. Below `margin` the best and
    the second entry are as good as each other and the visitor chooses. `target` is the share of answers that should be
    right.
    """

    units: Units
    curve: Curve
    target: float
    threshold: float
    ask: float
    margin: float
    quality: Quality

    def confidence(self, match: Match) -> float:
        """The probability that `match` is right, in [0, 1]; grows with its score and its margin."""
        return float(self.curve.at(self.units.points([match]))[0])

    def alone(self, match: Match) -> float:
        """The same by its score alone, however close the others are."""
        return self.confidence(replace(match, margin=0.0))

    def worth_asking(self, match: Match) -> bool:
        """Whether its score alone makes it one of those to ask about."""
        return self.alone(match) >= self.ask

    @property
    def rests_on_prior(self) -> bool:
        """Whether other FAQs say more about the threshold than this one's own phrasings."""
        return self.quality.trials + LABEL_WEIGHT * self.quality.labelled < PRIOR_TRIALS


def calibrate(
    trials: Sequence[Trial], judged: Sequence[Judged] = (), *, target: float = TARGET, prior: Prior = PRIOR
) -> Calibration:
    """Of one index, from its trials and the team's labelled questions if there are any."""
    units = Units.of([trial.without_entry[0].score for trial in trials if trial.without_entry])
    seen = _Observations.of(trials, judged, units, prior)
    curve = seen.curve(EXPECTED_OUT)
    threshold = _threshold(seen, curve, target)
    margin = _margin(seen) * units.deviation
    return Calibration(units, curve, target, threshold, ASK, margin, _quality(seen, threshold, judged))


@dataclass(frozen=True, slots=True)
class _Observations:
    """Best matches whose truth is known, all arrays of shape (n,) but `points`.

    `known`: an entry answers the question. `labelled`: a person said so. `groups`: the entry it came from, numbered.
    """

    points: DoubleArray
    right: DoubleArray
    known: npt.NDArray[np.bool_]
    labelled: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.int64]
    prior: Prior

    @classmethod
    def of(cls, trials: Sequence[Trial], judged: Sequence[Judged], units: Units, prior: Prior) -> _Observations:
        numbers = {id_: number for number, id_ in enumerate(dict.fromkeys(trial.entry.id for trial in trials))}
        rows = [
            *(
                (trial.without_itself[0], trial.without_itself[0].entry.id == trial.entry.id, True, trial.entry.id)
                for trial in trials
                if trial.without_itself
            ),
            *((trial.without_entry[0], False, False, trial.entry.id) for trial in trials if trial.without_entry),
        ]
        groups = [numbers[entry_id] for *_, entry_id in rows]
        return cls(
            points=units.points([best for best, *_ in rows] + [each.best for each in judged]),
            right=np.array([right for _, right, *_ in rows] + [each.right for each in judged], float),
            known=np.array([known for *_, known, _ in rows] + [each.known for each in judged], bool),
            labelled=np.array([False] * len(rows) + [True] * len(judged), bool),
            groups=np.array(groups + list(range(len(numbers), len(numbers) + len(judged))), np.int64),
            prior=prior,
        )

    def part(self, of: npt.NDArray[np.bool_]) -> _Observations:
        return replace(
            self,
            points=self.points[of],
            right=self.right[of],
            known=self.known[of],
            labelled=self.labelled[of],
            groups=self.groups[of],
        )

    @property
    def trials(self) -> int:
        """Phrasings that were asked without themselves."""
        return int((self.known & ~self.labelled).sum())

    def weights(self, out: float) -> DoubleArray:
        """What each counts for where the share `out` of questions has no entry. Labels are taken as they come."""
        inside, outside = self.known & ~self.labelled, ~self.known & ~self.labelled
        total = min(float(inside.sum()), MOST_WEIGHT)
        weights = np.where(self.labelled, LABEL_WEIGHT, 0.0)
        weights[inside] = total * (1 - out) / max(inside.sum(), 1)
        weights[outside] = total * out / max(outside.sum(), 1)
        return weights

    def curve(self, out: float) -> Curve:
        return fit(self.points, self.right, self.weights(out), prior=self.prior.curve, hold=PRIOR_HOLD)


def _threshold(seen: _Observations, curve: Curve, target: float) -> float:
    """The lowest probability from which the target is kept, though more questions than expected have no entry."""
    prior = seen.prior.threshold(target)
    weights = seen.weights(CAREFUL_OUT)
    own, count = prior, weights.sum()
    if count:
        claimed, kept = curve.at(seen.points), seen.curve(CAREFUL_OUT).at(seen.points)
        order = np.argsort(-claimed)
        precision = np.cumsum((weights * kept)[order]) / np.cumsum(weights[order]).clip(SMALLEST_WEIGHT)
        enough = np.flatnonzero(precision >= target)
        own = float(claimed[order[enough[-1]]]) if len(enough) else seen.prior.thresholds[-1][1]
    share = count / (count + PRIOR_TRIALS)
    return round(float(share * own + (1 - share) * prior), 4)


def _margin(seen: _Observations) -> float:
    """The margin, in the FAQ's units, at which the best entry is as often wrong as right, an entry being there."""
    inside = seen.part(seen.known)
    points = inside.points * np.array([0.0, 1.0])
    curve = fit(points, inside.right, np.ones(len(points)), prior=seen.prior.margins, hold=PRIOR_HOLD)
    return max(-curve.offset / curve.margin, 0.0) if curve.margin > 0 else 0.0


def _quality(seen: _Observations, threshold: float, judged: Sequence[Judged]) -> Quality:
    """Every fold of entries judged by the curve of the others, with as many questions without an entry as expected."""
    traffic = _traffic(seen)
    claims: list[Claim] = []
    answered = np.zeros(0, bool)
    right = np.zeros(0)
    known = np.zeros(0, bool)
    for fold in range(FOLDS):
        here = traffic.groups % FOLDS == fold
        if here.any():
            curve = seen.part(seen.groups % FOLDS != fold).curve(EXPECTED_OUT)
            sure = curve.at(traffic.points[here])
            claims += zip(sure.tolist(), (traffic.right[here] > 0).tolist(), strict=True)
            answered = np.append(answered, sure >= threshold)
            right, known = np.append(right, traffic.right[here]), np.append(known, traffic.known[here])
    return Quality(
        trials=seen.trials,
        labelled=len(judged),
        brier=brier(claims),
        ece=ece(claims),
        coverage=_between(int((answered & known).sum()), int(known.sum())),
        precision=_between(int(right[answered].sum()), int(answered.sum())),
    )


def _traffic(seen: _Observations) -> _Observations:
    """All with an entry, every label, and evenly so many without an entry that their share is the expected one."""
    outside = np.flatnonzero(~seen.known & ~seen.labelled)
    wanted = min(len(outside), round(seen.trials * EXPECTED_OUT / (1 - EXPECTED_OUT)))
    chosen = seen.known | seen.labelled
    chosen[outside[np.linspace(0, len(outside) - 1, wanted).round().astype(int)]] = True
    return seen.part(chosen)


def _between(hits: int, count: int) -> tuple[float, float, float] | None:
    bounds = wilson(hits, count)
    return (bounds[0], hits / count, bounds[1]) if bounds else None

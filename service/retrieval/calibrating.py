"""Learning a calibration for one index: from its own trials, and from the questions the team has labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .calibration import TARGET, Calibration, Quality, Units
from .contrast.guard import conflicts
from .curve import Curve, fit
from .decision import EXACT, fitting
from .leaving_out import FOUND, texts_for_trials, trials
from .prior import PRIOR
from .reliability import brier, ece, wilson
from .seen import CAREFUL_OUT, EXPECTED_OUT, FOLDS, LABEL_WEIGHT, PRIOR_HOLD, Judged, Observations, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .analysis import Analysis
    from .caching import Progress
    from .cutting import Cutting
    from .embedders import Embedder
    from .evaluation import Labelled
    from .index import FaqIndex
    from .leaving_out import Trial
    from .prior import Prior
    from .reliability import Claim

ASK: Final = 0.2
"""The probability from which asking back is worth a visitor's time. On six sets it keeps 80 to 99 % of the questions
whose entry comes first, and declines 19 to 78 % of those that no entry answers."""


PRIOR_TRIALS: Final = 200
"""So many trials of its own count for as much as the prior when the threshold is set. From 50 to 500 no large set's
precision moves by more than a point."""

SMALLEST_WEIGHT: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Learned:
    """`trials` are what the calibration was learned from, for whoever wants to know more of them."""

    calibration: Calibration
    trials: Sequence[Trial]
    judged: Sequence[Judged]


async def learn(
    index: FaqIndex,
    embedder: Embedder,
    analysis: Analysis,
    *,
    labelled: Sequence[Labelled] = (),
    target: float,
    cutting: Cutting | None = None,
    on_progress: Progress = lambda done, total: None,
) -> Learned:
    """Raises what the embedder raises: besides the index's own texts it has to embed what each entry says without each
    of its phrasings, and the labelled questions.

    `cutting` and `on_progress`: see `trials`.
    """
    vectors = await embedder.embed(texts_for_trials(index.entries))
    tried = trials(index.entries, vectors, analysis=analysis, cutting=cutting, on_progress=on_progress)
    judged = await judged_by(index, embedder, labelled)
    return Learned(calibrate(tried, judged, target=target), tried, judged)


async def judged_by(index: FaqIndex, embedder: Embedder, labelled: Sequence[Labelled]) -> list[Judged]:
    """What became of each question, but for those that are phrasings by now: they are right for nothing."""
    queries = [index.query(question.text) for question in labelled]
    if not queries:
        return []
    vectors = await embedder.embed([query.texts[0] for query in queries])
    judged = []
    for question, query, vector in zip(labelled, queries, vectors, strict=True):
        matches = index.search(query, vector[None], limit=FOUND)
        fits = fitting(matches, conflicts(query.meant, (match.entry for match in matches)))
        if fits and fits[0].evidence.phrasing < EXACT:
            judged.append(Judged(fits[0], fits[0].entry.id in question.right, known=question.in_scope))
    return judged


def calibrate(
    trials: Sequence[Trial], judged: Sequence[Judged] = (), *, target: float = TARGET, prior: Prior = PRIOR
) -> Calibration:
    """Of one index, from its trials and the team's labelled questions if there are any."""
    units = Units.of([trial.without_entry[0].score for trial in trials if trial.without_entry])
    seen = Seen.of(trials, judged, units, prior)
    curve = seen.curve()
    heard = seen.believed * seen.weights(CAREFUL_OUT).sum() + LABEL_WEIGHT * len(judged)
    own_share = float(heard / (heard + PRIOR_TRIALS))
    own = _own_threshold(seen, curve, target)
    threshold = own_share * own + (1 - own_share) * prior.threshold(target)
    margin = seen.believed * _own_margin(seen) + (1 - seen.believed) * prior.margin
    return Calibration(
        units=units,
        curve=curve,
        target=target,
        threshold=round(threshold, 4),
        ask=ASK,
        margin=round(float(margin * units.deviation), 4),
        own_share=round(own_share, 3),
        quality=_quality(seen, threshold),
    )


def _own_threshold(seen: Seen, curve: Curve, target: float) -> float:
    """The lowest probability from which the target is kept by what the curve promises of this FAQ's questions."""
    weights = np.append(seen.weights(CAREFUL_OUT) + seen.unlabelled(CAREFUL_OUT), seen.label_weights)
    sure = curve.at(np.concatenate([seen.trials.points, seen.labelled.points]))
    order = np.argsort(-sure)
    precision = np.cumsum((weights * sure)[order]) / np.cumsum(weights[order]).clip(SMALLEST_WEIGHT)
    enough = np.flatnonzero(precision >= target)
    return float(sure[order[enough[-1]]]) if len(enough) else seen.prior.thresholds[-1][1]


def _own_margin(seen: Seen) -> float:
    """The margin, in the FAQ's units, at which the best entry is as often wrong as right, an entry being there."""
    inside = seen.trials.part(seen.trials.known)
    start = Curve(score=0.0, margin=1.0, offset=-seen.prior.margin)
    curve = fit(inside.points * np.array([0.0, 1.0]), inside.right, np.ones(len(inside)), prior=start, hold=PRIOR_HOLD)
    return max(-curve.offset / curve.margin, 0.0) if curve.margin > 0 else seen.prior.margin


def _quality(seen: Seen, threshold: float) -> Quality:
    """Every fold judged by the curve of the others, with as many questions without an entry as expected."""
    traffic = _traffic(seen)
    sure = np.zeros(len(traffic))
    for fold in range(FOLDS):
        here = traffic.groups % FOLDS == fold
        sure[here] = seen.curve(but=fold).at(traffic.points[here])
    claims: list[Claim] = list(zip(sure.tolist(), (traffic.right > 0).tolist(), strict=True))
    answered = sure >= threshold
    return Quality(
        trials=int(seen.trials.known.sum()),
        labelled=len(seen.labelled),
        brier=brier(claims),
        ece=ece(claims),
        coverage=_between(int((answered & traffic.known).sum()), int(traffic.known.sum())),
        precision=_between(int(traffic.right[answered].sum()), int(answered.sum())),
    )


def _traffic(seen: Seen) -> Observations:
    """All trials with an entry, evenly so many without one that their share is the expected one, and every label."""
    trials = seen.trials
    outside = np.flatnonzero(~trials.known)
    wanted = min(len(outside), round(int(trials.known.sum()) * EXPECTED_OUT / (1 - EXPECTED_OUT)))
    chosen = trials.known.copy()
    chosen[outside[np.linspace(0, len(outside) - 1, wanted).round().astype(int)]] = True
    some, labelled = trials.part(chosen), seen.labelled
    return Observations(
        np.concatenate([some.points, labelled.points]),
        np.append(some.right, labelled.right),
        np.append(some.known, labelled.known),
        np.append(some.groups, labelled.groups),
    )


def _between(hits: int, count: int) -> tuple[float, float, float] | None:
    bounds = wilson(hits, count)
    return (bounds[0], hits / count, bounds[1]) if bounds else None

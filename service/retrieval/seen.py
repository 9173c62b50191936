"""What a FAQ has shown of itself: trials without labels, labelled questions, and the curve that follows from both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .curve import Curve, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from .calibration import Units
    from .curve import DoubleArray
    from .index import Match
    from .leaving_out import Trial
    from .prior import Prior

PRIOR_HOLD: Final = 50.0
"""How firmly a curve is held where it was before it heard trials or labels. From 20 to 200 no large set's precision
moves by more than a point."""

ENOUGH: Final = 10
"""Phrasings an entry needs for its trials to be believed: with nine of ten left the index is what customers will ask.

With fewer they count by the square of how many others are left: entries of five phrasings, written to differ, lose two
of three trials, though customers who come close to one of the five are answered well.
"""

MOST_WEIGHT: Final = 1_000.0
"""A FAQ's trials count for no more than this many: they resemble each other more than real questions do."""

LABEL_WEIGHT: Final = 2.0
"""A question that somebody labelled counts for so many trials: it is what customers really write."""

EXPECTED_OUT: Final = 0.25
"""The share of questions that no entry answers, as far as probabilities are concerned. The true one is not known."""

CAREFUL_OUT: Final = 0.3
"""The share with which the threshold still has to keep its target."""

FOLDS: Final = 5
"""A calibration is judged on a fifth of the entries at a time, learned from the others."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A question somebody labelled: its best match, and whether that is right. `known`: an entry answers it at all."""

    best: Match
    right: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Observations:
    """Best matches whose truth is known: `points` of shape (n, 2), all others of shape (n,).

    `known`: an entry answers the question. `groups`: the entry it came from, numbered.
    """

    points: DoubleArray
    right: DoubleArray
    known: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[tuple[Match | None, bool, bool, int]], units: Units) -> Observations:
        """`rows`: the best match if there is one, whether it is right, whether an entry answers, and the group."""
        return cls(
            points=units.points([best for best, *_ in rows]),
            right=np.array([right for _, right, *_ in rows], float),
            known=np.array([known for *_, known, _ in rows], bool),
            groups=np.array([group for *_, group in rows], np.int64),
        )

    def __len__(self) -> int:
        return len(self.right)

    def part(self, of: npt.NDArray[np.bool_]) -> Observations:
        return Observations(self.points[of], self.right[of], self.known[of], self.groups[of])


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a FAQ has shown of itself. `believed`, in [0, 1]: how much its trials are like questions."""

    trials: Observations
    labelled: Observations
    believed: float
    prior: Prior

    @classmethod
    def of(cls, trials: Sequence[Trial], judged: Sequence[Judged], units: Units, prior: Prior) -> Seen:
        """A question as the FAQ puts it is never asked without: customers who say just that are answered by it."""
        tried = [trial for trial in trials if trial.phrasing != trial.entry.question or not trial.entry.variants]
        entries = {trial.entry.id: trial.entry for trial in tried}
        groups = {entry_id: number for number, entry_id in enumerate(entries)}
        rows = [
            (best, known and best is not None and best.entry.id == trial.entry.id, known, groups[trial.entry.id])
            for trial in tried
            for best, known in ((trial.best_without_itself, True), (trial.best_without_entry, False))
            if best or (known and trial.entry.variants)
        ]
        phrasings = sum(len(entry.phrasings) for entry in entries.values()) / max(len(entries), 1)
        labelled = [(each.best, each.right, each.known, len(groups) + at) for at, each in enumerate(judged)]
        return cls(
            Observations.of(rows, units),
            Observations.of(labelled, units),
            float(np.clip((phrasings - 1) / (ENOUGH - 1), 0, 1)) ** 2,
            prior,
        )

    def weights(self, out: float) -> DoubleArray:
        """What each trial counts for where the share `out` of questions has no entry."""
        known = self.trials.known
        total = min(float(known.sum()), MOST_WEIGHT)
        weights: DoubleArray = np.where(known, (1 - out) / max(known.sum(), 1), out / max((~known).sum(), 1)) * total
        return weights

    @property
    def label_weights(self) -> DoubleArray:
        return np.full(len(self.labelled), LABEL_WEIGHT)

    def unlabelled(self, out: float) -> DoubleArray:
        """What each trial without an entry counts for beside the labels: people label what has an answer.

        Together with the labelled questions that no entry answers they are the share `out`, or those are more.
        """
        known, outside = self.labelled.known, ~self.trials.known
        missing = LABEL_WEIGHT * max(float(known.sum()) * out / (1 - out) - float((~known).sum()), 0.0)
        weights: DoubleArray = outside * (missing / max(outside.sum(), 1))
        return weights

    def curve(self, *, but: int | None = None) -> Curve:
        """What was learned, without the fold `but` where one is named.

        First from the trials, by what they differ from other FAQs' trials; then from what people have labelled.
        """
        kept = self.trials.groups % FOLDS != but
        trials, weights = self.trials.part(kept), self.weights(EXPECTED_OUT)[kept]
        own = fit(trials.points, trials.right, weights, prior=self.prior.trials, hold=PRIOR_HOLD)
        curve = self.prior.real.moved(self.prior.trials, own, share=self.believed)
        heard = self.labelled.groups % FOLDS != but
        labelled = self.labelled.part(heard)
        return fit(
            np.concatenate([labelled.points, trials.points]),
            np.append(labelled.right, trials.right),
            np.append(self.label_weights[heard], self.unlabelled(EXPECTED_OUT)[kept]),
            prior=curve,
            hold=PRIOR_HOLD,
        )

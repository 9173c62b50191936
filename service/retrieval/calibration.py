"""How likely a match is to be right, and from where on the FAQ answers: learned from the FAQ, with no labels at all.

A score means something else with every FAQ and every embedder. So it is taken in the FAQ's own units: how far above
the scores that questions reach whose entry is not there. In these units a curve learned on other FAQs carries over,
and each FAQ's own trials (see `leaving_out`) bend it the more the more there are. docs/evaluation.md has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from .curve import Curve  # noqa: TC001 - pydantic reads what a calibration holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .curve import DoubleArray
    from .index import Match

TARGET: Final = 0.95
"""The share of direct answers that should be right where nobody says otherwise."""

USUAL_MEAN, USUAL_DEVIATION, USUAL_TRIALS = 0.37, 0.11, 20
"""The units of a FAQ of which nothing is known yet, and the trials they count for."""

LEAST_DEVIATION: Final = 0.02


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

    def points(self, matches: Sequence[Match | None]) -> DoubleArray:
        """Score and margin of each match in these units, shape (matches, 2); nothing scores 0."""
        found = np.array([(match.score, match.margin) if match else (0.0, 0.0) for match in matches]).reshape(-1, 2)
        points: DoubleArray = (found - np.array([self.mean, 0.0])) / self.deviation
        return points


@dataclass(frozen=True, slots=True)
class Quality:
    """What the FAQ's own trials, and labelled questions, say of a calibration.

    Each trial is judged by a curve that had not heard of its entry's, each label by one that had not heard that label;
    the units and the threshold have heard all. Where entries have few phrasings trials are harder than questions, and
    these figures too low.

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
    right. `own_share`, in [0, 1]: how much of the threshold is this FAQ's own doing, the rest being other FAQs'.
    """

    units: Units
    curve: Curve
    target: float
    threshold: float
    ask: float
    margin: float
    own_share: float
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
        """Whether other FAQs say more about the threshold than this one does."""
        return self.own_share < 0.5

"""What other FAQs have shown about how likely a match is to be right; it carries a FAQ that shows little itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .curve import Curve


@dataclass(frozen=True, slots=True)
class Prior:
    """What other FAQs have shown, in every FAQ's own units.

    `real` is the curve of their customers' questions, `trials` that of their own phrasings left out: trials are harder
    and flatter than questions, and what a FAQ's trials differ from others' is what it says about its questions.
    `margin` is that at which the best entry is as often wrong as right, an entry being there. `thresholds` are pairs,
    rising: a target, and the probability from which it was kept on sets the curve was not fitted to.
    """

    real: Curve
    trials: Curve
    margin: float
    thresholds: tuple[tuple[float, float], ...]

    def threshold(self, target: float) -> float:
        targets, thresholds = zip(*self.thresholds, strict=True)
        return float(np.interp(target, targets, thresholds))


PRIOR: Final = Prior(
    real=Curve(score=0.65, margin=0.74, offset=-0.88),
    trials=Curve(score=0.47, margin=0.77, offset=-1.17),
    margin=0.39,
    thresholds=((0.80, 0.53), (0.85, 0.63), (0.90, 0.76), (0.95, 0.91), (0.97, 0.96), (0.99, 0.99)),
)
"""Fitted to six labelled sets with equal weight by `scripts/bench/calibration.py`, which leaves each out in turn."""

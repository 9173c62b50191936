"""Matches and calibrations made by hand."""

from __future__ import annotations

from service.knowledge.entry import FaqEntry
from service.retrieval.calibration import Calibration, Quality, Units
from service.retrieval.curve import Curve
from service.retrieval.index import Match
from service.retrieval.leaving_out import Trial
from service.retrieval.scoring import Evidence

UNTRIED = Quality(trials=0, labelled=0, brier=None, ece=None, coverage=None, precision=None)

BY_SCORE = Calibration(
    units=Units(mean=0.5, deviation=0.1),
    curve=Curve(score=1.0, margin=0.0, offset=0.0),
    target=0.95,
    threshold=0.7,
    ask=0.2,
    margin=0.05,
    own_share=0.0,
    quality=UNTRIED,
)
"""The probability is .5 at a score of .5, .7 at .585 and .2 at .361, whatever the margin."""


def match(score: float, margin: float = 0.3, *, entry_id: str = "refund", phrasing: float | None = None) -> Match:
    close = phrasing if phrasing is not None else score if score == 1 else min(score, 0.85)
    return Match(FaqEntry(entry_id, "q", "a"), "q", score, margin, Evidence(close, score, score, score))


def trial(
    entry_id: str, *, found: str | None = None, score: float = 0.7, margin: float = 0.3, foreign: float = 0.3
) -> Trial:
    """A phrasing that without itself finds `found` (its own entry when None), and without its entry another one."""
    return Trial(
        FaqEntry(entry_id, "question", "a", tuple("vwxyzabcq")),
        "q",
        (match(score, margin, entry_id=found or entry_id),),
        (match(foreign, 0.02, entry_id="another"),),
    )

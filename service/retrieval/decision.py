"""Whether the FAQ answers, asks back or stays silent. Pure: matches and numbers in, a decision out."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .index import Match

Zone = Literal["answer", "ask", "fallback"]

EXACT: Final = 0.999
"""The score of a phrasing's own words, rounding allowed. Whoever wrote them into the FAQ wanted them answered, so no
threshold stands above them."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What one embedder's scores mean as long as nothing has been learned from the FAQ itself.

    `midpoint` is the score at which every second match is right, `steepness` how fast that changes around it.
    `threshold` and `ask` are confidences: from the one up the FAQ answers, from the other up it asks. `margin` is how
    far the best score must be above the second for an answer; otherwise the visitor chooses.
    """

    midpoint: float
    steepness: float
    threshold: float
    ask: float
    margin: float

    def confidence(self, match: Match) -> float:
        """How likely `match` is to be right, in [0, 1]; grows with its score."""
        return 1 / (1 + exp(-self.steepness * (match.score - self.midpoint)))


OFFLINE: Final = Scale(midpoint=0.405, steepness=8.6, threshold=0.7, ask=0.2, margin=0.04)
"""Fitted to right and wrong best matches of six labelled sets with equal weight. The threshold is a score of 0.50, the
ask border one of 0.24. Above the threshold 79 to 100 % of the answers are right, out-of-scope questions included."""

API: Final = Scale(midpoint=0.405, steepness=8.6, threshold=0.75, ask=0.2, margin=0.04)
"""The same shape, a little more careful: cosines of API models run higher on unrelated texts, and differ by model."""


def scale_of(embedder_id: str) -> Scale:
    """The starting scale of an embedder."""
    return OFFLINE if embedder_id.startswith("offline:") else API


@dataclass(frozen=True, slots=True)
class Decision:
    """`match` is the one to answer or to ask about; `confidence` is the best match's, if there is any match at all."""

    zone: Zone
    match: Match | None
    confidence: float | None
    reason: str


def decide(matches: Sequence[Match], *, scale: Scale, threshold: float | None = None) -> Decision:
    """`matches`, best first. Exact words always answer, or ask where two entries have them.

    An operator's `threshold`, a confidence in [0, 1] and not a score, is the whole rule for everything else: with it no
    margin is asked for.
    """
    if not matches:
        return Decision("fallback", None, None, "there is nothing to match")
    best = matches[0]
    confidence = scale.confidence(best)
    if best.score >= EXACT:
        if best.score - best.margin >= EXACT:
            return Decision("ask", best, confidence, "two entries have these very words")
        return Decision("answer", best, confidence, "one entry has these very words")
    if threshold is not None and confidence >= threshold:
        return Decision("answer", best, confidence, "one entry reaches the threshold that was set")
    if threshold is None and confidence >= scale.threshold:
        if best.margin >= scale.margin:
            return Decision("answer", best, confidence, "one entry is close and stands out")
        return Decision("ask", best, confidence, "two entries are equally close")
    if confidence >= scale.ask:
        return Decision("ask", best, confidence, "no entry is close enough to answer")
    return Decision("fallback", None, confidence, "no entry is close")

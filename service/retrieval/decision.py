"""Whether the FAQ answers, asks back or stays silent. Pure: matches and what was learned in, a decision out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .calibration import Calibration
    from .index import Match

Zone = Literal["answer", "ask", "fallback"]
Reason = Literal[
    "there is nothing to match",
    "two entries have these very words",
    "one entry has these very words",
    "the closest entry says the opposite, and this one fits",
    "the closest entry says the opposite",
    "one entry reaches the threshold that was set",
    "two entries are equally close",
    "one entry is close and stands out",
    "one entry has almost these words",
    "no entry is close enough to answer",
    "no entry is close",
]

EXACT: Final = 0.999
"""The cosine with a phrasing of its own words, rounding allowed. Whoever wrote them into the FAQ wanted them answered,
so no threshold stands above them."""

NEAR_COPY: Final = 0.9
"""The cosine with a phrasing from which a question is that phrasing with a slip, a particle or a space more or less. It
is answered whatever threshold was learned: a bot too careful for its own words is of no use."""

MIRRORED: Final = 0.75
"""The share of the closest entry's score from which one that fits is its mirror image, and asked about before it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`match` is the one to answer or to ask about; `confidence` is the best match's, if there is any match at all."""

    zone: Zone
    match: Match | None
    confidence: float | None
    reason: Reason


def decide(
    matches: Sequence[Match],
    *,
    calibration: Calibration,
    threshold: float | None = None,
    conflicts: Collection[str] = (),
) -> Decision:
    """`matches`, best first. Exact words always answer, or ask where two entries have them.

    `conflicts` are the ids of entries that say the opposite of the question: they are never answered. One that fits is
    preferred to them. An operator's `threshold`, a probability, replaces the learned one; then no margin is asked for.
    """
    if not matches:
        return Decision("fallback", None, None, "there is nothing to match")
    best = matches[0]
    confidence = calibration.confidence(best)
    if best.evidence.phrasing >= EXACT:
        if any(match.evidence.phrasing >= EXACT for match in matches[1:]):
            return Decision("ask", best, confidence, "two entries have these very words")
        return Decision("answer", best, confidence, "one entry has these very words")
    fits = fitting(matches, conflicts)
    if fits and best.entry.id not in conflicts:
        return _by_confidence(fits[0], calibration, threshold)
    if fits:
        instead = _by_confidence(fits[0], calibration, threshold)
        if instead.zone == "answer" or (instead.zone == "ask" and fits[0].score >= MIRRORED * best.score):
            return replace(instead, reason="the closest entry says the opposite, and this one fits")
    if calibration.worth_asking(best):
        unlikely = min(confidence, calibration.ask)
        return Decision("ask", best, unlikely, "the closest entry says the opposite")
    return Decision("fallback", None, confidence, "no entry is close")


def fitting(matches: Sequence[Match], conflicts: Collection[str]) -> list[Match]:
    """The matches that say nothing opposed, the first with its margin above the second: a mirrored entry is no rival.

    Where nothing else fits, the last of `matches` stands for all that was not looked at.
    """
    fits = [match for match in matches if match.entry.id not in conflicts]
    if fits and len(fits) < len(matches):
        rival = fits[1] if len(fits) > 1 else matches[-1]
        fits[0] = replace(fits[0], margin=max(fits[0].score - rival.score, 0.0))
    return fits


def _by_confidence(best: Match, calibration: Calibration, threshold: float | None) -> Decision:
    confidence = calibration.confidence(best)
    if threshold is not None:
        if confidence >= threshold:
            return Decision("answer", best, confidence, "one entry reaches the threshold that was set")
    elif confidence >= calibration.threshold or best.evidence.phrasing >= NEAR_COPY:
        if best.margin < calibration.margin:
            return Decision("ask", best, confidence, "two entries are equally close")
        if confidence >= calibration.threshold:
            return Decision("answer", best, confidence, "one entry is close and stands out")
        return Decision("answer", best, confidence, "one entry has almost these words")
    if calibration.worth_asking(best):
        return Decision("ask", best, confidence, "no entry is close enough to answer")
    return Decision("fallback", None, confidence, "no entry is close")

"""Outcomes in one line each."""

from service.retrieval.decision import Zone
from service.retrieval.evaluation import Labelled, Outcome


def outcome(
    right: str | None,
    ids: str,
    confidence: float,
    zone: Zone = "answer",
    *,
    ms: float = 1.0,
    text: str = "q",
    kind: str | None = None,
) -> Outcome:
    """The score is the confidence. `right` and `ids` name entries with spaces between, the expected one first.

    The first three are shown.
    """
    entries = (right or "").split()
    question = Labelled(text, frozenset(entries), kind, entries[0] if entries else None)
    found = tuple(ids.split())
    return Outcome(question, found, confidence, zone, ms, confidence, found[:3])

"""Why a question was answered, asked back or left alone: everything that counted, as plain data. Pure.

What it says in words is `conversation/account.py`; the same structure is behind `/api/match` and `ondap ask --why`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from .text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .calibration import Quality
    from .concepts import SameWord
    from .contrast.guard import Conflict
    from .decision import Reason, Zone
    from .index import Match
    from .retriever import Retrieval
    from .scoring import Evidence

Cause: TypeAlias = Literal[
    "nothing_to_match",
    "same_words_twice",
    "same_words",
    "opposite_passed_over",
    "opposite",
    "set_threshold_reached",
    "equally_close",
    "stands_out",
    "almost_same_words",
    "not_sure_enough",
    "nothing_close",
]
CAUSES: Final[Mapping[Reason, Cause]] = {
    "there is nothing to match": "nothing_to_match",
    "two entries have these very words": "same_words_twice",
    "one entry has these very words": "same_words",
    "the closest entry says the opposite, and this one fits": "opposite_passed_over",
    "the closest entry says the opposite": "opposite",
    "one entry reaches the threshold that was set": "set_threshold_reached",
    "two entries are equally close": "equally_close",
    "one entry is close and stands out": "stands_out",
    "one entry has almost these words": "almost_same_words",
    "no entry is close enough to answer": "not_sure_enough",
    "no entry is close": "nothing_close",
}

Advice: TypeAlias = Literal[
    "if_wrong",
    "mend_if_right",
    "tell_apart",
    "remove_one",
    "write_the_opposite",
    "mend_or_write",
    "ask_in_words",
]
"""What an author can do: the name of a sentence."""


class Repair(NamedTuple):
    """What was typed, and what it was read as."""

    typed: str
    read: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry that was looked at. `conflict` where it says the opposite of the question.

    `margin` is the one it was decided by: above the best of the others that may answer.
    """

    entry_id: str
    question: str
    phrasing: str
    score: float
    confidence: float
    margin: float
    lexical: float
    dense: float
    evidence: Evidence
    conflict: Conflict | None

    @classmethod
    def of(cls, match: Match, found: Retrieval) -> Candidate:
        first = found.decision.match
        decided = found.decision.confidence if first and first.entry.id == match.entry.id else None
        return cls(
            entry_id=match.entry.id,
            question=match.entry.question,
            phrasing=match.phrasing,
            score=match.score,
            confidence=found.calibration.confidence(match) if decided is None else decided,
            margin=match.margin,
            lexical=match.lexical,
            dense=match.dense,
            evidence=match.evidence,
            conflict=found.conflicts.get(match.entry.id),
        )


@dataclass(frozen=True, slots=True)
class InForce:
    """The numbers that decided. `learned` is the threshold that would be in force if the operator had set none;
    `set_by_operator` says that somebody has, and then `margin` is 0, because none is asked for."""

    threshold: float
    learned: float
    set_by_operator: bool
    ask: float
    margin: float
    target: float
    rests_on_prior: bool
    quality: Quality

    @classmethod
    def of(cls, found: Retrieval) -> InForce:
        calibration, own = found.calibration, found.threshold
        return cls(
            threshold=calibration.threshold if own is None else own,
            learned=calibration.threshold,
            set_by_operator=own is not None,
            ask=calibration.ask,
            margin=calibration.margin if own is None else 0.0,
            target=calibration.target,
            rests_on_prior=calibration.rests_on_prior,
            quality=calibration.quality,
        )


@dataclass(frozen=True, slots=True)
class Why:
    """All of it. `entry_id` is the entry that answers or is asked about, `candidates` has it first; `rival` is the best
    of the others, one that may answer before one that may not.

    `alone` is how sure the first candidate's score makes us whatever the others are: by that it is asked back or not.
    `joined` is the question joined to the earlier ones it leans on.
    """

    question: str
    zone: Zone
    cause: Cause
    reason: Reason
    entry_id: str | None
    confidence: float | None
    alone: float | None
    candidates: tuple[Candidate, ...]
    rival: Candidate | None
    in_force: InForce
    read_as: str
    repairs: tuple[Repair, ...]
    joined: str | None
    same_words: tuple[SameWord, ...]
    embedder: str
    index_version: str

    @property
    def first(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

    @property
    def advice(self) -> Advice | None:
        """What would change the outcome, or mend it; None where there is nothing to mend."""
        first = self.first
        if first is None:
            return "ask_in_words"
        if self.zone == "answer":
            return None if self.cause == "same_words" else "if_wrong"
        return _ADVICE[self.cause]

    def as_data(self) -> dict[str, Any]:
        """For JSON, in the words of docs/api.md."""
        in_force = self.in_force
        return {
            "matches": [asdict(each) for each in self.candidates],
            "decision": {
                "zone": self.zone,
                "entry_id": self.entry_id,
                "confidence": self.confidence,
                "reason": self.reason,
            },
            "calibration": {
                "threshold": in_force.threshold,
                "ask": in_force.ask,
                "margin": in_force.margin,
                "target": in_force.target,
                "rests_on_prior": in_force.rests_on_prior,
                "learned_threshold": in_force.learned,
                "set_by_operator": in_force.set_by_operator,
                "quality": asdict(in_force.quality),
            },
            "read_as": self.read_as,
            "repairs": [repair._asdict() for repair in self.repairs],
            "joined": self.joined,
            "same_words": [pair._asdict() for pair in self.same_words],
            "embedder": self.embedder,
            "index_version": self.index_version,
        }


_ADVICE: Final[Mapping[Cause, Advice]] = {
    "nothing_to_match": "ask_in_words",
    "same_words_twice": "remove_one",
    "opposite": "write_the_opposite",
    "equally_close": "tell_apart",
    "not_sure_enough": "mend_if_right",
    "nothing_close": "mend_or_write",
}


def explain(question: str, found: Retrieval, *, same_words: Sequence[SameWord] = (), limit: int | None = None) -> Why:
    """Of the `limit` best matches, the others having counted all the same.

    `question` as it was typed; `same_words` where it and the first match's phrasing differ in the word alone.
    """
    decision = found.decision
    everything = tuple(Candidate.of(match, found) for match in found.matches)
    read_as = found.read_as[0]
    return Why(
        question=question,
        zone=decision.zone,
        cause=CAUSES[decision.reason],
        reason=decision.reason,
        entry_id=decision.match.entry.id if decision.match else None,
        confidence=decision.confidence,
        alone=found.calibration.alone(found.matches[0]) if found.matches else None,
        candidates=everything[:limit],
        rival=min(everything[1:], key=lambda each: each.conflict is not None, default=None),
        in_force=InForce.of(found),
        read_as=read_as,
        repairs=tuple(repairs(question, read_as)),
        joined=found.read_as[1] if len(found.read_as) > 1 else None,
        same_words=tuple(same_words),
        embedder=found.embedder,
        index_version=found.index_version,
    )


def repairs(typed: str, read: str) -> list[Repair]:
    """The runs of words in which the two differ. What nobody sees, and spaces, are no repair."""
    ours, theirs = visible(typed).split(), read.split()
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    return [
        Repair(" ".join(ours[start:end]), " ".join(theirs[there:until]))
        for step, start, end, there, until in steps
        if step == "replace"
    ]

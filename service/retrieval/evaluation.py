"""How good retrieval is on questions whose right answer is known. Pure: outcomes in, figures out."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FaqError
from .reliability import brier, ece, wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from .decision import Decision, Zone
    from .index import Match

SUGGESTED = 3
"""So many entries are shown when we ask; the right one among them counts as asked right."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and the ids of the entries that answer it rightly; none where the FAQ has no answer.

    `expected` is the one of them that fits best.
    """

    text: str
    right: frozenset[str]
    kind: str | None = None
    expected: str | None = None

    @property
    def in_scope(self) -> bool:
        return bool(self.right)

    @property
    def right_in_order(self) -> tuple[str, ...]:
        """The expected one first."""
        return tuple(sorted(self.right, key=lambda entry_id: (entry_id != self.expected, entry_id)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one labelled question. `ids`: the matched entries, best first, `SUGGESTED` of them or more.

    `shown`: those of them that would be suggested, if any are.
    `confidence` in [0, 1] is how sure we were that the best match is right, 0 where nothing matched.
    """

    question: Labelled
    ids: tuple[str, ...]
    score: float
    zone: Zone
    ms: float
    confidence: float
    shown: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, question: Labelled, matches: Sequence[Match], decision: Decision, *, near: Sequence[Match], ms: float
    ) -> Outcome:
        """`near`: the matches worth asking about."""
        score = matches[0].score if matches else 0.0
        ids = tuple(match.entry.id for match in matches)
        shown = tuple(match.entry.id for match in near[:SUGGESTED])
        return cls(question, ids, score, decision.zone, ms, decision.confidence or 0.0, shown)

    def right_within(self, count: int) -> bool:
        return not self.question.right.isdisjoint(self.ids[:count])

    @property
    def answered_wrongly(self) -> bool:
        return self.zone == "answer" and not self.right_within(1)

    @property
    def right_one_seen(self) -> bool:
        """Whether the visitor came to see a right entry, as the answer or among the suggestions."""
        match self.zone:
            case "answer":
                return self.right_within(1)
            case "ask":
                return not self.question.right.isdisjoint(self.shown)
            case "fallback":
                return False


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and shares over a labelled set; a share of nothing is None.

    `top1`, `top3`: of the in-scope questions. `auroc`: how well the best score tells in-scope from out-of-scope.
    `answered_wrong` includes every out-of-scope question that was answered. `asked_right`: the right entry was among
    the suggestions. `coverage`: the share of in-scope questions answered at all. `precision`: of all answers; both
    with where they lie with 95 % confidence. `brier` and `ece` judge the confidence that the best match is right, over
    all questions.
    """

    n_in: int
    n_out: int
    top1: float | None
    top3: float | None
    auroc: float | None
    answered: int
    answered_right: int
    answered_wrong: int
    asked: int
    asked_right: int
    fell_back: int
    coverage: float | None
    precision: float | None
    brier: float | None
    ece: float | None
    p50_ms: float | None
    p95_ms: float | None
    coverage_interval: tuple[float, float] | None
    precision_interval: tuple[float, float] | None

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Figures:
        everything = list(outcomes)
        inside = [outcome for outcome in everything if outcome.question.in_scope]
        outside = [outcome for outcome in everything if not outcome.question.in_scope]
        answered = [outcome for outcome in everything if outcome.zone == "answer"]
        asked = [outcome for outcome in everything if outcome.zone == "ask"]
        right = sum(outcome.right_within(1) for outcome in answered)
        claims = [(outcome.confidence, outcome.right_within(1)) for outcome in everything]
        times = [outcome.ms for outcome in everything]
        return cls(
            n_in=len(inside),
            n_out=len(outside),
            top1=share(outcome.right_within(1) for outcome in inside),
            top3=share(outcome.right_within(SUGGESTED) for outcome in inside),
            auroc=auroc([outcome.score for outcome in inside], [outcome.score for outcome in outside]),
            answered=len(answered),
            answered_right=right,
            answered_wrong=len(answered) - right,
            asked=len(asked),
            asked_right=sum(outcome.right_one_seen for outcome in asked),
            fell_back=len(everything) - len(answered) - len(asked),
            coverage=share(outcome.zone == "answer" for outcome in inside),
            precision=share(outcome.right_within(1) for outcome in answered),
            brier=brier(claims),
            ece=ece(claims),
            p50_ms=float(np.quantile(times, 0.5)) if times else None,
            p95_ms=float(np.quantile(times, 0.95)) if times else None,
            coverage_interval=wilson(sum(outcome.zone == "answer" for outcome in inside), len(inside)),
            precision_interval=wilson(right, len(answered)),
        )


def figures_by(label: Callable[[Outcome], str | None], outcomes: Iterable[Outcome]) -> dict[str, Figures]:
    """The figures of each label, in the order of the labels; outcomes without one are in none."""
    labelled: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if name := label(outcome):
            labelled[name].append(outcome)
    return {name: Figures.of(labelled[name]) for name in sorted(labelled)}


def share(of: Iterable[bool]) -> float | None:
    """How many are true, in [0, 1]; None of nothing."""
    each = list(of)
    return sum(each) / len(each) if each else None


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """How often a score from `inside` is above one from `outside`, ties counting half; None where a side is empty."""
    if not inside or not outside:
        return None
    below = np.sort(np.asarray(outside))
    scores = np.asarray(inside)
    wins = np.searchsorted(below, scores, side="left") + np.searchsorted(below, scores, side="right")
    return float(wins.sum() / (2 * len(inside) * len(outside)))


def digest_of(questions: Iterable[Labelled]) -> str:
    """The sha256, in hex, of what is asked and what is right; kinds and how the file is written do not count."""
    asked = [(question.text, sorted(question.right)) for question in questions]
    return sha256(json.dumps(asked).encode()).hexdigest()


def load_labelled(path: Path, *, entry_ids: Collection[str]) -> tuple[Labelled, ...]:
    """Labelled questions, one JSON object a line: text, expected (an entry's id or null), accept (more ids), kind.

    Raises `FaqError` with the line of the first one that is wrong or names an entry that is not in `entry_ids`.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # not splitlines(): a string may hold U+2028
    except (OSError, UnicodeDecodeError) as error:
        raise FaqError(f"{path}: cannot be read as UTF-8 text. Check the path.") from error
    return tuple(
        _labelled(line, f"{path}:{number}", entry_ids) for number, line in enumerate(lines, start=1) if line.strip()
    )


def _labelled(line: str, where: str, entry_ids: Collection[str]) -> Labelled:
    try:
        written: Any = json.loads(line)
    except (ValueError, RecursionError) as error:  # the latter of nesting without end
        raise FaqError(f"{where}: is not JSON. Write one object a line.") from error
    if not isinstance(written, dict) or not isinstance(written.get("text"), str) or "expected" not in written:
        raise FaqError(f"{where}: needs 'text' and 'expected' (an entry's id, or null when no entry answers it).")
    if any("\ud800" <= character <= "\udfff" for character in written["text"]):
        raise FaqError(f"{where}: 'text' holds half of a character. Write the character itself.")
    expected, accept, kind = written["expected"], written.get("accept"), written.get("kind")
    if accept is None:
        accept = []
    if not isinstance(accept, list):
        raise FaqError(f"{where}: 'accept' is no list. Write the ids in brackets.")
    if accept and expected is None:
        raise FaqError(f"{where}: 'accept' needs an expected entry. Name it, or remove 'accept'.")
    right = [] if expected is None else [expected, *accept]
    for entry_id in right:
        if not isinstance(entry_id, str) or entry_id not in entry_ids:
            raise FaqError(f"{where}: {entry_id!a} is no entry of the FAQ. Correct the id.")
    return Labelled(written["text"], frozenset(right), kind if isinstance(kind, str) else None, expected)

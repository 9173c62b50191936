"""What went wrong with labelled questions, and which entries are to be improved. Pure: outcomes in, lists out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .evaluation import Outcome

EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Confusion:
    """`instead` was ranked before `expected` so many `times`, and `answered` that often; `example` is one question."""

    expected: str
    instead: str
    times: int
    answered: int
    example: str


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A question that `answered_by` answered and should not have; nothing is `right` where the FAQ has no answer."""

    question: str
    kind: str | None
    answered_by: str
    right: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """One entry's share of what went wrong.

    `questions`: those it is the expected answer to. `lost`: those of them whose visitor never saw a right entry,
    neither as the answer nor among the suggestions. `attracted`: questions it answered and should not have,
    `false_answers` those of them that no entry answers. The examples are the first few of each.
    """

    entry_id: str
    questions: int
    lost: int
    attracted: int
    false_answers: int
    lost_examples: tuple[str, ...]
    attracted_examples: tuple[str, ...]

    @property
    def unhelped(self) -> int:
        """Customers it failed. A question it took from another entry is that entry's loss and counts there."""
        return self.lost + self.false_answers


def confusions(outcomes: Iterable[Outcome]) -> tuple[Confusion, ...]:
    """Pairs of entries, those that answered for one another most often first; an answered question is the example."""
    pairs: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.question.expected is not None and outcome.ids and not outcome.right_within(1):
            pairs[outcome.question.expected, outcome.ids[0]].append(outcome)
    found = []
    for (expected, instead), each in pairs.items():
        answered = [outcome for outcome in each if outcome.zone == "answer"]
        found.append(Confusion(expected, instead, len(each), len(answered), (answered or each)[0].question.text))
    return tuple(sorted(found, key=lambda pair: (-pair.answered, -pair.times, pair.expected, pair.instead)))


def wrong_answers(outcomes: Iterable[Outcome]) -> tuple[WrongAnswer, ...]:
    """The surest first: those a threshold can do least about."""
    found = [
        WrongAnswer(
            question=outcome.question.text,
            kind=outcome.question.kind,
            answered_by=outcome.ids[0],
            right=outcome.question.right_in_order,
            confidence=outcome.confidence,
        )
        for outcome in outcomes
        if outcome.answered_wrongly
    ]
    return tuple(sorted(found, key=lambda wrong: -wrong.confidence))


def troubles(outcomes: Iterable[Outcome]) -> tuple[Trouble, ...]:
    """Entries with anything lost or attracted, those that failed most customers first."""
    questions: defaultdict[str, int] = defaultdict(int)
    lost: defaultdict[str, list[str]] = defaultdict(list)
    attracted: defaultdict[str, list[str]] = defaultdict(list)
    false_answers: defaultdict[str, int] = defaultdict(int)
    for outcome in outcomes:
        expected = outcome.question.expected
        if expected is not None:
            questions[expected] += 1
            if not outcome.right_one_seen:
                lost[expected].append(outcome.question.text)
        if outcome.answered_wrongly:
            attracted[outcome.ids[0]].append(outcome.question.text)
            false_answers[outcome.ids[0]] += not outcome.question.in_scope
    found = (
        Trouble(
            entry_id=entry_id,
            questions=questions[entry_id],
            lost=len(lost[entry_id]),
            attracted=len(attracted[entry_id]),
            false_answers=false_answers[entry_id],
            lost_examples=tuple(lost[entry_id][:EXAMPLES]),
            attracted_examples=tuple(attracted[entry_id][:EXAMPLES]),
        )
        for entry_id in {*lost, *attracted}
    )
    return tuple(sorted(found, key=lambda trouble: (-trouble.unhelped, -trouble.attracted, trouble.entry_id)))

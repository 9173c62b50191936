"""Whether a question means the opposite of an entry although it uses the entry's words.

탈퇴는 어떻게 하나요 and 가입은 어떻게 하나요 share all words but one, and that one decides. An entry that says the
opposite may be suggested; it is never the answer. Pure, and without a model: what cannot be told is no conflict.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ..text import fold
from .numbers import ASKED_FOR
from .reading import EVENT, MIRROR, Amount, Reading, Subject
from .understanding import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...knowledge.entry import FaqEntry
    from .reading import Side


@dataclass(frozen=True, slots=True)
class Conflict:
    """`question_word` takes one side of `axis`, `entry_word` the other.

    `axis` is negation, before_after, tense (it has happened already), reversal (it is taken back), number, direction,
    party (who does it to whom), or the name of an axis in `data/contrast/axes.yaml`.
    """

    axis: str
    question_word: str
    entry_word: str


TELLING: Final = 0.3
"""The share of an entry's phrasings that must say what the question contradicts, unless its first phrasing does.

One phrasing of ten is an example: 4분 타이머 맞춰 줘 is no entry about four minutes.
"""
TYPICAL: Final = 0.5
"""The same for numbers, which are examples more often than not."""
REMEMBERED: Final = 8192
"""Phrasings whose reading is kept: 30 us each, and the same few hundred come again and again."""

_OPPOSED: Final[Mapping[Side, Mapping[Side, str]]] = {
    "fact": {"lack": "negation", "before": "before_after", "ask": "tense"},
    "lack": {"fact": "negation", "after": "before_after"},
    "before": {"fact": "before_after", "after": "before_after"},
    "after": {"before": "before_after", "lack": "before_after"},
    "reject": {"ask": "negation", "fact": "negation", "mention": "negation"},
    "absent": {"ask": "negation", "fact": "negation", "mention": "negation"},
    "ask": {"reject": "negation", "undo": "reversal"},
    "undo": {"ask": "reversal"},
    "missed": {"plain": "failure", "fact": "negation"},
}
"""What a question says of an event -> what an entry may say to contradict it -> the axis."""

_UNCLEAR: Final = ("open", "must", "missed")
_AGREED: Final[Mapping[Side, frozenset[Side]]] = {
    "fact": frozenset(["fact", "after", *_UNCLEAR]),
    "lack": frozenset(["lack", "before", "reject", "absent", *_UNCLEAR]),
    "before": frozenset(["before", "lack", *_UNCLEAR]),
    "after": frozenset(["after", "fact", *_UNCLEAR]),
    "reject": frozenset(["reject", "absent", "lack", "undo", *_UNCLEAR]),
    "absent": frozenset(["reject", "absent", "lack", "undo", *_UNCLEAR]),
    "ask": frozenset(["ask", "fact", *_UNCLEAR]),
    "undo": frozenset(["undo", "reject", *_UNCLEAR]),
    "missed": frozenset(["missed", "troubled"]),
}
"""What an entry must not say as well: one phrasing that agrees is enough for no conflict."""


def conflicts(question: str, entries: Iterable[FaqEntry]) -> dict[str, Conflict]:
    """Those of `entries` that say the opposite of the question, by id."""
    asked = read(fold(question))
    found = {entry.id: _conflict(asked, entry.phrasings) for entry in entries}
    return {entry_id: each for entry_id, each in found.items() if each is not None}


def conflict(question: str, phrasings: Sequence[str]) -> Conflict | None:
    """Where the question takes one side and every phrasing that takes any takes the other; None where they go together.

    `phrasings` are all of one entry, its question first: the closest one need not be the one that tells.
    """
    return _conflict(read(fold(question)), phrasings)


def prepare() -> None:
    """Reads the words now, 0.2 s, rather than at the first question."""
    conflict("알림 켜기 turn on 1개", ["알림 끄기 turn off 2개"])


def _conflict(asked: Reading, phrasings: Sequence[str]) -> Conflict | None:
    told = [_read_phrasing(phrasing) for phrasing in phrasings]
    for subject, sides in asked.sides.items():
        stated = [reading.sides[subject] for reading in told if subject in reading.sides]
        if not stated:
            continue
        entry = {side: word for sides_told in reversed(stated) for side, word in sides_told.items()}
        found = _event_conflict(sides, entry) if subject.axis == EVENT else _axis_conflict(subject, sides, entry)
        if found is None:
            continue
        side, verdict = found
        telling = sum(side in sides_told for sides_told in stated)
        if side in told[0].sides.get(subject, ()) or telling >= TELLING * len(told):
            return verdict
    return _number_conflict(asked, told)


@lru_cache(maxsize=REMEMBERED)
def _read_phrasing(phrasing: str) -> Reading:
    return read(fold(phrasing))


def _axis_conflict(
    subject: Subject, asked: Mapping[Side, str], entry: Mapping[Side, str]
) -> tuple[Side, Conflict] | None:
    """The entry's side and what it contradicts."""
    if len(asked) > 1:
        return None
    side, word = next(iter(asked.items()))
    opposite = MIRROR[side]
    if side in entry or opposite not in entry:
        return None
    return opposite, Conflict(subject.axis, word, entry[opposite])


def _event_conflict(asked: Mapping[Side, str], entry: Mapping[Side, str]) -> tuple[Side, Conflict] | None:
    taken = [side for side in asked if side != "mention"]
    if any(side not in _OPPOSED or entry.keys() & _AGREED[side] for side in taken):
        return None
    for side in taken:
        for opposite, axis in _OPPOSED[side].items():
            if opposite in entry:
                return opposite, Conflict(axis, asked[side], entry[opposite])
    return None


def _number_conflict(asked: Reading, told: Sequence[Reading]) -> Conflict | None:
    """Phrasings that give different numbers give examples."""
    for unit in dict.fromkeys(amount.unit for amount in asked.amounts):
        mine = _amounts(asked, unit)
        stated = [amounts for reading in told if (amounts := _amounts(reading, unit))]
        if len({tuple(each.value for each in amounts) for amounts in stated}) != 1 or len(mine) != len(stated[0]):
            continue
        limited = max(stated, key=lambda amounts: any(each.limit for each in amounts))
        typical = len(stated) >= TYPICAL * len(told)
        for one, other in zip(mine, limited, strict=True):
            if _contradicts(one, other) and (typical or one.value == other.value):
                return Conflict("number", one.written, other.written)
    return None


def _amounts(reading: Reading, unit: str) -> list[Amount]:
    return [amount for amount in reading.amounts if amount.unit == unit]


def _contradicts(one: Amount, other: Amount) -> bool:
    """35만 원 may well be meant by 30만 원 이상, 10만 원 이상 is not."""
    if ASKED_FOR in {one.value, other.value}:
        return one.limit * other.limit < 0
    limited = bool(one.limit) == bool(other.limit)
    return limited and (one.value, one.limit) != (other.value, other.limit)

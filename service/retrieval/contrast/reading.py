"""What a text claims, in a form in which two texts can be compared: who, what, whether, before, how many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

Status: TypeAlias = Literal[
    "fact",  # it has happened, or is so: 취소했는데, I upgraded
    "lack",  # it has not happened, though it might: 안 왔어요, haven't received
    "before",  # the time before it: 출고 전, before it ships
    "after",  # the time after it: 출고된 후, after it ships
    "ask",  # it is wanted or asked about: 취소하려면, how do I cancel
    "reject",  # it is left out, unwanted or not so: 가입 안 하고, without a card
    "absent",  # it is supposed not to be: 가입 안 하면, if I don't cancel
    "undo",  # it is taken back: 가입 취소, undo the upgrade
    "instead",  # something else is meant: 해외 말고
    "mention",  # it is named, or only supposed
    "missed",  # it has not happened, and somebody wonders why: 왜 안 됐어요, why wasn't it applied
    "must",  # it has to be, or need not: 가입해야 하나요, do I need an account
    "open",  # nobody can tell: 취소가 안 돼요, can't I cancel
]
Side: TypeAlias = str
"""What a text says of a subject: a `Status` of an event, or one of a pair of `MIRROR`."""

MIRROR: Final = {"one": "other", "other": "one", "from": "to", "to": "from", "agent": "patient", "patient": "agent"}
EVENT: Final = "event"


class Subject(NamedTuple):
    """What a side is taken on: an axis or `EVENT`, and the one thing it is said of where that matters."""

    axis: str
    about: str = ""


@dataclass(slots=True, kw_only=True)
class Word:
    """One word of a text in either language.

    `stem` is the same for all its forms. `event` names what its status is about, empty for words that name nothing.
    `of` are the things a verb is said of, closest first; `undoes` is what the word itself takes back: unlock, lock.
    `clause` counts from 0. `state` tells how things are, not what is wanted: 옷이 작아요, not 작은 옷.
    """

    written: str
    stem: str
    clause: int
    status: Status = "mention"
    event: str = ""
    of: tuple[str, ...] = ()
    undoes: str = ""
    verb: bool = False
    past: bool = False
    particle: str = ""
    ending: str | None = None
    state: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit. `limit` is 1 for at least, -1 for at most, 0 for exactly that many."""

    value: int
    unit: str
    limit: int
    written: str


@dataclass(slots=True)
class Reading:
    """For each subject the sides that a text takes, each with the word that takes it first."""

    sides: dict[Subject, dict[Side, str]] = field(default_factory=dict)
    amounts: list[Amount] = field(default_factory=list)

    def take(self, subject: Subject, side: Side, written: str) -> None:
        self.sides.setdefault(subject, {}).setdefault(side, written)

"""Which sides of the pairs of opposites a text takes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from .english import lists as english_lists
from .reading import MIRROR, Subject
from .shapes import lists as korean_lists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .axes import Axis, Mark
    from .reading import Reading, Status, Word

_REVERSING: Final = frozenset(["reject", "absent", "undo", "instead"])
_SILENT: Final = frozenset(["lack", "must", "missed"])
_NOW: Final = frozenset(["now", "지금", "이제"])


def take_sides(marks: Sequence[Mark], words: Sequence[Word], reading: Reading) -> None:
    for axis, of_axis in groupby(sorted(marks, key=lambda mark: mark.axis.name), lambda mark: mark.axis):
        found = list(of_axis)
        for mark in _telling(axis, found, words):
            side = MIRROR[mark.side] if _status(mark, words) in _REVERSING else mark.side
            written = " ".join(word.written for word in words[mark.place : mark.last + 1])
            for about in _abouts(axis, mark, found, words):
                reading.take(Subject(axis.name, about), side, written)


def _telling(axis: Axis, marks: Sequence[Mark], words: Sequence[Word]) -> list[Mark]:
    """The marks that say what is meant now: not what is missing, nor what was before it changes."""
    statuses = {mark: _status(mark, words) for mark in marks}
    present = [mark for mark in marks if statuses[mark] not in _SILENT and not _is_over(mark, words)]
    if axis.passing:
        final = words[-1].clause
        return [mark for mark in present if words[mark.place].clause == final and statuses[mark] != "fact"]
    if axis.same_action:
        return present
    present = [mark for mark in present if not _describes(mark, present, words)]
    arrived = [mark for mark in present if not _is_left_behind(mark, present, words)]
    return [mark for mark in arrived if statuses[mark] != "fact"] or arrived


def _describes(mark: Mark, marks: Sequence[Mark], words: Sequence[Word]) -> bool:
    """get back an archived project: what it is like is not what is wanted"""
    last = words[mark.last]
    described = last.past and last.status == "mention" and _at(words, mark.place - 1) in {"a", "an", "the", "my"}
    return described and any(other.side != mark.side for other in marks)


def _is_over(mark: Mark, words: Sequence[Word]) -> bool:
    """I was abroad, but I'm home now"""
    clause = words[mark.place].clause
    return any(word.written in _NOW and word.clause > clause for word in words)


def _is_left_behind(mark: Mark, marks: Sequence[Mark], words: Sequence[Word]) -> bool:
    """해외에서 한국으로, paid monthly and want to switch to yearly: where it goes is what counts."""
    leaving = words[mark.last].written.endswith("에서") or _at(words, mark.place - 1) == "from"
    for other in marks:
        if other.side == mark.side:
            continue
        if words[other.last].written.endswith("로"):
            changing = other.last + 1 < len(words) and words[other.last + 1].stem in korean_lists().changing
        elif _at(words, other.place - 1) in {"to", "into"}:
            changing = other.place > 1 and words[other.place - 2].stem in english_lists().changing
        else:
            continue
        if (changing and other.place > mark.place) or (
            leaving and words[other.place].clause == words[mark.place].clause
        ):
            return True
    return False


def _at(words: Sequence[Word], place: int) -> str:
    return words[place].written if place >= 0 else ""


def _status(mark: Mark, words: Sequence[Word]) -> Status:
    """That of the words it was found in, but of a compound only where it is the head: not 자동 in 자동저장 끄기."""
    head = words[mark.last].stem
    if not (head.endswith(mark.found) or mark.found.endswith(head)):
        return "mention"
    span = words[mark.place : mark.last + 1]
    return next((word.status for word in span if word.status != "mention"), "mention")


def _abouts(axis: Axis, mark: Mark, marks: Sequence[Mark], words: Sequence[Word]) -> Sequence[str]:
    """What the side is compared by: nothing, the thing it is said of, or the actions up to the next mark."""
    if axis.same_object:
        return words[mark.last].of
    if not axis.same_action:
        return ("state",) if words[mark.last].state else ("",)
    others = [other for other in marks if other.side != mark.side]
    until = min((other.place for other in others if other.place > mark.place), default=len(words))
    since = max((other.last + 1 for other in others if other.place < mark.place), default=0)
    return _actions(words[mark.last + 1 : until], words[mark.place].clause) or _actions(
        words[since : mark.place], words[mark.place].clause
    )


def _actions(words: Sequence[Word], clause: int) -> list[str]:
    return [word.event for word in words if word.clause == clause and word.verb and word.event]

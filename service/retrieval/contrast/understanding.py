"""A text read in both languages at once: 국내 배송 free인가요 takes Korean and English sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..text import hangul_share
from .axes import english_marks, korean_marks
from .english import lists as english_lists
from .korean import read_korean
from .numbers import amounts
from .reading import EVENT, Reading, Subject
from .roles import take_actors, take_english_roles, take_korean_roles
from .scopes import read_english
from .shapes import lists as korean_lists
from .sides import take_sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .axes import Mark
    from .reading import Side, Word


LONGEST: Final = 400
"""Characters that are read: a long message asks at its end, and what is compared in pairs stays below 50 ms."""
_DENYING: Final = frozenset(["lack", "reject", "absent", "open", "must"])


def read(folded: str) -> Reading:
    """All sides that a folded text takes, or its end where it is long."""
    folded = folded[-LONGEST:]
    reading = Reading(amounts=amounts(folded))
    hangul = hangul_share(folded)
    words: list[Word] = []
    if hangul > 0:
        korean = read_korean(folded)
        take_sides(korean_marks(korean), korean, reading)
        take_korean_roles(korean, reading)
        take_actors(korean, korean_lists().others, reading)
        words += korean
    if hangul < 1:
        english = read_english(folded)
        marks = english_marks(english)
        take_sides(marks, english, reading)
        for mark in marks:
            if "~" in mark.found:
                _name_together(mark, english)
        take_english_roles(english, reading)
        take_actors(english, english_lists().others, reading)
        words += english
    mood, written = _mood(words, folded)
    reading.take(Subject(EVENT), mood, written)
    for word in words:
        _take_event(word, reading, plain=mood == "plain")
    return reading


def _name_together(mark: Mark, words: Sequence[Word]) -> None:
    """Not to turn on says nothing of turning off, and not to turn off notifications does not deny notifications."""
    verb = words[mark.place]
    verb.event = mark.found if verb.event else ""
    if verb.status in {"reject", "absent"}:
        for word in words[mark.place + 1 :]:
            if word.clause == verb.clause and word.status == verb.status and not word.past:
                word.status = "mention"


def _take_event(word: Word, reading: Reading, *, plain: bool) -> None:
    """What is only named beside a denial may be what is denied: 빨래는 비 올 때 하지 마세요."""
    if word.event and (plain or word.status not in {"mention", "instead"}):
        status = "reject" if word.status == "instead" else word.status
        reading.take(Subject(EVENT, word.event), status, word.written)
    if word.undoes and word.status in {"ask", "mention"}:
        reading.take(Subject(EVENT, word.undoes), "undo", word.written)


def _mood(words: Sequence[Word], folded: str) -> tuple[Side, str]:
    """Of a whole text: `missed`, a complaint that something has not happened; `troubled`; or `plain`."""
    if missed := next((word for word in words if word.status == "missed"), None):
        return "missed", missed.written
    if troubled := next((word for word in words if word.status in _DENYING or _is_trouble(word)), None):
        return "troubled", troubled.written
    sign = next((sign for sign in korean_lists().trouble if sign in folded), None)
    return ("troubled", sign) if sign else ("plain", words[0].written if words else "")


def _is_trouble(word: Word) -> bool:
    return word.written == "why" or word.stem in korean_lists().asking_why or word.stem in english_lists().trouble

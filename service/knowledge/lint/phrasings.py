"""Rules about what customers say."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from ..faults import shown
from ..visible import hidden_character
from .finding import Found, named
from .same import one_slip_apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .finding import Look

ENOUGH_PHRASINGS = 3
"""One to leave out, and two to find the entry by; what is learned from fewer is mostly chance."""
SHORT = 6
"""Letters. In shorter texts one other letter is another word."""
COMPARED = 50
"""Phrasings of one entry that are compared each with each; of more only those that are neighbours in the alphabet."""

_CALM_ID = re.compile(r"[A-Za-z0-9._-]+")


def odd_id(look: Look) -> Iterator[Found]:
    for entry in look.faq.entries:
        if not _CALM_ID.fullmatch(entry.id):
            yield Found(look.lines(entry.id).entry, entry.id, "the id has other characters.")


def hidden_characters(look: Look) -> Iterator[Found]:
    for entry in look.faq.entries:
        for line, text in (*look.phrasings(entry), (look.lines(entry.id).answer, entry.answer)):
            if hidden := hidden_character(text):
                code = f"U+{ord(hidden):04X}"
                yield Found(line, entry.id, f"{shown(text)} holds an invisible character ({code}).")


def two_answers(look: Look) -> Iterator[Found]:
    for entry, place, rival in look.shared:
        if entry.answer != rival.answer:
            line, phrasing = look.lines(entry.id).phrasings[place], shown(entry.phrasings[place])
            where = f"entry {shown(rival.id)} (line {look.lines(rival.id).entry})"
            yield Found(line, entry.id, f"{phrasing} also leads to {where}.")


def same_answer(look: Look) -> Iterator[Found]:
    """One finding for two entries, however many questions they share."""
    first = {(entry.id, rival.id): (entry, place, rival) for entry, place, rival in reversed(look.shared)}
    for entry, place, rival in first.values():
        if entry.answer == rival.answer:
            where = f"entry {shown(rival.id)} (line {look.lines(rival.id).entry})"
            said = f"{shown(entry.phrasings[place])} also leads to {where}, with the very same answer."
            yield Found(look.lines(entry.id).phrasings[place], entry.id, said)


def repeated(look: Look) -> Iterator[Found]:
    for entry in look.entries:
        lines, keys = look.lines(entry.id).phrasings, look.keys[entry.id]
        for place, key in enumerate(keys):
            if (first := keys.index(key)) < place:
                said = f"{shown(entry.phrasings[place])} is {shown(entry.phrasings[first])} once more."
                yield Found(lines[place], entry.id, said)
        for one, other in _compared(list(dict.fromkeys(keys))):
            if len(one) >= SHORT and one_slip_apart(one, other):
                first, place = sorted((keys.index(one), keys.index(other)))
                said = f"{shown(entry.phrasings[place])} is one letter from {shown(entry.phrasings[first])}."
                yield Found(lines[place], entry.id, said)


def _compared(keys: list[str]) -> Iterator[tuple[str, str]]:
    return iter(combinations(keys, 2)) if len(keys) <= COMPARED else pairwise(sorted(keys))


def few_phrasings(look: Look) -> Iterator[Found]:
    """One finding for the whole file."""
    few = [entry for entry in look.entries if len(set(look.keys[entry.id])) < ENOUGH_PHRASINGS]
    if few:
        line = look.lines(few[0].id).entry
        counted = f"{len(few)} of {len(look.entries)} entries have fewer than {ENOUGH_PHRASINGS} phrasings"
        yield Found(line, None, f"{counted}: {named(entry.id for entry in few)}.")

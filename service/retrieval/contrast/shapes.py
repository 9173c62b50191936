"""What one written Korean word is: a verb, a noun with 하다 or 되다, or a noun with a particle."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final, NamedTuple

from ..hangul import spell
from .endings import ENDING
from .words import contrast_words, leaders


class Shape(NamedTuple):
    """What one written word is; a bare 하다 or 되다 has no stem."""

    stem: str
    particle: str = ""
    ending: str | None = None
    passive: bool = False


class Lists(NamedTuple):
    """korean.yaml, ready for use."""

    verbs: tuple[tuple[str, str], ...]
    not_verbs: tuple[str, ...]
    actions: tuple[str, ...]
    particles: tuple[str, ...]
    adverbs: frozenset[str]
    asking: frozenset[str]
    asking_when: frozenset[str]
    asking_why: frozenset[str]
    undoing: frozenset[str]
    people: frozenset[str]
    others: frozenset[str]
    giving: frozenset[str]
    vague: frozenset[str]
    everyday: frozenset[str]
    adjectives: frozenset[str]
    changing: frozenset[str]
    trouble: tuple[str, ...]
    alike: dict[str, str]


_SETS: Final = (
    *("adverbs", "asking", "asking_when", "asking_why", "undoing", "people", "others", "giving"),
    *("vague", "everyday", "adjectives", "changing"),
)


@cache
def lists() -> Lists:
    words = contrast_words("korean")
    verbs = [(spell(stem), verb) for verb, stems in words["verbs"].items() for stem in stems]
    sets = {name: frozenset(words[name]) for name in _SETS}
    return Lists(
        verbs=tuple(sorted(verbs, key=lambda verb: -len(verb[0]))),
        not_verbs=(*words["not_verbs"], *words["actions"]),
        actions=tuple(sorted(words["actions"], key=len, reverse=True)),
        particles=tuple(sorted(words["particles"], key=len, reverse=True)),
        trouble=tuple(words["trouble"]),
        alike=leaders(words["alike"]),
        **sets,
    )


_DO: Final = "ㅎㅏ|ㅎㅐ|ㅎㅕ|ㅅㅣㅋㅣ|ㅅㅣㅋㅕ|ㄷㅡㄹㅣ|ㄷㅡㄹㅕ|ㅂㅏㄷ"
_BECOME: Final = "ㄷㅗㅣ|ㄷㅗㅐ|ㄷㅏㅇㅎㅏ|ㄷㅏㅇㅎㅐ"
_LIGHT = re.compile(f"^(?:(?:{_DO})|(?P<become>{_BECOME}))(?={ENDING})(?P<ending>.*)$")
_VERB_ENDING = re.compile(ENDING)
LONGEST_WORD: Final = 20
"""Syllables of a word that is taken apart. A longer one is a sentence without spaces, or noise."""


@lru_cache(maxsize=8192)
def shape_of(written: str) -> Shape:
    if len(written) > LONGEST_WORD:
        return Shape(written)
    known = lists()
    spelled = spell(written)
    named = written.startswith(known.not_verbs)
    if not named and not written.startswith("받") and (light := _LIGHT.match(spelled)):
        return Shape("", "", light["ending"], bool(light["become"]))
    for stem, verb in () if named else known.verbs:
        if spelled.startswith(stem) and _VERB_ENDING.match(spelled, len(stem)):
            return Shape(verb, "", spelled[len(stem) :])
    for cut in range(2, len(written)):
        if light := _LIGHT.match(spell(written[cut:])):
            return Shape(action_of(written[:cut]), "", light["ending"], bool(light["become"]))
    for particle in known.particles:
        if written.endswith(particle) and len(written) >= len(particle) + (2 if len(particle) == 1 else 1):
            return Shape(action_of(written[: -len(particle)]), particle)
    return Shape(action_of(written))


def action_of(noun: str) -> str:
    """The action at the end of a compound, which is what is said of it: 회원가입 -> 가입."""
    return next((action for action in lists().actions if noun.endswith(action)), noun)

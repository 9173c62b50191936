"""The pairs of opposites in `axes.yaml`, and where a text names one of them."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .english import stem
from .words import contrast_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .reading import Side, Word

_OPENING: Final = 2
"""Korean phrases are looked up by so many characters, so none may be shorter."""
_APART: Final = 4
"""`turn ~ on` lets up to so many words of the same clause stand between."""


class Axis(NamedTuple):
    """One pair of opposites. The flags are those of `axes.yaml`."""

    name: str
    same_object: bool
    same_action: bool
    passing: bool


class _Phrase(NamedTuple):
    """Words of an axis: Korean as written, English by stems. Without a side they only keep their parts unfound."""

    axis: Axis
    side: Side | None
    text: str
    stems: tuple[str, ...] = ()


class _Table(NamedTuple):
    """Phrases by how they begin, longest first; verbs by their dictionary form."""

    korean: dict[str, list[_Phrase]]
    verbs: dict[str, list[_Phrase]]
    english: dict[str, list[_Phrase]]


class Mark(NamedTuple):
    """A side of an axis, taken by the words from `place` to `last`; `found` is what was looked for."""

    axis: Axis
    side: Side
    place: int
    last: int
    found: str


@cache
def table() -> _Table:
    korean, verbs, english = (defaultdict[str, list[_Phrase]](list) for _ in range(3))
    known_verbs = contrast_words("korean")["verbs"]
    for name, written in contrast_words("axes").items():
        axis = Axis(name, *(flag in written for flag in ("same_object", "same_action", "passing")))
        for side, word in _listed(written, "ko"):
            place = verbs[word] if word in known_verbs else korean[word[:_OPENING]]
            place.append(_Phrase(axis, side, word))
        for side, phrase in _listed(written, "en"):
            stems = tuple(part if part == "~" else stem(part) for part in phrase.replace("-", " ").split())
            english[stems[0]].append(_Phrase(axis, side, " ".join(stems), stems))
    for phrases in (*korean.values(), *english.values()):
        phrases.sort(key=lambda phrase: -len(phrase.text))
    return _Table(dict(korean), dict(verbs), dict(english))


def _listed(written: dict[str, Any], language: str) -> Iterator[tuple[Side | None, str]]:
    for side in ("one", "other"):
        yield from ((side, phrase) for phrase in written[side].get(language, ()))
    yield from ((None, phrase) for phrase in written.get("not", {}).get(language, ()))


def korean_marks(words: Sequence[Word]) -> list[Mark]:
    """Nouns are found anywhere within words: 국내 in 국내배송비."""
    known, line, owners = table(), "", list[int]()
    for place, word in enumerate(words):
        parted = place > 0 and word.clause != words[place - 1].clause
        line += f"| {word.written} " if parted else f"{word.written} "
        owners += [place] * (len(line) - len(owners))
    marks: list[Mark] = []
    taken: dict[str, int] = {}
    for start in range(len(line) - 1):
        for phrase in known.korean.get(line[start : start + _OPENING], ()):
            if taken.get(phrase.axis.name, 0) <= start and line.startswith(phrase.text, start):
                end = taken[phrase.axis.name] = start + len(phrase.text)
                if phrase.side:
                    marks.append(Mark(phrase.axis, phrase.side, owners[start], owners[end - 1], phrase.text))
    for place, word in enumerate(words):
        verbs = known.verbs.get(word.stem, ())
        marks += [Mark(verb.axis, verb.side, place, place, word.stem) for verb in verbs if verb.side]
    return sorted(marks, key=lambda mark: mark.place)


def english_marks(words: Sequence[Word]) -> list[Mark]:
    known = table().english
    marks: list[Mark] = []
    taken: dict[str, int] = {}
    for place, word in enumerate(words):
        for phrase in known.get(word.stem, ()):
            if taken.get(phrase.axis.name, -1) >= place:
                continue
            last = _last(phrase.stems, words, place)
            if last is not None:
                taken[phrase.axis.name] = last
                if phrase.side:
                    marks.append(Mark(phrase.axis, phrase.side, place, last, phrase.text))
    return marks


def _last(stems: Sequence[str], words: Sequence[Word], place: int) -> int | None:
    """Where the phrase ends that begins at `place`, if it stands there."""
    at, clause, apart = place, words[place].clause, 0
    for part in stems[1:]:
        if part == "~":
            apart = _APART
            continue
        reach = words[at + 1 : at + 2 + apart]
        at = next((at + 1 + n for n, word in enumerate(reach) if word.stem == part and word.clause == clause), -1)
        if at < 0:
            return None
        apart = 0
    return at

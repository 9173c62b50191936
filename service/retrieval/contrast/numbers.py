"""Numbers with units and limits: 3개월, 5만 원 미만, 10 or more seats, two computers."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .english import lists, stem
from .reading import Amount
from .words import contrast_words

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCALES: Final = {"천": 1_000, "만": 10_000, "십만": 100_000, "백만": 1_000_000, "억": 100_000_000}
_DENIED = re.compile("(?:안|못) ?(?:넘|지나|지났|되|됐|돼)|지 ?않")
LONGEST_NUMBER: Final = 12
"""Digits and commas after the first. A longer one is an order's or a card's number."""
ASKED_FOR: Final = -1
_NEAR: Final = 9
"""So many characters behind a number may hold its limit."""

_AHEAD: Final = 3
_FAR: Final = 2
"""Words before an English number that may limit it, and words behind it that may be its unit."""


class _Patterns(NamedTuple):
    korean: re.Pattern[str]
    english: re.Pattern[str]
    limit: re.Pattern[str]
    values: dict[str, int]
    units: dict[str, str]
    times: dict[str, int]


@cache
def _patterns() -> _Patterns:
    words: dict[str, Any] = contrast_words("numbers")
    values = {word: int(value) for word, value in words["words"].items()} | _SCALES
    units = {name: unit for unit, names in words["units"].items() for name in names}
    native = "|".join(sorted((word for word in values if not word.isascii()), key=len, reverse=True))
    english = "|".join(word for word in values if word.isascii())
    scales = "|".join(sorted(_SCALES, key=len, reverse=True))
    unit = "|".join(re.escape(name) for name in sorted(units, key=len, reverse=True))
    digits = rf"(?<!\d)(?P<digits>\d[\d,]{{0,{LONGEST_NUMBER}}})(?![\d,])"
    return _Patterns(
        korean=re.compile(
            rf"(?:{digits}\s?(?P<scale>{scales})?|(?<![가-힣])(?P<word>{native}))\s?(?P<unit>{unit})"
            rf"(?=[^가-힣]|[{words['behind_units']}]|$)(?P<behind>.{{0,{_NEAR}}})"
        ),
        english=re.compile(
            rf"(?:(?P<sign>[$€£]) ?|\b)(?:{digits}|(?P<word>{english}))\b[- ]?(?=(?P<behind>(?:[a-z]+[ -]?){{0,4}}))"
        ),
        limit=re.compile(f"(?P<above>{_any(words['above'])})|(?P<below>{_any(words['below'])})"),
        values=values,
        units=units,
        times={word: int(value) for word, value in words["times"].items()},
    )


def _any(words: dict[str, list[str]]) -> str:
    return "|".join([*words["ko"], *(rf"\b{phrase}\b" for phrase in words["en"])])


def amounts(folded: str) -> list[Amount]:
    """The numbers of a folded text that have a unit, Korean ones first."""
    return [*_korean(folded), *_asked(folded), *_english(folded)]


def _korean(folded: str) -> Iterator[Amount]:
    known = _patterns()
    for found in known.korean.finditer(folded):
        number = _integer(found["digits"]) if found["digits"] else known.values[found["word"]]
        value = number * _SCALES.get(found["scale"] or "", 1)
        written = found[0].removesuffix(found["behind"])
        yield Amount(value, known.units[found["unit"]], _limit(found["behind"]), written)


def _asked(folded: str) -> Iterator[Amount]:
    """얼마 이상 사면: a number that is asked for has a limit too."""
    for found in re.finditer("얼마 ?(?:부터|이상|까지|이하|미만)", folded):
        yield Amount(ASKED_FOR, "원", _limit(found[0]), found[0])


def _english(folded: str) -> Iterator[Amount]:
    known = _patterns()
    for found in known.english.finditer(folded):
        number = found["digits"] or found["word"]
        value = _integer(number) if found["digits"] else known.values[number]
        ahead = folded[: found.start()].split()[-_AHEAD:]
        around = " ".join([*ahead, "#", found["behind"]])
        nouns = known.limit.sub(" ", found["behind"]).split()[: _FAR if found["digits"] else 1]
        unit = next((noun for noun in nouns if noun not in lists().function | lists().conjunctions), None)
        unit = known.units.get(found["sign"] or "", unit)
        if unit:
            yield Amount(value, stem(unit), _limit(around), f"{number} {unit}")

    for word, value in known.times.items():
        if re.search(rf"\b{word}\b", folded):
            yield Amount(value, stem("time"), 0, word)


def _integer(digits: str) -> int:
    return int(digits.replace(",", ""))


def _limit(around: str) -> int:
    """`around`: what stands near the number. A limit that is denied is turned: 30만 원 안 넘으면."""
    if _DENIED.search(around):
        return -1
    found = _patterns().limit.search(around)
    return 0 if found is None else 1 if found["above"] else -1

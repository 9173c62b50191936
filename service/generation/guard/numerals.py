"""Numbers as they are written: 3,000, 3만 5천, 십만, fifty, a hundred and twenty."""

from __future__ import annotations

import re
from typing import Final

DIGITS: Final = r"(?:\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|\d{1,15}(?:\.\d{1,4})?)(?!\d|,\d{3})"
_SINO: Final = dict(zip("일이삼사오육륙칠팔구영공", (1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 0, 0), strict=True))
_SCALE: Final = {"십": 10, "백": 100, "천": 1_000}
_MYRIAD: Final = {"만": 10_000, "억": 100_000_000}
_S: Final = "[일이삼사오육륙칠팔구]"
_C: Final = "[십백천만억]"

KOREAN: Final = (
    rf"(?:(?:{DIGITS} ?|{_S})?{_C}{{1,3}}(?: ?(?:{DIGITS}|{_S}){_C}{{1,3}}|{_C}){{0,4}}"
    rf"(?:(?: (?=\d{{4}}))?{DIGITS}|{_S})?|{DIGITS})"
)
"""Digits, or Korean numerals with at least one of 십, 백, 천, 만, 억."""
SINO: Final = _S

NATIVE: Final = {
    "한": 1,
    "두": 2,
    "세": 3,
    "석": 3,
    "네": 4,
    "넉": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
    "열": 10,
    "열한": 11,
    "열두": 12,
    "스물": 20,
    "스무": 20,
    "서른": 30,
}

_UNITS: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL: Final = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
    "a": 1,
    "an": 1,
    "half": 0.5,
    "dozen": 12,
    "couple": 2,
}
_BIG: Final = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
ENGLISH_WORDS: Final = frozenset({*_SMALL, *_BIG} - {"a", "an", "half", "couple"})
_WORD: Final = "|".join(sorted({*_SMALL, *_BIG}, key=len, reverse=True))
ENGLISH: Final = rf"(?:{DIGITS}(?: ?(?:k|thousand|million)\b)?|\b(?:{_WORD})(?:[ -](?:and )?(?:{_WORD})){{0,5}}\b)"


def korean(written: str) -> float:
    """The value of what `KOREAN` matched."""
    total, section, number, seen = 0.0, 0.0, 0.0, False
    for part in re.findall(r"[\d,.]+|[^\d\s,.]", written):
        if part in _SCALE:
            section += (number if seen else 1) * _SCALE[part]
            number, seen = 0, False
        elif part in _MYRIAD:
            total += ((section + number) or 1) * _MYRIAD[part]
            section, number, seen = 0, 0, False
        else:
            number = _SINO[part] if part in _SINO else digits(part)
            seen = True
    return total + section + number


def english(written: str) -> float:
    """The value of what `ENGLISH` matched."""
    if written.startswith("half"):
        return 0.5
    total, number = 0.0, 0.0
    for part in re.findall(r"[\d,.]+|[a-z]+", written):
        if part[0].isdigit():
            number += digits(part)
        elif part in _BIG or part == "k":
            scaled = (number or 1) * _BIG.get(part, 1_000)
            total, number = (total, scaled) if scaled < 1_000 else (total + scaled, 0)
        else:
            number += _SMALL.get(part, 0)
    return total + number


def digits(written: str) -> float:
    """`3,000.50` -> 3000.5; anything unreadable is a number nobody wrote."""
    try:
        return float(written.replace(",", "").rstrip("."))
    except ValueError:
        return -1

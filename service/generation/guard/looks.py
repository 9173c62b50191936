"""What a single word may be the beginning of: looked at once, remembered for as long as it is common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .folding import fold, solid
from .numerals import ENGLISH_WORDS, NATIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .words import Tongue

_REMEMBERED: Final = 20_000
_LONGEST_REMEMBERED: Final = 24
_KOREAN: Final = re.compile("[가-힣]")
_STRANGE: Final = re.compile(
    r"[<&@/\\`{}=\[\]|^%_]|!\[|\(at|\(dot|script:?|data:|[a-z0-9가-힣]\.[a-z0-9가-힣-]|[a-z0-9+/-]{20,}|-----|(?<![a-z])(?:localhost|bearer|sk-)|\w\(|[a-z]:[a-z/]"
)
_NUMERAL: Final = re.compile(
    r"(?<![가-힣])[일이삼사오육칠팔구]?[십백천만억]|[일이삼사오육칠팔구](?:개월|주일|영업일|일|년|시간|주|분)|퍼센트|프로|반값|반 ?시간"
)
_DAYS: Final = re.compile("하루|이틀|사흘|나흘|닷새|엿새|이레|여드레|아흐레|열흘|보름|일주일")
_NATIVE: Final = re.compile(rf"(?:{'|'.join(sorted(NATIVE, key=len, reverse=True))}|반)(?:시간|달|주|해|개월|날|$)")
_UNITS: Final = frozenset(
    [
        "usd",
        "krw",
        "eur",
        "gbp",
        "jpy",
        "won",
        "half",
        "percent",
        "couple",
        "minute",
        "minutes",
        "hour",
        "hours",
        "day",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "year",
        "years",
        "dollar",
        "dollars",
        "cent",
        "cents",
        "buck",
        "bucks",
        "euro",
        "euros",
        "pound",
        "pounds",
        "yen",
        "pct",
        "minutes",
        "mins",
        "hrs",
    ]
)
_EDGES: Final = "\"'.,!?():;~*-…"
_MONTHS: Final = re.compile(r"(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)(?:[a-z]{0,6})$")


class Look:
    """Reasons to look closer; plain numbers, because they are asked for with every word."""

    NUMBER: Final = 1
    TOPIC: Final = 2
    STRANGE: Final = 4
    DIGITS: Final = 8


class Words:
    """Remembers what common words are; of what holds a digit or is long it remembers nothing."""

    def __init__(self, tongues: Mapping[str, Tongue]) -> None:
        self._ko, self._en = tongues["ko"].triggers, tongues["en"].triggers
        self._known: dict[str, tuple[int, str]] = {}

    def look(self, word: str) -> tuple[int, str]:
        """What it may begin, a sum of `Look`, and its letters."""
        return self._known.get(word) or self._new(word)

    def _new(self, word: str) -> tuple[int, str]:
        folded = fold(word)
        look = self._at(folded)
        seen = look, solid(folded)
        if len(word) <= _LONGEST_REMEMBERED and not look & (Look.DIGITS | Look.STRANGE):
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[word] = seen
        return seen

    def _at(self, word: str) -> int:
        look = 0
        if any(map(str.isdigit, word)) or any(sign in word for sign in "$€£₩¥"):
            look |= Look.DIGITS | Look.NUMBER
        if _STRANGE.search(word):
            look |= Look.STRANGE
        if self._ko.search(word) or self._en.search(word):
            look |= Look.TOPIC
        return look | (Look.NUMBER if self._is_numeral(word) else 0)

    def _is_numeral(self, word: str) -> bool:
        if _KOREAN.search(word):
            return bool(_NUMERAL.search(word) or _DAYS.search(word) or _NATIVE.match(word))
        parts = word.strip(_EDGES).split("-")
        return any(part in ENGLISH_WORDS or part in _UNITS for part in parts) or _MONTHS.match(parts[0]) is not None

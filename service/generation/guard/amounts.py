"""Prices, percentages, periods, dates and times in a text, in either language."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from .numerals import DIGITS, ENGLISH, KOREAN, NATIVE, SINO, digits, english, korean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Kind: TypeAlias = Literal["price", "period"]


class Amount(NamedTuple):
    """A value in a unit, and where it stands. Minutes, hours, days and weeks are `minutes`, years are `months`.

    Business days are not days, and 30 days are not a month.
    """

    unit: str
    value: float
    start: int
    end: int

    @property
    def kind(self) -> Kind:
        return "price" if self.unit in _MONEY else "period"


_DIGIT: Final = re.compile(r"\d")
_HANGUL: Final = re.compile("[가-힣]")
_LETTER: Final = re.compile("[a-z]")
_MONEY: Final = frozenset({"krw", "usd", "eur", "gbp", "jpy", "cny", "%", "plain"})
_DAY: Final = 1_440
_UNITS: Final[dict[str, tuple[str, float]]] = {
    **dict.fromkeys(("원", "원정", "₩", "krw", "won"), ("krw", 1)),
    **dict.fromkeys(("달러", "$", "us$", "usd", "dollar", "buck"), ("usd", 1)),
    **dict.fromkeys(("센트", "cent"), ("usd", 0.01)),
    **dict.fromkeys(("유로", "€", "eur", "euro"), ("eur", 1)),
    **dict.fromkeys(("파운드", "£", "gbp", "pound"), ("gbp", 1)),
    **dict.fromkeys(("엔", "¥", "jpy", "yen"), ("jpy", 1)),
    "위안": ("cny", 1),
    **dict.fromkeys(("%", "퍼센트", "프로", "percent", "per cent", "pct"), ("%", 1)),
    **dict.fromkeys(("분", "min", "minute"), ("minutes", 1)),
    **dict.fromkeys(("시간", "h", "hr", "hour"), ("minutes", 60)),
    **dict.fromkeys(("일", "날", "day"), ("minutes", _DAY)),
    **dict.fromkeys(("주", "주일", "주간", "week"), ("minutes", 7 * _DAY)),
    **dict.fromkeys(("영업일", "근무일", "business day"), ("business days", 1)),
    **dict.fromkeys(("개월", "달", "month"), ("months", 1)),
    **dict.fromkeys(("년", "해", "year"), ("months", 12)),
}
_DAYS: Final = {
    "하루": 1,
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "이레": 7,
    "여드레": 8,
    "아흐레": 9,
    "열흘": 10,
    "보름": 15,
}
_MONTHS: Final = dict(
    zip(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], range(1, 13), strict=True)
)

_TAIL: Final = r"(?= ?(?:이내|안에|안으로|내로|내에|만에|후|뒤|정도|까지|걸|소요|쯤|가량|동안|이면|면|전|간|에서|~))"
_AFTER: Final = r"(?=[^가-힣]|$|[이을은의로에도만씩짜간까부마안전후뒤내차째동정면인과와보가를는요예입남지걸소쯤경가당])"
_KO_MONEY: Final = r"원정?(?![하형래리인칙두앙])|달러|센트|유로|파운드|엔|위안"
_KO_UNIT: Final = (
    rf"(?:{_KO_MONEY}|%|퍼센트|프로(?![그젝모필세덕토])|영업일|근무일|시간|분|주일|주간|개월|달(?!러)|년"
    r"|일(?![반정단부시상](?!터|도))|주(?![문소의차말]))"
)
_HANGUL_UNIT: Final = rf"(?:{_KO_MONEY}|%|퍼센트|프로(?![그젝모필세덕토])|영업일|근무일|주일|개월)"
_EN_UNIT: Final = (
    r"(?:(?P<business>business|working)[ -]+days?|(?:calendar |full |whole |more |short )?"
    r"(?P<unit>per ?cent|pct|dollar|buck|usd|cent|krw|won|euro|eur|pound|gbp|yen|jpy|minute|min|hour|hr|h|day"
    r"|week|month|year)s?"
    r"(?![a-z]))"
)
_TO: Final = r" ?(?:~|-|to|or|에서|부터|내지|또는) ?"

_KOREAN: Final = re.compile(
    rf"(?:(?<![\d.,가-힣])|(?<=약)|(?<=총)|(?<=단)|(?<=각)|(?<=최대)|(?<=[가-힣])(?=\d))"
    rf"(?:(?P<low>{KOREAN})(?P<low_unit> ?{_KO_UNIT})?{_TO})?"
    rf"(?P<number>{KOREAN}) ?(?P<unit>{_KO_UNIT}){_AFTER}"
)
_SINO: Final = re.compile(
    rf"(?<![가-힣\d])(?P<number>{SINO})(?:(?P<sure>영업일|주일|개월|퍼센트|프로|달러)|(?P<unit>일|주|년|시간"
    rf"|분){_TAIL})"
)
_NATIVE: Final = re.compile(
    rf"(?<![가-힣])(?:(?P<number>{'|'.join(sorted(NATIVE, key=len, reverse=True))}) ?(?P<unit>시간|달(?!러|리"
    rf"|라|콤|걀)"
    rf"|주(?=[ 일간만안후뒤내정.,]|$)|(?:해|날){_TAIL}"
    rf"|개월|영업일)|(?P<half>반) ?(?P<half_unit>시간|달{_TAIL}|년{_TAIL})|(?P<days>{'|'.join(_DAYS)}))"
)
_ENGLISH: Final = re.compile(
    rf"(?<![\d.,])(?:(?P<low>{ENGLISH})(?:[ -]?(?:days?|hours?|weeks?|months?|%|dollars?"
    rf"|percent))?(?:(?<=\d){_TO}| to | or ))?"
    rf"(?P<number>{ENGLISH})(?:[ -]?%(?P<percent>)|[ -]{{0,2}}(?:of an? )?{_EN_UNIT})"
)
_SIGN: Final = r"(?:us\$|[$€£₩¥]|usd|krw|eur|gbp|jpy)"
_MONEY_FIRST: Final = re.compile(
    rf"(?<![a-z])(?P<unit>{_SIGN}) ?(?:(?P<low>{DIGITS}){_TO}(?:{_SIGN} ?)?)?(?P<number>{DIGITS}(?: ?(?:k\b"
    rf"|thousand\b|million\b|만|천))?)"
)
_COMMAS: Final = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,2})?(?![\d,]*\d)")
_DATE: Final = re.compile(
    r"(?P<month>\d{1,2})월(?: ?(?P<day>\d{1,2})일)?"
    r"|(?<![\d/.-])\d{4}[-./] ?(?P<month2>\d{1,2})[-./] ?(?P<day2>\d{1,2})(?![\d/-])"
    r"|(?<![\d/.])(?!24/7)(?P<month3>\d{1,2})/(?P<day3>\d{1,2})(?![\d/])"
    r"|\b(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? (?:the )?(?P<day4>\d{1,2})(?:st"
    r"|nd|rd|th)?\b"
    r"|\b(?P<day5>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<name2>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)[a-z]{0,6}\b"
    r"|\b(?:by|on|until|before) the (?P<day6>\d{1,2})(?:st|nd|rd|th)\b"
)
_HOURS: Final = ["한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두"]
_LATE: Final = frozenset(("오후", "저녁", "밤", "낮", "p"))
_HOUR_KEYS: Final = ("hour", "hour2", "hour3")
_CLOCK: Final = re.compile(
    r"(?:(?P<am>오전|오후|저녁|밤|새벽|아침|낮) ?)?(?:"
    rf"(?:(?P<hour>\d{{1,2}})"
    rf"|(?<![가-힣])(?P<named>{'|'.join(sorted(_HOURS, key=len, reverse=True))})) ?시(?!간|[작스킨즌])"
    r"(?: ?(?P<minute>\d{1,2})분|(?P<half> ?반))?"
    r"|(?<![\d:.])(?P<hour2>\d{1,2}):(?P<minute2>\d{2})(?![\d:])(?: ?(?P<am2>[ap])\.?m\b)?"
    r"|(?<![\d.])(?P<hour3>\d{1,2}) ?(?P<am3>[ap])\.?m\b)"
)
_SENTENCE: Final = 500
_ALWAYS: Final = re.compile(r"(?<![\d/])24/7(?![\d/])")
_VAGUE: Final = re.compile(
    r"(?<!within )(?<!in )(?<!takes )(?<!take )(?<!about )(?<!after )(?<!for )(?<!than )(?<!every )(?<!around )"
    r"(?<!up to )(?<!by )(?<!least )(?:an?|half|couple)\b"
)


def amounts(folded: str) -> list[Amount]:
    """All of them. `plain` is a number with thousands' commas and no unit."""
    return list(_of_sentence(folded) if len(folded) < _SENTENCE else _read(folded))


@lru_cache(maxsize=512)
def _of_sentence(folded: str) -> tuple[Amount, ...]:
    """Each rule asks for those of the sentence again."""
    return tuple(_read(folded))


def _read(folded: str) -> list[Amount]:
    found: list[Amount] = []
    for read in _readers(folded):
        taken = list(read(folded))
        found += taken
        for amount in taken:
            folded = f"{folded[: amount.start]}{' ' * (amount.end - amount.start)}{folded[amount.end :]}"
    return found


def _readers(folded: str) -> tuple[Callable[[str], Iterator[Amount]], ...]:
    """Those that could find anything: most of them need digits, or letters of one script."""
    digits_in = _DIGIT.search(folded) is not None
    korean_in = _HANGUL.search(folded) is not None
    return (
        *((_dates,) if digits_in or "시" in folded else ()),
        *((_money_first,) if digits_in else ()),
        *((_korean, _sino, _native) if korean_in else ()),
        *((_english,) if _LETTER.search(folded) or "%" in folded else ()),
        *((_plain,) if digits_in and "," in folded else ()),
    )


def _dates(folded: str) -> Iterator[Amount]:
    for found in _ALWAYS.finditer(folded):
        yield Amount("24/7", 1, *found.span())
    for found in _DATE.finditer(folded):
        named = found.groupdict()
        month = next((int(named[key]) for key in ("month", "month2", "month3") if named[key]), 0)
        month = month or next((_MONTHS[named[key]] for key in ("name", "name2") if named[key]), 0)
        day = next((int(value) for key, value in named.items() if key.startswith("day") and value), 0)
        yield Amount("date", month * 100 + day, *found.span())
    for found in _CLOCK.finditer(folded):
        named = found.groupdict()
        spoken = named["named"]
        hour = _HOURS.index(spoken) + 1 if spoken else next(int(named[key]) for key in _HOUR_KEYS if named[key])
        minute = 30 if named["half"] else int(named["minute"] or named["minute2"] or 0)
        half = named["am"] or named["am2"] or named["am3"] or ""
        if hour > 12 or half:
            late = hour > 12 or half in _LATE
            yield Amount("clock", (hour % 12 + 12 * late) * 60 + minute, *found.span())
        else:
            yield Amount("clock?", hour % 12 * 60 + minute, *found.span())


def _money_first(folded: str) -> Iterator[Amount]:
    for found in _MONEY_FIRST.finditer(folded):
        written = found["number"]
        value = korean(written) if written[-1] in "만천" else english(written)
        yield _amount(found["unit"], value, found)
        if found["low"]:
            yield _amount(found["unit"], digits(found["low"]), found)


def _korean(folded: str) -> Iterator[Amount]:
    for found in _KOREAN.finditer(folded):
        unit, written = found["unit"], found["number"]
        if not any(map(str.isdigit, written)) and not (
            re.fullmatch(_HANGUL_UNIT, unit) or re.match(_TAIL, folded[found.end("unit") :])
        ):
            continue  # 만일, 천일염: only looks like a number
        yield _amount(unit, korean(written), found)
        if found["low"]:
            yield _amount((found["low_unit"] or unit).strip(), _low(found["low"], written), found)


def _low(low: str, high: str) -> float:
    """The first of `3~5만`: it shares the scale of the last."""
    scale = re.search(r"[십백천만억]+$", high)
    return korean(low + scale[0]) if scale and not re.search("[십백천만억]", low) else korean(low)


def _sino(folded: str) -> Iterator[Amount]:
    for found in _SINO.finditer(folded):
        yield _amount(found["sure"] or found["unit"], korean(found["number"]), found)


def _native(folded: str) -> Iterator[Amount]:
    for found in _NATIVE.finditer(folded):
        if found["days"]:
            if found["days"] != "하루" or re.match(_TAIL, folded[found.end() :]):
                yield Amount("minutes", _DAYS[found["days"]] * _DAY, *found.span())
        elif found["half"]:
            yield _amount(found["half_unit"], 0.5, found)
        else:
            yield _amount(found["unit"], NATIVE[found["number"]], found)


def _english(folded: str) -> Iterator[Amount]:
    for found in _ENGLISH.finditer(folded):
        if found["low"] is None and _VAGUE.match(folded, found.start()) and not found["percent"]:
            written = found["number"].split()
            if len(written) == 1:
                continue  # a day: not a promise of one
        unit = "%" if found["percent"] is not None else "business day" if found["business"] else found["unit"]
        unit = "percent" if unit in {"per cent", "pct"} else unit
        yield _amount(unit, english(found["number"]), found)
        if found["low"]:
            yield _amount(unit, english(found["low"]), found)


def _plain(folded: str) -> Iterator[Amount]:
    for found in _COMMAS.finditer(folded):
        yield Amount("plain", digits(found[0]), *found.span())


def _amount(unit: str, value: float, found: re.Match[str]) -> Amount:
    name, factor = _UNITS[unit]
    return Amount(name, round(value * factor, 4), *found.span())

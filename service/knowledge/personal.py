"""Where personal data stands in a text, Korean patterns first.

Every pattern has bounded repeats and starts only where a run of its characters starts, so time is linear in the text.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ASCII_TWINS: dict[int, str | int | None] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},  # full-width digits, letters, @ . - +
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹣ー"), "-"),
    **dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u200b\u200c\u200d\u2060\u3000\ufeff\t"), " "),
}
"""One character for one, so that places in the plain text are places in the original."""

_GAP = r"[ .()-]{0,3}"
_BREAK = r"[ .()-]{1,3}"
_OPENING = r"(?:\((?=0\d{1,3}\)))?"  # of "(02) 123-4567", not of a remark in brackets
_MOBILE = r"1[016-9]"
_AREA = r"(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50\d)"

_EMAIL = re.compile(
    r"(?<![\w.%+-])[a-z0-9._%+-]{1,256}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}", re.ASCII | re.IGNORECASE
)
_FOURS = r"\d{4}[ .-]{0,3}\d{4}[ .-]{0,3}\d{4}[ .-]{0,3}\d{4}"  # Visa, Mastercard, JCB, UnionPay
_SIXES = r"\d{4}[ .-]{0,3}\d{6}[ .-]{0,3}\d{4,5}"  # American Express, Diners
_LONG_CARD = re.compile(rf"(?<!\d){_FOURS}[ .-]{{0,3}}\d{{3}}(?!\d)", re.ASCII)
_CARD = re.compile(rf"(?<!\d)(?:{_FOURS}|{_SIXES})(?!\d)", re.ASCII)
_RESIDENT = re.compile(r"(?<!\d)(\d{6})([ .-]{0,3})([1-8])\d{6}(?!\d)", re.ASCII)
_PHONE = re.compile(
    r"(?<!\d)(?:"
    rf"{_OPENING}0{_MOBILE}{_GAP}\d{{3,4}}{_GAP}\d{{4}}"
    rf"|(?:\+|00){_GAP}82{_GAP}0?{_GAP}(?:{_MOBILE}|{_AREA}){_GAP}\d{{3,4}}{_GAP}\d{{4}}"
    rf"|82{_BREAK}0?{_MOBILE}{_BREAK}\d{{3,4}}{_BREAK}\d{{4}}"
    rf"|(?<!\d-){_OPENING}0{_AREA}{_BREAK}\d{{3,4}}{_BREAK}\d{{4}}"  # bare, a landline looks like a tracking number
    r")(?!\d)",
    re.ASCII,
)

_RESIDENT_WORDS = re.compile(r"주민|등록번호|주번|외국인|resident|\b[rf]rn\b", re.IGNORECASE)
_ORDER_WORDS = re.compile(
    r"주문|송장|운송|등기|배송|택배|예약|접수|결제|승인|상품|바코드|order|tracking|invoice|barcode|parcel",
    re.IGNORECASE,
)
_CONTEXT = 20  # characters before a number that may name it

_LIKELY_BORN = range(1930, 2021)  # later numbers that start with a date are nearly always orders, not small children
_CARD_RANGES = {
    14: re.compile(r"30[0-5]|3[689]"),
    15: re.compile(r"3[47]"),
    16: re.compile(r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|35[2-8]|6011|62|64[4-9]|65|9"),  # 9: Korea only
    19: re.compile(r"4|62"),
}
_LIKE_AN_ORDER = re.compile(r"9|2\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")  # of digits without a break: a date first
_VALUE = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))  # 7 -> 14 -> 1 + 4


def _is_card(found: re.Match[str]) -> bool:
    written = found[0]
    digits = written.replace(" ", "").replace("-", "").replace(".", "")
    known = _CARD_RANGES.get(len(digits))
    if known is None or (digits == written and _LIKE_AN_ORDER.match(digits)):
        return False
    return known.match(digits) is not None and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    written = digits.encode()
    total = sum(written[-1::-2].translate(_VALUE)) + sum(written[-2::-2].translate(_DOUBLED))
    return total % 10 == 0


def _is_resident(found: re.Match[str]) -> bool:
    """Six digits of a real birth date, then 1 to 8 for sex, century and citizenship.

    There is nothing else to check: numbers given out since October 2020 have no check digit. Without a break the
    thirteen digits could as well be an order or a barcode, so the year and the words before them decide.
    """
    born = _birth_year(found[1], found[3])
    if born is None:
        return False
    before = found.string[max(0, found.start() - _CONTEXT) : found.start()]
    named_an_order = _ORDER_WORDS.search(before) is not None
    if found[2]:
        return born in _LIKELY_BORN or not named_an_order
    if _RESIDENT_WORDS.search(before):
        return True
    return born in _LIKELY_BORN and not named_an_order and not _is_barcode(found[0])


def _birth_year(six: str, seventh: str) -> int | None:
    year = int(six[:2]) + (1900 if seventh in "1256" else 2000)
    try:
        return date(year, int(six[2:4]), int(six[4:])).year
    except ValueError:
        return None


def _is_barcode(digits: str) -> bool:
    """Korean goods carry 880 and end in a check digit."""
    weighted = sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))
    return digits.startswith("880") and weighted % 10 == 0


class Detector(NamedTuple):
    """Finds one kind of personal data."""

    pattern: re.Pattern[str]
    accepts: Callable[[re.Match[str]], bool]

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of each, in order; they do not overlap."""
        plain = text.translate(_ASCII_TWINS)
        start = 0
        while found := self.pattern.search(plain, start):
            if self.accepts(found):
                yield found.span()
                start = found.end()
            else:
                start = found.start() + 1  # the true one may begin inside the false one


def _any(_: re.Match[str]) -> bool:
    return True


CARDS: Final = (Detector(_LONG_CARD, _is_card), Detector(_CARD, _is_card))
"""Apart, so that three digits after a card do not hide it."""
RESIDENT: Final = Detector(_RESIDENT, _is_resident)
EMAIL: Final = Detector(_EMAIL, _any)
PHONE: Final = Detector(_PHONE, _any)

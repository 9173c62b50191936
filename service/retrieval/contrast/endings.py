"""Korean endings, told by their single letters: wanted, denied, done, before, after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from .reading import Status

ENDING: Final = (
    "(?:$|ㄱㅗ|ㄱㅣ|ㄱㅔ|ㄱㅓ|ㄴㅡ|ㄴㅏ|ㄴㅣ|ㄴㅑ|ㄷㅔ|ㄷㅏ|ㄷㅓㄴ|ㄷㅗ|ㄷㅡㄴ|ㄷㅐ|ㄹㅏ|ㄹㅕ|ㄹㅓ|ㅁㅕㄴ|ㅅㅣ|ㅅㅕ|ㅅㅔ|ㅅㅡㅂ|ㅅㅓ"
    "|ㅇㅏ|ㅇㅓ|ㅇㅕ|ㅇㅡ|ㅇㅛ$|ㅇㅑ|ㅈㅣ|ㅈㅛ|ㅈㅏ|ㄴ(?:$|ㄷㅔ|ㄷㅏ|ㄱㅏ|ㅈㅣ|ㄷㅐ)|ㄹ(?:$|ㄲㅏ|ㄱㅔ|ㄹㅐ|ㄱㅓ|ㅅㅜ|ㅈㅣ)"
    "|ㅁ(?:$|ㅇㅡㄹ|ㅇㅣ)|ㅂ(?:ㄴㅣ|ㅅㅣ)|ㅆ[ㄱ-ㅎ])"
)
"""How an ending may begin, in single letters. It keeps 사용 from being a form of 사다."""

_HELPER = re.compile("^(?:ㅇㅡ)?(?:ㅇ[ㅏㅓㅕ])? ?(?:ㅂㅓㄹ[ㅣㅕ]|ㅈㅜㅓ|ㅈㅜ(?!ㅅㅔ)|ㄷㅡㄹ[ㅣㅕ]|ㄴㅗㅎ|ㄷㅜㅓ?)")
_DENIAL = re.compile(
    "(?:^|ㅇ[ㅏㅓㅕ])ㅈㅣ(?:ㄴㅡㄴ|ㄹㅡㄹ|ㄹ|ㄷㅗ)? ?(?P<how>ㅇㅏㄴㅎ|ㅁㅗㅅ|ㅁㅏㄹ|ㅁㅏ)(?:ㅎ[ㅏㅐ])?(?P<rest>.*)$"
)
_BECOMING = re.compile("^ㅈㅣ(?=ㄱㅔ|ㄷㅗㄹㅗㄱ|ㅁㅕㄴ|ㅈㅣ)")
"""Makes a passive of a verb, with its ending behind: 켜지게, 켜지지 않도록. Before a blank it is 지 of 켜지 않게."""
_UNWISHED = re.compile("ㅅㅣㅍㅈㅣ(?:ㄴㅡㄴ|ㄷㅗ)? ?ㅇㅏㄴㅎ")
_UNABLE = re.compile("ㄹ ?ㅅㅜ(?:ㄱㅏ|ㄷㅗ|ㄴㅡㄴ)? ?(?:ㅇㅓㅂㅅ|ㅁㅗㅅ)")
_FORBIDDEN = re.compile("ㅁㅕㄴ ㅇㅏㄴ")
_UNWILLING = re.compile("^ㄱㅣ(?:ㄴㅡㄴ|ㄱㅏ)? ?(?:ㅅㅣㄹㅎ|ㄱㅜㅣㅊㅏㄴㅎ|ㄱㅡㅁㅈㅣ)|ㄱㅓㄴ ㄱㅡㅁㅈㅣ")
_BEFORE = re.compile("^ㄱㅣ ?ㅈㅓㄴ")
_AFTER = re.compile("^(?:ㅇㅡ)?ㄴ ?(?:ㅎㅜ|ㄷㅜㅣ|ㄷㅏㅇㅡㅁ)|^ㄱㅗ ?ㄴㅏ")
_PAST = re.compile("^(?:ㅇㅡㅅㅕ|ㅇ[ㅏㅓㅕ]|ㅅㅕ)?ㅆ")
_MUST = re.compile("ㅇ?[ㅏㅓㅕㅐ]ㅇㅑ|ㄹ ?ㅍㅣㄹㅇㅛ")
_SUPPOSED = re.compile("^(?:ㅇㅡ)?ㅁㅕㄴ|^ㅎㅏㅁㅕㄴ")
_ASKED = re.compile(
    "ㄱㅗ ?ㅅㅣㅍ|ㄹㅕㅁㅕㄴ|ㄹㅕㄱㅗ|ㄹㅕㄴㅡㄴ|ㄹㄹㅐ|ㄹㄱㅔ|ㄱㅗㅈㅏ|ㄴㅏㅇㅛ|ㄴㅏㅇㅕ|ㄲㅏㅇㅛ"
    "|ㅈㅜㅅㅔ|ㅈㅜㅓㅇㅛ|ㄴㅡㄴ ?(?:ㅂㅓㅂ|ㅂㅏㅇㅂㅓㅂ)|ㄹ ?ㅈㅜㄹ|ㄹ ?ㅅㅜ(?:ㄷㅗ|ㄴㅡㄴ)? ?ㅇㅣㅆ|^ㄱㅣ$|[?]$"
)
_ABLE = re.compile("ㄹ ?ㅅㅜ(?:ㄷㅗ|ㄴㅡㄴ)? ?ㅇㅣㅆ")
ALLOWED = re.compile("ㄹ ?ㅅㅜ|ㄷㅗ ?ㄷㅗ[ㅣㅐ]")
"""Asks whether it may be done: 쓸 수 있나요, 써도 되나요."""
_WISHED = re.compile("^ㄱㅗ ?ㅅㅣㅍ")
_MODIFYING = re.compile("^(?:ㅇㅡ)?ㄴ(?: |$)")
_TOLD = re.compile("^(?:ㅇㅡ)?(?:ㄴㅡㄴㄷㅔ|ㄴㄷㅔ)$")
_SAID = re.compile("^ㄴㅡㄴㄷㅔ$|(?:ㅇㅛ|ㄷㅏ)$|^ㄱㅗ ?ㅇㅣㅆ")
_POLITE = re.compile("(?:ㄴㅏㅇㅛ|ㄴㅏㅇㅕ|ㄲㅏㅇㅛ|ㄲㅏ|ㅈㅛ|ㅈㅣㅇㅛ|ㄴㅏ|ㄴㅣ|ㄴㅑ|ㄱㅏㅇㅛ|ㄱㅏ)[?]?$|[?]$")
_SO_THAT = re.compile("^(?:ㄱㅔ|ㄷㅗㄹㅗㄱ|ㄴㅡㄴ(?: |$))")
_SIGNS: Final[tuple[tuple[re.Pattern[str], Status], ...]] = (
    (_UNWILLING, "reject"),
    (_BEFORE, "before"),
    (_AFTER, "after"),
    (_PAST, "fact"),
    (_MUST, "must"),
    (_ASKED, "ask"),
    (_MODIFYING, "fact"),
    (_TOLD, "fact"),
)


class Denied(NamedTuple):
    """안 or 못 in front of a verb, whether that is 되다, and whether the sentence wonders why or tells of a fault."""

    how: str
    passive: bool
    wondering: bool


def status_of(ending: str, denied: Denied) -> Status:
    """`ending` with its auxiliaries in single letters: ㄱㅗ ㅅㅣㅍㅇㅓㅇㅛ for 하고 싶어요."""
    tail = _HELPER.sub("", ending)
    if becoming := _BECOMING.match(tail):
        tail, denied = tail[becoming.end() :], denied._replace(passive=True)
    if _UNWISHED.search(tail):
        return "open" if _POLITE.search(tail) else "reject"
    if _UNABLE.search(tail):
        return "ask" if _POLITE.search(tail) and not denied.wondering else "open"
    if _FORBIDDEN.search(tail):
        return "open" if denied.wondering or _POLITE.search(tail) else "reject"
    if denial := _DENIAL.search(tail):
        if denial["how"].startswith("ㅁㅏ"):
            return "reject"
        how = "못" if denial["how"] == "ㅁㅗㅅ" else "안"
        return _status_denied(denial["rest"], denied._replace(how=how))
    if denied.how:
        return _status_denied(tail, denied)
    return next((status for sign, status in _SIGNS if sign.search(tail)), "mention")


def _status_denied(tail: str, denied: Denied) -> Status:
    """`tail` follows the denial: 고, 았는데, 나요. A polite question denies nothing, nor does a failure."""
    if _PAST.match(tail) or _MODIFYING.match(tail):
        return "missed" if denied.wondering else "lack"
    failing = denied.how == "못" or denied.passive
    if _SO_THAT.match(tail):
        return "reject"
    if not failing and (_ABLE.search(tail) or _WISHED.match(tail)):
        return "reject"
    if _POLITE.search(tail):
        return "ask"
    if failing:
        return "open"
    if _SUPPOSED.match(tail):
        return "absent"
    return "lack" if _SAID.search(tail) else "reject"


def is_past(ending: str) -> bool:
    return bool(_PAST.match(ending))


def is_attributive(ending: str) -> bool:
    """작은 옷, 작게 만들다; not 옷이 작아요"""
    return bool(re.match("^(?:ㅇㅡ)?ㄴ(?: |$)|^ㄱㅔ|^ㅇㅣ?$", ending))

"""How a text looks to matching: one form for everything that means the same to a Korean or English reader.

Only matching reads these forms. What is shown, stored or sent to a completion is always the original.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from .hangul import compose

MATCHED_CHARACTERS: Final = 2_000
"""The API accepts no longer question. Only an entry can be longer, and its beginning says what it is about."""

_READ_CHARACTERS: Final = 8 * MATCHED_CHARACTERS
"""Enough to find `MATCHED_CHARACTERS` visible ones in anything but an attack, and 64 KB of marks stay cheap."""

_STACKED_MARKS: Final = 4
"""More marks on one character than any language writes. Normalising a longer stack takes quadratic time."""

_VARIATION_SELECTORS = re.compile("[\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPELLED_SYLLABLE = re.compile("[ㄱ-ㅎ][ㅏ-ㅣ][ㄱ-ㅎㅏ-ㅣ]*")
_LONE_LETTERS = re.compile("[ㄱ-ㅎㅏ-ㅣ]+")
_NOT_LONE_LETTERS = re.compile("[^ㄱ-ㅎㅏ-ㅣ]+")
_HANGUL = re.compile("[가-힣]")
_WRITTEN = re.compile(r"[^\W_]")
_WORD = re.compile(r"[^\W\d_가-힣]+(?:['’][^\W\d_가-힣]+)?|\d+|[가-힣]+")
_SPACE = re.compile(r"\s+")
_ORDINARY = re.compile("[\n -~\xa1-\xac\xae-\u024f\u2010-\u2027\u2030-\u205e가-힣ㄱ-ㆎ]*")
"""Characters that everybody sees, none of them a mark, and that are NFC as they are: nearly all texts have no other."""
_LATIN_AND_SYLLABLES = re.compile("[\x00-\x7f가-힣]*")
"""Characters that are their own compatibility form and have no accent."""

_SHORTHAND: Final = dict(
    zip(
        ["ㄱㄴ", "ㅂㄱㄴ", "ㅇㄷ", "ㅇㅈ", "ㅇㅋ", "ㄱㅅ", "ㅈㅅ", "ㅅㄱ"],
        ["가능", "불가능", "어디", "인정", "오케이", "감사", "죄송", "수고"],
        strict=True,
    )
)
"""Initials that Koreans type for a whole word. Every other run of lone letters is laughter, tears or a sigh."""


@lru_cache(maxsize=1024)
def fold(text: str) -> str:
    """`text` for matching: composed Hangul; no width, case, accent, emoticon or invisible character; single spaces.

    Equal for NFC and NFD input, in time linear in `text`, and no longer than `MATCHED_CHARACTERS`.
    """
    spelled = _SPELLED_SYLLABLE.sub(lambda run: compose(run[0]), visible(text))[:MATCHED_CHARACTERS]
    plain = _NOT_LONE_LETTERS.sub(lambda run: _plain(run[0]), spelled)
    spoken = _LONE_LETTERS.sub(lambda run: f" {_SHORTHAND.get(run[0], '')} ", plain)
    return _SPACE.sub(" ", spoken).strip()[:MATCHED_CHARACTERS]


def visible(text: str) -> str:
    """The NFC text without what nobody sees: bidi, zero width, tags, variation selectors, stacks of marks."""
    if text.isascii():
        return text[:_READ_CHARACTERS]
    if _ORDINARY.fullmatch(text):
        return text[:_READ_CHARACTERS].replace("\n", " ")
    kept: list[str] = []
    stack = 0
    for character in _VARIATION_SELECTORS.sub("", text[:_READ_CHARACTERS]):
        category = unicodedata.category(character)
        stack = stack + 1 if category in {"Mn", "Me"} else 0
        if stack <= _STACKED_MARKS and category[0] != "C":
            kept.append(character)
        elif category == "Cc":
            kept.append(" ")
    return unicodedata.normalize("NFC", "".join(kept))


def words(folded: str) -> list[str]:
    """Runs of letters of one script and runs of digits, in order; English keeps its apostrophes."""
    return _WORD.findall(folded)


def solid(folded: str) -> str:
    """Only the letters and digits: Koreans space as they like, and so do people in a hurry."""
    return "".join(_WRITTEN.findall(folded))


def hangul_share(folded: str) -> float:
    """How much of what is written is Hangul, in [0, 1]; 0 where nothing is written."""
    written = len(_WRITTEN.findall(folded))
    return len(_HANGUL.findall(folded)) / written if written else 0.0


def without_hangul(folded: str) -> str:
    return _SPACE.sub(" ", _HANGUL.sub(" ", folded)).strip()


def _plain(run: str) -> str:
    if _LATIN_AND_SYLLABLES.fullmatch(run):
        return run.casefold()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", run).casefold())
    return unicodedata.normalize("NFC", "".join(mark for mark in apart if unicodedata.category(mark) != "Mn"))

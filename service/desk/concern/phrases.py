"""Phrases as a team writes them, compiled to patterns whose work is bounded: no phrase can make reading slow.

`(a|b)` one of them · `x?` or not · `(a )*` up to three times · `...` a gap within the sentence · `<name>` a list ·
`word*` any ending · `_` the start of a Korean word · `$` the end of a sentence · `#` digits.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal

from ...errors import FaqError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Language = Literal["ko", "en"]

SENTENCE_END: Final = "|"

_TOKEN = re.compile(r" ?\.\.\. ?|<[a-z]+>|[()|?*+_$#]|.", re.DOTALL)
_KOREAN_GAP = r"[^|]{0,12}?"
_ENGLISH_GAP = r"(?:[^ |]+ ){0,4}?"
_TRAILING_GAP = re.compile(r"(?: *\(?\.\.\.\)?\??)+$")
_OPERATORS = {"(": "(?:", ")": ")", "|": "|", "?": "?", "+": "{1,3}", "#": r"\d{1,4}"}


class Phrases:
    """Many phrases as one pattern. Text must have been through `readable`."""

    def __init__(
        self, written: Iterable[str], *, language: Language, lists: Mapping[str, Sequence[str]], where: str = ""
    ) -> None:
        sources = []
        for phrase in written:
            source = _source(phrase, language, lists, where)
            try:
                re.compile(source)
            except re.error as error:
                raise FaqError(
                    f"{where}: the phrase '{phrase}' cannot be read ({error}). Check its brackets."
                ) from None
            sources.append(source)
        self._pattern = re.compile("|".join(sources)) if sources else None

    def found(self, text: str) -> list[re.Match[str]]:
        return list(self._pattern.finditer(text)) if self._pattern else []

    def occurs(self, text: str) -> bool:
        return self._pattern is not None and self._pattern.search(text) is not None

    def without(self, text: str) -> str:
        """`text` with every phrase blanked out, so that neither it nor anything across it is found."""
        return self._pattern.sub(" § ", text) if self._pattern else text


def _source(phrase: str, language: Language, lists: Mapping[str, Sequence[str]], where: str) -> str:
    parts: list[str] = []
    for part in _TOKEN.findall(_TRAILING_GAP.sub("", phrase.replace("…", "...")).lower()):
        if part.strip() == "...":
            before = " " if language == "en" and part.startswith(" ") else ""
            parts.append(before + (_ENGLISH_GAP if language == "en" else _KOREAN_GAP))
        elif part.startswith("<") and len(part) > 1:
            name = part[1:-1]
            if name not in lists:
                raise FaqError(f"{where}: the phrase '{phrase}' names the list '{name}', which is not there.")
            parts.append("(?:" + "|".join(_letters(word, language) for word in lists[name]) + ")")
        elif part == "*":
            parts.append("{0,3}" if parts and parts[-1] == ")" else r"\w{0,12}")
        elif part == "$":
            parts.append(r"(?= ?(?:\||$))")
        elif part == "_":
            parts.append(r"(?<!\w)")
        else:
            parts.append(_OPERATORS.get(part) or _letters(part, language))
    body = "".join(parts)
    return f"(?:{body})" if language == "ko" else rf"(?<!\w)(?:{body})(?!\w)"


def _letters(text: str, language: Language) -> str:
    """Korean may be spaced in any way, English is spaced once."""
    text = unicodedata.normalize("NFKC", text).lower()
    if language == "en":
        return re.escape(text) if len(text) > 1 else (re.escape(text) if text != " " else " ")
    return "".join(f"(?:{re.escape(letter)} ?)" for letter in text if letter != " ")

"""One spelling for what looks alike, so that no rule has to know them all."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_TWINS: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‛′`´", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−﹣", "-"),
        **dict.fromkeys("〜～∼˜∽", "~"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\u00ad\u034f\ufeff", None),
        "。": ".",
        "、": ",",
        **dict(zip("асԁеһіјӏорԛѕԝху", "acdehijlopqswxy", strict=True)),  # Cyrillic, drawn like Latin
    }
)
_MARKS: Final = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_EMPHASIS: Final = re.compile(r"\*{1,3}|__|~~")
_SOLID: Final = re.compile(r"[^0-9a-z가-힣]+")


def fold(text: str) -> str:
    """Lower case, NFKC, plain quotes, dashes and letters, without marks that hide a word and without emphasis."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKC", _MARKS.sub("", decomposed)).translate(_TWINS)
    return _EMPHASIS.sub("", text).lower()


def solid(folded: str) -> str:
    """Only letters and digits: the same however it is spaced or punctuated."""
    return _SOLID.sub("", folded)

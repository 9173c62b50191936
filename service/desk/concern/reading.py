"""A message made ready to be looked through: sentences of plain words, without what the visitor only quotes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 1_000
"""Characters read from the start and as many from the end, together as long as a message of the widget may be: it
bounds what a longer one, which only comes through other doors, can cost."""

_QUOTED = re.compile(
    r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|「[^」\n]{1,200}」|『[^』\n]{1,200}』|‘[^’\n]{1,200}’"
    r"|(?<!\w)'[^'\n]{1,200}'(?!\w)"
)
_APOSTROPHE = re.compile(r"(?<=\w)['’`´](?=\w)")
_SENTENCE_END = re.compile(r"[!?\n;。！？]+|(?<!\d)[.…]+|[.…]+(?!\d)")
_ELSE = re.compile(r"[^\w|]+")
_MARKS = re.compile(r"[!?]")
_WORD = re.compile(r"[A-Za-z]{2,}")


def readable(message: str) -> str:
    """Lower case, one space between words, `|` between sentences, no other punctuation."""
    text = unicodedata.normalize("NFKC", _bounded(message)).replace("|", " ").replace("_", " ")
    unquoted = _QUOTED.sub(" ", text)
    text = unquoted if sum(map(str.isalnum, unquoted)) > 3 else text  # a message that is one quotation is their own
    text = _APOSTROPHE.sub("", text).lower()
    return _ELSE.sub(" ", _SENTENCE_END.sub(" | ", text)).strip()


def is_loud(message: str) -> bool:
    """Written in capitals, or with three exclamation or question marks together."""
    text = _bounded(message)
    words = _WORD.findall(text)
    capitals = len(words) >= 3 and sum(word.isupper() for word in words) > 0.7 * len(words)
    marks = _MARKS.sub("!", unicodedata.normalize("NFKC", text))
    return capitals or "!!!" in marks


def solid(message: str) -> str:
    """Letters and digits alone, to tell whether two messages say the same."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", _bounded(message)).lower() if letter.isalnum())


def _bounded(message: str) -> str:
    return message if len(message) <= 2 * LONGEST else f"{message[:LONGEST]}\n{message[-LONGEST:]}"

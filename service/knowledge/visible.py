"""Text without what a reader cannot see and a terminal, a database or an attacker can."""

from __future__ import annotations

import re

_LINE_BREAK = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_ANSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 and C1 controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # writing direction: text that reads differently than it is
    "\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\ufffe\uffff"  # joiners stay: emoji and some scripts need them
    "\U000e0000-\U000e007f]"  # Tags: a whole hidden alphabet
)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def hidden_character(text: str) -> str | None:
    """The first character that no reader sees, if there is one."""
    found = _INVISIBLE.search(text)
    return found.group() if found else None


def visible_text(text: str) -> str:
    r"""The same words; every kind of line break is \n, half of a surrogate pair is U+FFFD, the rest is gone."""
    text = _LINE_BREAK.sub("\n", text)
    text = _ANSI.sub("", text)
    text = _INVISIBLE.sub("", text)
    return _HALF_CHARACTER.sub("\ufffd", text)

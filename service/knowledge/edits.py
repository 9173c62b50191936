"""Changes to a text by place, so that everything between them stays as it was typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE_END = re.compile(r"\r\n?|\n|\Z")


@dataclass(frozen=True, slots=True)
class Edit:
    """The characters from `start` up to `end` give way to `text`."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """`text` after all edits, which must not overlap."""
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start < done:
            raise ValueError("two edits overlap")
        pieces += text[done : edit.start], edit.text
        done = edit.end
    return "".join((*pieces, text[done:]))


def line_end(text: str, place: int) -> tuple[int, int]:
    """Where the line break begins that ends the line of `place`, and where it is over; equal at the end of the text."""
    found = _LINE_END.search(text, place)
    assert found, "the pattern matches the end of the text too"
    return found.span()


def line_break_of(text: str) -> str:
    """The line break this text is written with."""
    first = _LINE_END.search(text)
    return first[0] if first and first[0] else "\n"

"""Reading the fields of one mapping: right type, right size, and a sentence for the author where not."""

from __future__ import annotations

import difflib
import re
import unicodedata
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from .faults import Faults, shown
from .written import Fields, Items, Scalar, Written

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ITEMS = 1_000
_UNUSABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # not white space to Unicode, nothing to the eye
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class FieldReader:
    """The fields of one mapping. `sound` turns false with the first fault."""

    def __init__(self, subject: str, fields: Fields, faults: Faults, *, outer: FieldReader | None = None) -> None:
        self.sound = True
        self._outer = outer
        self._subject = subject
        self._fields = fields
        self._faults = faults

    def fault(self, line: int, sentence: str) -> None:
        self._reject()
        self._faults.add(line, f"{self._subject}: {sentence}")

    def within(self, part: str, fields: Fields) -> FieldReader:
        """A reader for a mapping inside this one."""
        return FieldReader(f"{self._subject}: {part}", fields, self._faults, outer=self)

    def line_of(self, name: str) -> int:
        """The line of a field, or of the whole mapping where the field is missing."""
        return self._given(name)[0]

    def refuse_unknown(self, *known: str, others: Mapping[str, str] = MappingProxyType({})) -> None:
        """`others` maps names that authors try to the field they mean."""
        for name, (line, _) in self._fields.values.items():
            if name in known:
                continue
            near = difflib.get_close_matches(name, known, n=1)
            meant = others.get(name) or next(iter(near), None)
            advice = f"did you mean '{meant}'?" if meant in known else f"delete it. There are: {', '.join(known)}."
            self.fault(line, f"unknown field {shown(name)}; {advice}")

    def required_text(self, name: str, *, limit: int, advice: str) -> str:
        """As `text`; where nothing is written, `advice` tells the author what to write."""
        text = self.text(name, limit=limit)
        if text is None:
            self.fault(self.line_of(name), f"'{name}' is missing or empty. {advice}")
        return text or ""

    def text(self, name: str, *, limit: int) -> str | None:
        """The text without the white space around it; None where there is nothing to see, empty after a fault.

        `limit` is in characters.
        """
        line, value = self._given(name)
        return self._text(name, value, line, limit)

    def texts(self, name: str, *, limit: int) -> tuple[str, ...]:
        """A list of texts; `limit` is in characters for each."""
        found = []
        for value in self.items(name):
            text = self._text(name, value, value.line, limit)
            if text is None:
                self.fault(value.line, f"'{name}' holds an empty text. Write it or delete its line.")
            else:
                found.append(text)
        return tuple(found)

    def items(self, name: str, *, most: int = MAX_ITEMS) -> tuple[Written, ...]:
        line, value = self._given(name)
        match value:
            case Items(values) if len(values) <= most:
                return values
            case Items(values):
                self.fault(line, f"'{name}' has {len(values):,} items; {most:,} is the most. Keep the best ones.")
            case Scalar(kind="nothing"):
                pass
            case _:
                self._wrong(name, value, line, "must be a list. Start each item on its own line with '- '.")
        return ()

    def flag(self, name: str, *, default: bool) -> bool:
        line, value = self._given(name)
        match value:
            case Scalar(kind="nothing"):
                return default
            case Scalar(text=word, kind="word" | "boolean") if word.lower() in {"true", "false"}:
                return word.lower() == "true"
        self._wrong(name, value, line, "must be true or false, without quotes.")
        return default

    def day(self, name: str) -> date | None:
        line, value = self._given(name)
        match value:
            case Scalar(kind="nothing"):
                return None
            case Scalar(text=word, kind="word" | "text") if _DAY.fullmatch(word):
                try:
                    return date.fromisoformat(word)
                except ValueError:
                    self.fault(line, f"'{name}' is {word}, which is not in the calendar. Correct the day.")
                    return None
        self._wrong(name, value, line, "must be a day like 2026-11-30.")
        return None

    def _given(self, name: str) -> tuple[int, Written]:
        return self._fields.values.get(name) or (self._fields.line, Scalar("", "nothing", self._fields.line))

    def _text(self, name: str, value: Written, line: int, limit: int) -> str | None:
        match value:
            case Scalar(text=text, kind="text" | "word"):
                return self._checked(name, text.strip(), line, limit)
            case Scalar(kind="nothing"):
                return None
            case Scalar(kind="number" | "boolean"):
                self.fault(line, f"'{name}' must be text. Put it in quotes.")
            case _:
                self._wrong(name, value, line, "must be one text, not a list or mapping.")
        return ""

    def _checked(self, name: str, text: str, line: int, limit: int) -> str | None:
        if unusable := _UNUSABLE.search(text):
            code = f"U+{ord(unusable.group()):04X}"
            what = "half of a character" if "\ud800" <= unusable.group() <= "\udfff" else "a control character"
            self.fault(line, f"'{name}' holds {what} ({code}), which cannot be stored. Delete that escape.")
            return ""
        if len(text) > limit:
            self.fault(line, f"'{name}' is {len(text):,} characters long; {limit:,} is the most. Shorten or split it.")
            return ""
        return text if can_be_seen(text) else None

    def _reject(self) -> None:
        self.sound = False
        if self._outer:
            self._outer._reject()

    def _wrong(self, name: str, value: Written, line: int, sentence: str) -> None:
        if isinstance(value, Scalar) and value.kind == "refused":  # its own fault says why
            self._reject()
        else:
            self.fault(line, f"'{name}' {sentence}")


def can_be_seen(text: str) -> bool:
    """Whether there is a mark in it; a text of blanks is none, whatever Unicode calls them."""
    return any(map(_is_visible, text))


def _is_visible(character: str) -> bool:
    return character not in _BLANK_LETTERS and unicodedata.category(character)[0] not in "ZC"

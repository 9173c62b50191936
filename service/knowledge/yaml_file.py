"""YAML to what was written, with lines, and without YAML's own guesses about types.

The parser's events are walked instead of a loaded document: nothing is constructed, no plain word becomes a boolean,
a number or a date, and aliases, tags and repeated names are seen before they vanish.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .faults import Faults, shown
from .written import Fields, Items, Scalar, Written

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NODES = 200_000
MAX_DEPTH = 16  # the format itself needs five
_NOTHING = {"", "~", "null", "Null", "NULL"}
_NO_CHARACTER = re.compile(r"\\U(?!000|0010)[0-9A-Fa-f]{8}")
_HINTS = (
    ("'\\t'", "Indent with spaces; YAML does not take tabs."),
    ("mapping values are not allowed", "Put a text with ': ' in it in quotes, or check the indentation."),
    ("expected ':'", "Put this text in quotes, or check the indentation."),
    ("cannot start any token", "Put a text that starts with this character in quotes."),
    ("YAML document", "Delete the %YAML line."),
    ("escape", "Double the backslash, or use single quotes."),
    ("quoted scalar", "Close the quotation marks."),
    ("flow", "Close the bracket, and put texts with brackets in quotes."),
)


def read_yaml(text: str, faults: Faults) -> Written | None:
    """The one document of a YAML text; None where there is none.

    A fault of syntax stops at once with `FaqError`; what is merely not allowed here is added to `faults`.
    """
    try:
        return _Walk(text, faults).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(part) for part in (error.context, error.problem) if part)
        hint = next((advice for sign, advice in _HINTS if sign in problem), "Check the indentation and the quotes.")
        faults.stop(mark.line + 1, f"column {mark.column + 1}: this is not YAML ({problem}). {hint}")
    except (ValueError, OverflowError):  # ruamel hands "\UFFFFFFFF" to chr() as it is
        found = _NO_CHARACTER.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        faults.stop(line, "an escape after a backslash names no character. Correct it, or use single quotes.")


def events(text: str) -> Iterator[Any]:
    """The parser's events in order, each with the places in `text` where it begins and ends."""
    parsed: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
    return parsed


class _Walk:
    """One pass over the events of one text."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._faults = faults
        self._count = 0
        self._events = events(text)

    def document(self) -> Written | None:
        root: Written | None = None
        for event in self._events:
            if not isinstance(event, DocumentStartEvent):
                continue
            if root is not None:
                self._faults.stop(_line(event), "a second document starts here. Keep one, without '---' between.")
            if event.version not in (None, (1, 2)):
                self._faults.stop(_line(event), "only YAML 1.2 is read here. Delete the %YAML line.")
            root = self._value(next(self._events), depth=1)
        return root

    def _value(self, event: Any, *, depth: int) -> Written:
        line = _line(event)
        self._count += 1
        if self._count > MAX_NODES:
            self._faults.stop(line, f"more than {MAX_NODES:,} values. Use a .jsonl file for a FAQ of this size.")
        if depth > MAX_DEPTH:
            self._faults.stop(line, f"more than {MAX_DEPTH} levels deep. An entry needs three.")
        allowed = self._is_plain_data(event, line)
        value: Written
        match event:
            case SequenceStartEvent():
                value = Items(tuple(self._items(depth)), line)
            case MappingStartEvent():
                value = Fields(self._fields(depth), line)
            case ScalarEvent(style=None, value=word):
                value = Scalar(word, "nothing" if word in _NOTHING else "word", line)
            case _:
                value = Scalar(getattr(event, "value", ""), "text", line)
        return value if allowed else Scalar("", "refused", line)

    def _is_plain_data(self, event: Any, line: int) -> bool:
        if isinstance(event, AliasEvent):
            self._faults.add(line, f"aliases like {shown('*' + event.anchor)} are not read here. Repeat the text.")
            return False
        if event.anchor is not None:
            self._faults.add(line, f"anchors like {shown('&' + event.anchor)} are not read here. Delete it.")
        if event.tag is not None:
            self._faults.add(line, f"tags like {shown(event.tag)} are not read here. Delete it.")
        return event.anchor is None and event.tag is None

    def _items(self, depth: int) -> Iterator[Written]:
        while not isinstance(event := next(self._events), SequenceEndEvent):
            yield self._value(event, depth=depth + 1)

    def _fields(self, depth: int) -> dict[str, tuple[int, Written]]:
        fields: dict[str, tuple[int, Written]] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            name = self._value(event, depth=depth + 1)
            value = self._value(next(self._events), depth=depth + 1)
            if not isinstance(name, Scalar):
                self._faults.add(name.line, "a list or mapping cannot be a field's name. Write a plain word.")
            elif name.text in fields:
                first = fields[name.text][0]
                self._faults.add(name.line, f"{shown(name.text)} was already given in line {first}. Keep one of them.")
            else:
                fields[name.text] = (name.line, value)
        return fields


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1

"""Phrasings into the `variants` of a JSON Lines FAQ, with every other character of the line left alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .edits import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r]*")
_BETWEEN = re.compile(r"[ \t\r]*[,:]?[ \t\r]*")
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")


@dataclass(frozen=True, slots=True)
class _Span:
    value: Any
    start: int
    end: int


def jsonl_edits(text: str, additions: Mapping[str, Sequence[str]]) -> Iterator[Edit]:
    """`text` is a sound FAQ; `additions` holds new phrasings by the id of their entry."""
    start = 0
    for line in text.split("\n"):  # not splitlines(): a string may hold U+2028
        if line.strip():
            for edit in _line_edits(line, additions):
                yield Edit(start + edit.start, start + edit.end, edit.text)
        start += len(line) + 1


def _line_edits(line: str, additions: Mapping[str, Sequence[str]]) -> Iterator[Edit]:
    fields = dict(_fields(line))
    new = additions.get(fields["id"].value.strip())
    if not new:
        return
    escape = line.isascii() and _ESCAPED.search(line) is not None
    comma = ", " if '", "' in line or '": ' in line else ","
    colon = ": " if '": ' in line else ":"
    written = comma.join(json.dumps(phrasing, ensure_ascii=escape) for phrasing in new)
    variants = fields.get("variants")
    if variants is None:
        end = fields["question"].end
        yield Edit(end, end, f'{comma}"variants"{colon}[{written}]')
    elif not variants.value:
        yield Edit(variants.start, variants.end, f"[{written}]")
    else:
        last = max(end for _, end in _items(line, variants.start))
        yield Edit(last, last, f"{comma}{written}")


def _fields(line: str) -> Iterator[tuple[str, _Span]]:
    """The names of the object in this line, each with its value and where that stands."""
    place = _skip(_SPACE, line, _skip(_SPACE, line, 0) + 1)
    while line[place] != "}":
        name, place = _DECODER.raw_decode(line, place)
        start = _skip(_BETWEEN, line, place)
        value, end = _DECODER.raw_decode(line, start)
        yield name, _Span(value, start, end)
        place = _skip(_BETWEEN, line, end)


def _items(line: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the items of the list that begins at `start` begin and end."""
    place = _skip(_SPACE, line, start + 1)
    while line[place] != "]":
        _, end = _DECODER.raw_decode(line, place)
        yield place, end
        place = _skip(_BETWEEN, line, end)


def _skip(pattern: re.Pattern[str], line: str, place: int) -> int:
    found = pattern.match(line, place)
    return found.end() if found else place

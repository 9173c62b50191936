"""Phrasings into the `variants` of a YAML FAQ, in the way its author writes them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .edits import Edit, line_break_of, line_end
from .yaml_places import FieldsPlace, ItemsPlace, Place, ScalarPlace, places_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH = 120
"""Columns after which a list in brackets goes on in the next line."""

_PLAIN = re.compile(r"[^\W_](?:[^:#\"\\\[\]{}&*|<>@`%]*[^:#\"\\\[\]{}&*|<>@`%\s])?")
_ONLY_A_NUMBER = re.compile(r"[\d._+\-/xXoObBeEtTzZ a-fA-F]*\d[\d._+\-/xXoObBeEtTzZ a-fA-F]*")
_SPECIAL_WORDS = {"yes", "no", "y", "n", "on", "off", "true", "false", "null", "nan", "inf"}
_COLON = re.compile(r"\s*:(?:[ \t]*(?=[,}]))?")
_COMMA_LATER = re.compile(r"(?:\s|#[^\r\n]*)*,")


def yaml_edits(text: str, additions: Mapping[str, Sequence[str]]) -> Iterator[Edit]:
    """`text` is a sound FAQ; `additions` holds new phrasings by the id of their entry."""
    entries = list(_entries(places_in(text)))
    step = next((found for entry in entries if (found := _step(entry)) is not None), 2)
    for entry in entries:
        identity = entry.fields.get("id")
        if identity and isinstance(identity[1], ScalarPlace) and (new := additions.get(identity[1].text.strip())):
            yield from _entry_edits(text, entry, new, step)


def _entries(root: Place) -> Iterator[FieldsPlace]:
    if isinstance(root, FieldsPlace) and "entries" in root.fields:
        _, entries = root.fields["entries"]
        if isinstance(entries, ItemsPlace):
            yield from (entry for entry in entries.items if isinstance(entry, FieldsPlace))


def _step(entry: FieldsPlace) -> int | None:
    """How many columns behind the names this author begins a list's dashes, where this entry shows it."""
    match entry.fields.get("variants"):
        case (_, ItemsPlace(flow=False, column=column)) if not entry.flow:
            return column - entry.column
    return None


def _entry_edits(text: str, entry: FieldsPlace, new: Sequence[str], step: int) -> Iterator[Edit]:
    written = [_scalar(phrasing, in_brackets=True) for phrasing in new]
    brackets = f"[{', '.join(written)}]"
    match entry.fields.get("variants"):
        case (_, ItemsPlace(items=(), start=start)):
            yield Edit(start + 1, start + 1, brackets[1:-1])
        case (_, ItemsPlace(flow=True) as listed):
            yield from _into_brackets(text, listed, written)
        case (_, ItemsPlace(items=items, column=column)):
            yield _lines_after(text, items[-1].end, _dashes(new, column))
        case (_, ScalarPlace(start=start, end=end)) if end > start:  # a written ~ or null
            yield Edit(start, end, brackets)
        case (name, _) if entry.flow:
            colon = _COLON.match(text, name.end)
            yield Edit(name.end, colon.end() if colon else name.end, f": {brackets}")
        case (name, _):
            yield _lines_after(text, name.end, _dashes(new, entry.column + step))
        case None if entry.flow:
            _, question = entry.fields["question"]
            yield Edit(question.end, question.end, f", variants: {brackets}")
        case None:
            _, question = entry.fields["question"]
            lines = [f"{' ' * entry.column}variants:", *_dashes(new, entry.column + step)]
            yield _lines_after(text, question.end, lines)


def _dashes(new: Sequence[str], column: int) -> list[str]:
    return [f"{' ' * column}- {_scalar(phrasing, in_brackets=False)}" for phrasing in new]


def _lines_after(text: str, place: int, lines: list[str]) -> Edit:
    """Whole lines below the one that `place` is in; a text in a block (`|`, `>`) ends where the next line begins."""
    line_break = line_break_of(text)
    if place and text[place - 1] in "\r\n":
        return Edit(place, place, "".join(line + line_break for line in lines))
    begins, over = line_end(text, place)
    if begins == over:  # the last line, and nobody ended it
        return Edit(over, over, "".join(line_break + line for line in lines))
    return Edit(over, over, "".join(line + line_break for line in lines))


def _into_brackets(text: str, listed: ItemsPlace, new: list[str]) -> Iterator[Edit]:
    last = listed.items[-1]
    line_ends, _ = line_end(text, last.end)
    if len(listed.items) > 1 and line_ends < listed.end and _begins_its_line(text, last):
        yield from _own_lines(text, last, line_ends, new)
        return
    column = last.end - _line_start(text, last.end)
    rest = len(text[last.end : line_ends])
    wrapped = f",{line_break_of(text)}{' ' * (listed.column + 1)}"
    pieces: list[str] = []
    for phrasing in new:
        if column + len(phrasing) + 2 + rest > WIDTH:
            pieces += wrapped, phrasing
            column = listed.column + 1 + len(phrasing)
        else:
            pieces += ", ", phrasing
            column += 2 + len(phrasing)
    yield Edit(last.end, last.end, "".join(pieces))


def _own_lines(text: str, last: Place, line_ends: int, new: list[str]) -> Iterator[Edit]:
    """An item a line, below the comment that may follow the last one."""
    comma = _COMMA_LATER.match(text, last.end)
    if not comma:
        yield Edit(last.end, last.end, ",")
    lead = f"{line_break_of(text)}{' ' * last.column}"
    lines = f",{lead}".join(new)
    place = max(line_ends, comma.end()) if comma else line_ends
    yield Edit(place, place, f"{lead}{lines}{',' if comma else ''}")


def _begins_its_line(text: str, place: Place) -> bool:
    return not text[_line_start(text, place.start) : place.start].strip()


def _line_start(text: str, place: int) -> int:
    return max(text.rfind("\n", 0, place), text.rfind("\r", 0, place)) + 1


def _scalar(phrasing: str, *, in_brackets: bool) -> str:
    """Plain where every YAML reader takes it for a text, in double quotes elsewhere."""
    plain = _PLAIN.fullmatch(phrasing) and not _ONLY_A_NUMBER.fullmatch(phrasing)
    if plain and phrasing.lower() not in _SPECIAL_WORDS and not (in_brackets and "," in phrasing):
        return phrasing
    return json.dumps(phrasing, ensure_ascii=False)

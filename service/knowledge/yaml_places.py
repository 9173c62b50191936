"""Where in a YAML text its values stand, to the character."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from .yaml_file import events

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class ScalarPlace:
    """`column`, as everywhere here, is that of the first character, from 0."""

    text: str
    start: int
    end: int
    column: int


@dataclass(frozen=True, slots=True)
class ItemsPlace:
    """`flow`: in brackets; `end` is then behind the closing one. Otherwise `column` is that of the dashes."""

    items: tuple[Place, ...]
    flow: bool
    start: int
    end: int
    column: int


@dataclass(frozen=True, slots=True)
class FieldsPlace:
    """`flow`: in braces. Otherwise `column` is that of the names."""

    fields: dict[str, tuple[ScalarPlace, Place]]
    """name -> (the name, its value)"""
    flow: bool
    start: int
    end: int
    column: int


Place: TypeAlias = ScalarPlace | ItemsPlace | FieldsPlace


def places_in(text: str) -> Place:
    """The places of a YAML text that is a sound FAQ: one document without aliases, names only words."""
    parsed = events(text)
    for event in parsed:
        if type(event).__name__ == "DocumentStartEvent":
            return _place(next(parsed), parsed)
    raise ValueError("there is no document")


def _place(event: Any, following: Iterator[Any]) -> Place:
    start = event.start_mark
    match type(event).__name__:  # by name: the parser has its one place, which is not here
        case "SequenceStartEvent":
            items, end = _until("SequenceEndEvent", following)
            return ItemsPlace(tuple(items), bool(event.flow_style), start.index, end, start.column)
        case "MappingStartEvent":
            values, end = _until("MappingEndEvent", following)
            named = zip(values[::2], values[1::2], strict=True)
            fields = {name.text: (name, value) for name, value in named if isinstance(name, ScalarPlace)}
            return FieldsPlace(fields, bool(event.flow_style), start.index, end, start.column)
    return ScalarPlace(str(getattr(event, "value", "")), start.index, event.end_mark.index, start.column)


def _until(ending: str, following: Iterator[Any]) -> tuple[list[Place], int]:
    found: list[Place] = []
    while type(event := next(following)).__name__ != ending:
        found.append(_place(event, following))
    return found, event.end_mark.index

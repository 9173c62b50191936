"""JSON Lines to what was written: one entry a line, for FAQs too large for YAML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .faults import Faults, shown
from .written import Fields, Items, Scalar, Written

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as it was typed: no field takes one, and converting 5,000 digits is slow."""

    text: str


class _RepeatedNameError(ValueError):
    """A name that stands twice in one object."""


def read_jsonl(text: str, faults: Faults) -> Iterator[Written]:
    """One value a line, blank lines skipped. A line that cannot be read goes to `faults`; the next ones are read on."""
    for line, content in enumerate(text.split("\n"), start=1):  # not splitlines(): a string may hold U+2028
        if content.strip():
            yield _read_line(content, line, faults)


def _read_line(content: str, line: int, faults: Faults) -> Written:
    try:
        value = json.loads(
            content,
            object_pairs_hook=_object,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_Number,
        )
        return _written(value, line)
    except json.JSONDecodeError as error:
        faults.add(line, f"column {error.colno}: this is not JSON ({error.msg}). Write one whole object on this line.")
    except _RepeatedNameError as error:
        faults.add(line, f"{shown(str(error))} stands twice in one object. Keep one of them.")
    except RecursionError:
        faults.add(line, "too many brackets inside each other. An entry needs three levels.")
    return Scalar("", "refused", line)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise _RepeatedNameError(name)
        values[name] = value
    return values


def _written(value: Any, line: int) -> Written:
    match value:
        case dict():
            return Fields({name: (line, _written(item, line)) for name, item in value.items()}, line)
        case list():
            return Items(tuple(_written(item, line) for item in value), line)
        case str():
            return Scalar(value, "text", line)
        case _Number(text):
            return Scalar(text, "number", line)
        case None:
            return Scalar("", "nothing", line)
        case _:
            return Scalar("true" if value else "false", "boolean", line)

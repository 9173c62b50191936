"""The arguments of a tool: a small part of JSON Schema, enough for what can stand in a URL."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from jsonschema import Draft202012Validator

from ...knowledge.faults import shown
from ...knowledge.written import Fields, Scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...knowledge.fields import FieldReader
    from ...knowledge.written import Written

MAX_ARGUMENTS_BYTES = 16 * 1024
MAX_TEXT = 500
"""Characters of one argument."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBER_KEYWORDS = ("type", "description", "minimum", "maximum")
_KEYWORDS = {
    "string": ("type", "description", "enum", "pattern", "minLength", "maxLength"),
    "integer": _NUMBER_KEYWORDS,
    "number": _NUMBER_KEYWORDS,
    "boolean": ("type", "description"),
}
_PEOPLE = re.compile(
    r"(user|visitor|customer|member|account|owner|login|shopper|client)(_?(id|name|no|number|key))?|sub"
)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a model may fill in. `schema` is what the model is told; nothing beside it is taken."""

    schema: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.schema["properties"])

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.schema["required"])

    def read(self, text: str) -> dict[str, Any]:
        """The arguments a model wrote. Raises `ValueError` in words for the model."""
        if len(text.encode("utf-8", "replace")) > MAX_ARGUMENTS_BYTES:
            raise ValueError("the arguments are too long")
        try:
            values = json.loads(text, parse_constant=_refuse)
            # half a character and 1e999 are JSON to the reader, and nothing that can be sent on
            json.dumps(values, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError):
            raise ValueError("the arguments are not JSON") from None
        # The schema holds no reference to look up, and a value that is wrong is not repeated: it may be personal.
        for error in Draft202012Validator(self.schema).iter_errors(values):
            where = f"argument '{error.path[0]}'" if error.path else "arguments"
            raise ValueError(f"the {where} must have {error.validator} {json.dumps(error.validator_value)[:200]}")
        assert isinstance(values, dict)
        for name, value in values.items():
            pattern = self.schema["properties"][name].get("pattern")
            if pattern and not re.fullmatch(pattern, value):
                raise ValueError(f"the argument '{name}' must have pattern {json.dumps(pattern)[:200]}")
        return values


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


NO_ARGUMENTS = Arguments({"type": "object", "properties": {}, "required": [], "additionalProperties": False})


def read_arguments(written: Written | None, reader: FieldReader, *, bound: bool) -> Arguments:
    """From `parameters` of a tools file. With `bound`, no argument may look as if it named another visitor."""
    if written is None:
        return NO_ARGUMENTS
    if not isinstance(written, Fields):
        reader.fault(written.line, "'parameters' must be a JSON schema: type, properties, required.")
        return NO_ARGUMENTS
    inner = reader.within("parameters", written)
    inner.refuse_unknown("type", "properties", "required")
    if inner.text("type", limit=20) not in (None, "object"):
        inner.fault(inner.line_of("type"), "'type' must be object.")
    _, properties = written.values.get("properties", (0, Fields({}, written.line)))
    if not isinstance(properties, Fields):
        inner.fault(properties.line, "'properties' must hold one argument a name.")
        return NO_ARGUMENTS
    described = {
        name: _property(name, line, value, inner, bound=bound) for name, (line, value) in properties.values.items()
    }
    required = inner.texts("required", limit=40)
    for name in sorted(set(required) - set(described)):
        inner.fault(inner.line_of("required"), f"'required' names {shown(name)}, which is not among the properties.")
    return Arguments(
        {"type": "object", "properties": described, "required": list(required), "additionalProperties": False}
    )


def _property(name: str, line: int, written: Written, reader: FieldReader, *, bound: bool) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        reader.fault(line, f"{shown(name)} is no name for an argument. Use a-z, 0-9 and _, at most 40 characters.")
    if bound and _PEOPLE.fullmatch(name):
        reader.fault(
            line,
            f"{shown(name)} would let a model name another visitor. Delete it: who asks is told by X-Ondap-Visitor,"
            " or by {visitor} in the url.",
        )
    if not isinstance(written, Fields):
        reader.fault(written.line, f"{shown(name)} must say what it is, such as {{type: string}}.")
        return {}
    inner = reader.within(name, written)
    kind = inner.text("type", limit=20)
    if kind not in _KEYWORDS:
        inner.fault(inner.line_of("type"), f"'type' must be one of {', '.join(_KEYWORDS)}.")
        return {}
    inner.refuse_unknown(*_KEYWORDS[kind])
    return _narrowed(kind, inner)


def _narrowed(kind: str, reader: FieldReader) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": kind}
    if description := reader.text("description", limit=1_000):
        schema["description"] = description
    if kind == "string":
        schema["minLength"] = int(_number("minLength", reader, otherwise=1, lowest=1, highest=MAX_TEXT))
        schema["maxLength"] = int(_number("maxLength", reader, otherwise=200, lowest=1, highest=MAX_TEXT))
        if pattern := reader.text("pattern", limit=200):
            schema["pattern"] = _whole(pattern, reader)
        if choices := reader.texts("enum", limit=MAX_TEXT):
            schema["enum"] = list(choices)
    elif kind in ("integer", "number"):
        for keyword in ("minimum", "maximum"):
            if reader.text(keyword, limit=30) is not None:
                number = _number(keyword, reader, otherwise=0, lowest=-1e15, highest=1e15)
                schema[keyword] = int(number) if number.is_integer() else number
    return schema


def _number(keyword: str, reader: FieldReader, *, otherwise: float, lowest: float, highest: float) -> float:
    text = reader.text(keyword, limit=30)
    if text is None:
        return otherwise
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not lowest <= number <= highest:
        reader.fault(reader.line_of(keyword), f"'{keyword}' must be a number from {lowest:g} to {highest:g}.")
        return otherwise
    return number


def _whole(pattern: str, reader: FieldReader) -> str:
    """JSON Schema looks for a pattern anywhere; an argument has to fit it from end to end, and the model is told so.

    `Arguments.read` sees to it: `^a|b$` has both anchors and neither holds, and `$` lets a line break through.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        reader.fault(reader.line_of("pattern"), f"'pattern' is no regular expression ({error.msg}).")
    if not (pattern.startswith("^") and pattern.endswith("$")):
        reader.fault(reader.line_of("pattern"), "'pattern' must begin with ^ and end with $.")
    return pattern


def is_absent(written: Written | None) -> bool:
    """Whether nothing is written there."""
    return written is None or (isinstance(written, Scalar) and written.kind == "nothing")

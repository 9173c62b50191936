"""Reading what a persona declares: numbers, texts in two languages, names out of a list, plain JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, get_args

from ...knowledge.fields import FieldReader
from ...knowledge.written import Fields, Items, Scalar, Written
from .rules import Locale

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LOCALES: tuple[Locale, ...] = get_args(Locale)
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class DeclaredReader(FieldReader):
    """As `FieldReader`, and what only a persona needs."""

    def inside(self, name: str) -> DeclaredReader | None:
        """A reader for the mapping under `name`; None where nothing is written there."""
        line, value = self._given(name)
        match value:
            case Fields():
                return DeclaredReader(f"{self._subject}: {name}", value, self._faults, outer=self)
            case Scalar(kind="nothing"):
                return None
        self._wrong(name, value, line, "must hold its own fields, indented below it.")
        return None

    def each(self, name: str, *, most: int) -> list[DeclaredReader]:
        """A reader for each mapping in the list under `name`."""
        readers = []
        for number, value in enumerate(self.items(name, most=most), start=1):
            if isinstance(value, Fields):
                readers.append(DeclaredReader(f"{self._subject}: {name} {number}", value, self._faults, outer=self))
            else:
                self._wrong(name, value, value.line, "must be a list of fields.")
        return readers

    def by_locale(self, name: str, *, limit: int) -> dict[str, str]:
        """One text for every language, or one for each under `ko:` and `en:`."""
        if not isinstance(self._given(name)[1], Fields):
            text = self.text(name, limit=limit)
            return dict.fromkeys(LOCALES, text) if text else {}
        reader = self.inside(name)
        if reader is None:
            return {}
        reader.refuse_unknown(*LOCALES)
        return {locale: text for locale in LOCALES if (text := reader.text(locale, limit=limit))}

    def lists_by_locale(self, name: str, *, limit: int) -> dict[str, tuple[str, ...]]:
        reader = self.inside(name)
        if reader is None:
            return {}
        reader.refuse_unknown(*LOCALES)
        return {locale: texts for locale in LOCALES if (texts := reader.texts(locale, limit=limit))}

    def chosen(self, name: str, known: Collection[str]) -> tuple[str, ...] | None:
        """Names out of `known`; None where the field is missing, which is not the same as an empty list."""
        if name not in self._fields.values:
            return None
        chosen = self.texts(name, limit=60)
        for word in chosen:
            if word not in known:
                self.fault(self.line_of(name), f"'{name}' knows no '{word}'. There are: {', '.join(known)}.")
        return chosen

    def number(self, name: str, low: float, high: float) -> float | None:
        """From `low` to `high`."""
        line, value = self._given(name)
        match value:
            case Scalar(kind="nothing"):
                return None
            case Scalar(text=text, kind="word" | "number") if NUMBER.fullmatch(text) and low <= float(text) <= high:
                return float(text)
        self._wrong(name, value, line, f"must be a number from {low:g} to {high:,g}.")
        return None

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        number = self.number(name, low, high)
        if number is not None and number != int(number):
            self.fault(self.line_of(name), f"'{name}' must be a whole number.")
            return None
        return None if number is None else int(number)

    def json(self, name: str) -> Mapping[str, Any] | None:
        """The mapping under `name` as JSON has it: plain words are numbers, true, false, null, and else texts."""
        line, value = self._given(name)
        match value:
            case Fields():
                return dict(_json_fields(value))
            case Scalar(kind="nothing"):
                return None
        self._wrong(name, value, line, "must be a JSON schema, indented below it.")
        return None


def _json(value: Written) -> Any:
    match value:
        case Fields():
            return dict(_json_fields(value))
        case Items(values):
            return [_json(item) for item in values]
        case Scalar(kind="nothing"):
            return None
        case Scalar(text="true" | "false" as word, kind="word"):
            return word == "true"
        case Scalar(text=text, kind="word" | "number") if NUMBER.fullmatch(text):
            return json.loads(text) if not re.match(r"-?0[0-9]", text) else text
        case Scalar(text=text):
            return text


def _json_fields(fields: Fields) -> list[tuple[str, Any]]:
    return [(name, _json(value)) for name, (_, value) in fields.values.items()]

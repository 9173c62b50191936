"""A JSON schema that is checked here and nowhere else: no reference ever leaves the schema itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

MOST_FAULTS = 10
REFERENCES = ("$ref", "$dynamicRef", "$id")
PROBES: tuple[Any, ...] = ({}, [], "", 0, None)
"""One value of each kind, for a schema that would never come to an end with it."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A sound schema of Draft 2020-12; made by `of`."""

    data: Mapping[str, Any]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Schema:
        """Raises `ValueError`, in a sentence for its author, where this is no schema or leaves itself."""
        try:
            Draft202012Validator.check_schema(data)
        except SchemaError as error:
            raise ValueError(f"{_place(error)} is no JSON schema: {error.message}") from error
        _refuse_references_elsewhere(data)
        schema = cls(data)
        try:
            for value in PROBES:
                list(schema._errors(value))
        except RecursionError:
            raise ValueError("a '$ref' leads back to itself before anything is checked. Take it out.") from None
        return schema

    def faults(self, value: Any) -> list[str]:
        """What is wrong with `value`, one sentence each, the first ten; none where it fits.

        The sentences repeat parts of `value`.
        """
        try:
            found = sorted(self._errors(value), key=lambda error: list(map(str, error.absolute_path)))
        except RecursionError:
            return ["$: this is nested too deeply."]
        deepest = (best_match([error]) or error for error in islice(found, MOST_FAULTS))
        return [f"{_place(error)}: {error.message}" for error in deepest]

    def _errors(self, value: Any) -> Iterator[ValidationError]:
        return Draft202012Validator(self.data, registry=Registry()).iter_errors(
            value
        )  # an own registry fetches nothing


def _refuse_references_elsewhere(data: Mapping[str, Any]) -> None:
    whole = Registry().with_resource("", DRAFT202012.create_resource(data)).resolver()
    for place, target in _references(data):
        if place.endswith("$id"):
            raise ValueError(f"{place} gives the schema an address. Take it out: nothing is looked up here.")
        if not isinstance(target, str) or not target.startswith("#"):
            raise ValueError(f"{place} refers to another document. Write what it means here, under '$defs'.")
        try:
            whole.lookup(target)
        except Unresolvable:
            raise ValueError(f"{place} leads nowhere: there is no {target}.") from None


def _references(data: Any, place: str = "$") -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name in REFERENCES:
                yield f"{place}.{name}", value
            yield from _references(value, f"{place}.{name}")
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield from _references(value, f"{place}[{at}]")


def _place(error: Any) -> str:
    path: str = error.json_path
    return path

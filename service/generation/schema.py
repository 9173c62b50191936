"""A JSON schema that is checked here and nowhere else: no reference ever leaves the schema itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_FAULTS = 10
REFERENCES = ("$ref", "$dynamicRef")


@dataclass(frozen=True, slots=True)
class Schema:
    """A sound schema of Draft 2020-12; made by `of`."""

    data: Mapping[str, Any]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Schema:
        """Raises `ValueError`, in a sentence for its author, where this is no schema or refers to another document."""
        for place, target in _references(data):
            if not isinstance(target, str) or not target.startswith("#"):
                raise ValueError(f"{place} refers to another document. Write what it means here, under '$defs'.")
        try:
            Draft202012Validator.check_schema(data)
        except SchemaError as error:
            raise ValueError(f"{_place(error)} is no JSON schema: {error.message}") from error
        return cls(data)

    def faults(self, value: Any) -> list[str]:
        """What is wrong with `value`, one sentence each, the first ten; none where it fits.

        The sentences repeat parts of `value`. Raises `ValueError` where a reference of the schema leads nowhere.
        """
        validator = Draft202012Validator(self.data, registry=Registry())  # an own registry fetches nothing
        try:
            found = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
            return [
                f"{_place(deepest)}: {deepest.message}"
                for error in islice(found, MOST_FAULTS)
                if (deepest := best_match([error]))
            ]
        except Unresolvable as error:
            raise ValueError(f"a reference leads nowhere ({error.ref}).") from error


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

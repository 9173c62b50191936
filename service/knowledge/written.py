"""What an author wrote, before anybody decides what it means: scalars, items and fields with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind = Literal["text", "word", "number", "boolean", "nothing", "refused"]
"""`text` is quoted text. `word` is unquoted YAML: text, a date or a boolean, as its field decides, so that an
answer `yes`, `012` or `2026-01-01` stays what the author typed. `refused` was already reported."""


@dataclass(frozen=True, slots=True)
class Scalar:
    text: str
    kind: Kind
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    values: tuple[Written, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    """Named values; a name stands once."""

    values: dict[str, tuple[int, Written]]
    """name -> (line of the name, its value)"""
    line: int


Written: TypeAlias = Scalar | Items | Fields

"""What is wrong with a FAQ file, gathered line by line so that its author hears of everything at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from ..errors import FaqError

if TYPE_CHECKING:
    from pathlib import Path

SHOWN_FAULTS = 20
SHOWN_CHARACTERS = 60


@dataclass(slots=True)
class Faults:
    """The faults of one file. Every sentence says what is wrong and what to do."""

    path: Path
    _found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, sentence: str) -> None:
        """`line` counts from 1."""
        self._found.append((line, sentence))

    def stop(self, line: int, sentence: str) -> NoReturn:
        """For a fault after which the rest of the file cannot be read."""
        self.add(line, sentence)
        raise self._error()

    def raise_if_any(self) -> None:
        """Raises `FaqError` with one line per fault, in file order, the first 20 of them."""
        if self._found:
            raise self._error()

    def _error(self) -> FaqError:
        ordered = sorted(self._found, key=lambda fault: fault[0])
        lines = [f"{self.path}:{line}: {sentence}" for line, sentence in ordered[:SHOWN_FAULTS]]
        if len(ordered) > SHOWN_FAULTS:
            lines.append(f"{self.path}: and {len(ordered) - SHOWN_FAULTS} more.")
        return FaqError("\n".join(lines))


def shown(text: str) -> str:
    """An author's words inside a message: quoted, short, on one line and with nothing invisible in them."""
    visible = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:SHOWN_CHARACTERS])
    return f"'{visible}…'" if len(text) > SHOWN_CHARACTERS else f"'{visible}'"

"""A persona's file in two parts: what it declares, between two `---` lines, and the prompt behind it."""

from __future__ import annotations

from typing import NamedTuple

from ...errors import PersonaError

BORDER = "---"


class Parts(NamedTuple):
    """Both parts keep the line numbers of the file: what does not belong to a part is empty lines in it."""

    declared: str
    prompt: str


def split(text: str, *, called: str) -> Parts:
    """`declared` is empty where the text does not begin with `---`. Raises `PersonaError` where that never ends."""
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[0].rstrip() != BORDER:
        return Parts("", "\n".join(lines))
    end = next((at for at, line in enumerate(lines[1:], start=1) if line.rstrip() == BORDER), None)
    if end is None:
        raise PersonaError(f"{called}:1: the part that begins with '---' never ends. Close it with a line '---'.")
    return Parts("\n".join(["", *lines[1:end]]), "\n" * (end + 1) + "\n".join(lines[end + 1 :]))

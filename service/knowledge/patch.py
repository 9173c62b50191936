"""Two versions of a text as a unified diff that `git apply` and `patch -p1` take."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import PurePath

CONTEXT_LINES = 3
_NEEDS_QUOTES = re.compile(r'["\\\x00-\x1f\x7f]')


def as_patch(path: PurePath, before: str, after: str) -> str:
    """Empty where nothing changed. `path` is as whoever applies it will see the file, from the folder they are in."""
    old, new = _lines(before), _lines(after)
    hunks = [line for group in _changes(old, new) for line in _hunk(old, new, group)]
    if not hunks:
        return ""
    name = path.as_posix().lstrip("/")
    return "".join((f"--- {_name('a', name)}\n", f"+++ {_name('b', name)}\n", *hunks))


_Change = tuple[str, int, int, int, int]


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterable[list[_Change]]:
    return difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT_LINES)


def _hunk(old: Sequence[str], new: Sequence[str], changes: Sequence[_Change]) -> Iterator[str]:
    (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = changes[0], changes[-1]
    yield f"@@ -{_range(old_start, old_end)} +{_range(new_start, new_end)} @@\n"
    for kind, from_old, to_old, from_new, to_new in changes:
        if kind == "equal":
            yield from (_line(" ", line) for line in old[from_old:to_old])
        else:
            yield from (_line("-", line) for line in old[from_old:to_old])
            yield from (_line("+", line) for line in new[from_new:to_new])


def _range(start: int, end: int) -> str:
    """Lines count from 1; before the first of an empty range stands the one above it."""
    count = end - start
    return f"{start + 1 if count else start},{count}"


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines with their ends. Only \\n ends one, as in git: a phrasing may hold what Unicode calls a line break."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _name(side: str, name: str) -> str:
    if _NEEDS_QUOTES.search(name):
        return '"' + _NEEDS_QUOTES.sub(lambda found: f"\\{ord(found[0]):03o}", f"{side}/{name}") + '"'
    return f"{side}/{name}\t" if " " in name else f"{side}/{name}"  # a tab ends a name with spaces in it

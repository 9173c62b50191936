"""Rules about the days on which an entry answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .finding import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .finding import Look

SOON_DAYS = 14


def expired(look: Look) -> Iterator[Found]:
    for entry in look.entries:
        if entry.valid_until and entry.valid_until < look.today:
            ago = _days((look.today - entry.valid_until).days)
            yield Found(look.lines(entry.id).valid_until, entry.id, f"its last day was {entry.valid_until}, {ago} ago.")


def expires_soon(look: Look) -> Iterator[Found]:
    for entry in look.entries:
        if entry.valid_until and 0 <= (left := (entry.valid_until - look.today).days) <= SOON_DAYS:
            when = f"in {_days(left)}" if left else "today"
            yield Found(look.lines(entry.id).valid_until, entry.id, f"its last day is {entry.valid_until}, {when}.")


def not_yet_valid(look: Look) -> Iterator[Found]:
    for entry in look.entries:
        if entry.valid_from and entry.valid_from > look.today:
            wait = _days((entry.valid_from - look.today).days)
            yield Found(look.lines(entry.id).valid_from, entry.id, f"it begins on {entry.valid_from}, in {wait}.")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"

"""How commands speak: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console

from ..errors import BuildInProgress, OndapError
from ..settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..settings import Settings

out = Console()
err = Console(stderr=True, highlight=False)

WRONG = 2
"""Exit status for a mistake somebody can fix: a setting, a file, a damaged index."""
BUSY = 3
"""Exit status when another process is building the index."""


def fail(message: str, status: int = WRONG) -> NoReturn:
    err.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(status)


@contextmanager
def explained() -> Iterator[None]:
    """Errors of ours end the command with their one line, not with a traceback."""
    try:
        yield
    except BuildInProgress as error:
        fail(str(error), BUSY)
    except OndapError as error:
        fail(str(error))


def settings_or_exit(**overrides: Any) -> Settings:
    with explained():
        return load_settings(**overrides)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def plain(text: str) -> str:
    """One line without control characters or markup: a terminal must not obey what a visitor typed."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line.replace("[", r"\[")


def money(usd: float, *, krw_per_usd: float) -> str:
    """Such as `$0.0123 (₩17)`: four digits below a dollar, where most answers cost less than a cent."""
    digits = 2 if usd >= 1 or usd == 0 else 4
    return f"${usd:,.{digits}f} (₩{usd * krw_per_usd:,.0f})"

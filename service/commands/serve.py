"""`ondap serve`: build what is missing, listen, say where."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..conversation.privacy import mask
from ..errors import FaqError
from ..logs import configure_logging
from ..retrieval.build import Build, index_storage
from ..retrieval.freshness import is_withdrawn, looks_current
from ..retrieval.recipe import configured_recipes
from ..web.security import admin_token
from .console import WRONG, err, explained, fail, settings_or_exit

if TYPE_CHECKING:
    from ..settings import Settings


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = None,
    faq: Annotated[Path | None, typer.Option(help="The FAQ, .yaml or .jsonl.")] = None,
    var: Annotated[Path | None, typer.Option(help="Where index, database and secrets are kept.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
) -> None:
    """Serve the FAQ, its widget and a demo page; the index is built first when it is missing or stale.

    Examples: `ondap serve`, `ondap serve --port 9000`, `ondap serve --faq shop.yaml --var /srv/ondap`.
    """
    settings = settings_or_exit(host=host, port=port, faq_path=faq, var_dir=var, log_level=log_level)
    with explained():
        _prepare_index(settings)
        _, made = admin_token(settings)
        if made:
            _show_once(made)
        configure_logging(settings.log_level, mask=mask)
        from ..web.server import serve as run  # the web takes half a second that building need not wait for

        started = run(settings, when_ready=_greet)
    if not started:
        raise typer.Exit(1)


def _prepare_index(settings: Settings) -> None:
    """Build the index when it is due. What was published before serves on when that is not possible."""
    try:
        if asyncio.run(_looks_current(settings)):
            return
        if is_withdrawn(settings.faq_path, settings.var_dir):
            said = f"{settings.faq_path} was rolled back from. Mend it; `ondap reindex` publishes it as it is."
            _go_on_or_exit(settings, said, WRONG)
            return
    except FaqError as error:
        _go_on_or_exit(settings, str(error), WRONG)
        return
    # In a process of its own, so that the memory that building takes is given back before we serve.
    # -P and the path: a folder named `service` where we were started is not us.
    command = [sys.executable, "-P", "-m", "service", "reindex"]
    options = ["--faq", str(settings.faq_path), "--var", str(settings.var_dir)]
    ours = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    built = subprocess.run([*command, *options], check=False, env=ours)  # noqa: S603 - our own command
    if built.returncode:
        _go_on_or_exit(settings, "The index could not be built.", built.returncode)


async def _looks_current(settings: Settings) -> bool:
    async with configured_recipes(settings) as recipes:
        return looks_current(Build.configured(settings, recipes))


def _go_on_or_exit(settings: Settings, reason: str, status: int) -> None:
    if not index_storage(settings.var_dir).published():
        fail(reason, status)
    err.print(f"{reason}\nThe index that was built before serves on.", style="yellow", markup=False, soft_wrap=True)


def _greet(url: str) -> None:
    embed = f'Embed it:    <script src="{url}/widget.js" defer></script>'
    err.print(f"\nOndap answers at {url}   (Ctrl-C stops it)\n{embed}\n", markup=False, soft_wrap=True)


def _show_once(token: str) -> None:
    """At once: should the service not come to listen, the token would be lost."""
    shown = f"Admin token: {token}   (shown this once; `ondap admin-token` makes a new one)"
    err.print(shown, markup=False, soft_wrap=True)

"""`ondap serve`: build what is missing, listen, say where."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..conversation.privacy import mask
from ..errors import OndapError
from ..logs import configure_logging
from ..web.security import admin_token
from .building import build_index
from .console import err, explained, settings_or_exit

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
        configure_logging(settings.log_level, mask=mask)
        from ..web.server import serve as run  # the web takes half a second that building need not wait for

        started = run(settings, when_ready=lambda url: _greet(url, made))
    if not started:
        raise typer.Exit(1)


def _prepare_index(settings: Settings) -> None:
    """Build the index when it is due. What was published before serves on when that is not possible."""
    from ..retrieval.building import index_storage

    try:
        asyncio.run(build_index(settings))
    except OndapError as error:
        if not index_storage(settings.var_dir).published():
            raise
        err.print(f"{error}\nThe index that was built before serves on.", style="yellow", markup=False, soft_wrap=True)


def _greet(url: str, made_token: str | None) -> None:
    lines = [
        "",
        f"Ondap answers at {url}   (Ctrl-C stops it)",
        f'Embed it:    <script src="{url}/widget.js" defer></script>',
    ]
    if made_token:
        lines.append(f"Admin token: {made_token}   (shown this once; `ondap admin-token` makes a new one)")
    err.print("\n".join([*lines, ""]), markup=False, soft_wrap=True)

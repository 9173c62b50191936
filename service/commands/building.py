"""Building the index with something to look at while it takes long."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..retrieval.building import Build, BuildResult, reindex
from ..retrieval.recipe import configured_recipes
from ..retrieval.retriever import today_in
from .console import err

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..retrieval.caching import Progress as OnProgress
    from ..settings import Settings

QUIET_SECONDS = 1.0
"""A build that is over by then needs no bar."""


async def build_index(settings: Settings, *, force: bool = False) -> BuildResult:
    """Publish an index of the FAQ unless the published one is up to date, with a bar on a terminal."""
    async with configured_recipes(settings, building=True) as recipes:
        with _bar() as on_progress:
            build = replace(
                Build.configured(settings, recipes), on_progress=on_progress, today=today_in(settings.time_zone)
            )
            return await reindex(build, force=force)


@contextmanager
def _bar() -> Iterator[OnProgress]:
    columns = (TextColumn("Embedding the FAQ"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("embedding", visible=False)
        began = time.monotonic()

        def on_progress(done: int, total: int) -> None:
            shown = time.monotonic() - began > QUIET_SECONDS
            progress.update(task, completed=done, total=total, visible=shown)

        yield on_progress

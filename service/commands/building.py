"""Building the index with something to look at while it takes long."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..retrieval.building import Build, BuildResult, cache_dir, index_storage, reindex
from ..retrieval.live import LiveIndex
from ..retrieval.recipe import configured_recipes
from ..retrieval.retriever import Retriever, today_in
from .console import err

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from ..retrieval.caching import Progress as OnProgress
    from ..retrieval.recipe import Recipe
    from ..settings import Settings

QUIET_SECONDS = 1.0
"""A build that is over by then needs no bar."""


async def build_index(settings: Settings, *, force: bool = False) -> BuildResult:
    """Publish an index of the FAQ unless the published one is up to date, with a bar on a terminal."""
    async with configured_recipes(settings, building=True) as recipes:
        with _bars() as (on_progress, on_trial):
            build = replace(
                Build.configured(settings, recipes),
                on_progress=on_progress,
                on_trial=on_trial,
                today=today_in(settings.time_zone),
            )
            return await reindex(build, force=force)


@dataclass(frozen=True, slots=True)
class Trial:
    """An index of the FAQ as the file is now, that nobody is served from, and how it was made."""

    retriever: Retriever
    recipes: Mapping[str, Recipe]


@asynccontextmanager
async def trial_index(settings: Settings) -> AsyncIterator[Trial]:
    """Builds it; the published one is left alone. What had to be embedded is kept for the next build."""
    with TemporaryDirectory() as scratch:
        async with configured_recipes(settings, building=True) as recipes:
            with (
                _bars() as (on_progress, on_trial),
                index_storage(settings.var_dir).lock(),
            ):  # the cache belongs to one builder
                await reindex(
                    Build(
                        settings.faq_path,
                        Path(scratch),
                        recipes,
                        batch_size=settings.embed_batch_size,
                        cache_dir=cache_dir(settings.var_dir),
                        on_progress=on_progress,
                        on_trial=on_trial,
                    )
                )
            live = LiveIndex(index_storage(Path(scratch)), recipes, settings.faq_path)
            await live.start()
            today = today_in(settings.time_zone)
            yield Trial(Retriever(live, recipes, threshold=settings.threshold, today=today), recipes)


@contextmanager
def _bars() -> Iterator[tuple[OnProgress, OnProgress]]:
    """One for what is embedded and one for what is tried to calibrate, each shown where it takes long."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield _bar(progress, "Embedding the FAQ"), _bar(progress, "Calibrating")


def _bar(progress: Progress, name: str) -> OnProgress:
    task = progress.add_task(name, visible=False)
    began = time.monotonic()

    def on_progress(done: int, total: int) -> None:
        shown = time.monotonic() - began > QUIET_SECONDS
        progress.update(task, completed=done, total=total, visible=shown)

    return on_progress

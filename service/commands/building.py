"""Building the index with something to look at while it takes long."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..errors import SettingsError
from ..retrieval.build import Build, cache_dir, index_storage
from ..retrieval.building import BuildResult, reindex
from ..retrieval.cache import open_cache
from ..retrieval.contents import API, OFFLINE
from ..retrieval.leaving_out import texts_for_trials, trials
from ..retrieval.live import LiveIndex
from ..retrieval.making import caching
from ..retrieval.recipe import configured_recipes
from ..retrieval.retriever import Retriever, today_in
from .console import err

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from ..knowledge.entry import FaqEntry
    from ..retrieval.caching import Progress as OnProgress
    from ..retrieval.leaving_out import Trial
    from ..retrieval.recipe import Recipe
    from ..retrieval.snapshot import Snapshot
    from ..settings import Settings

EmbedderName: TypeAlias = Literal["offline", "api"]

QUIET_SECONDS = 1.0
"""A build that is over by then needs no bar."""


async def build_index(settings: Settings, *, force: bool = False) -> BuildResult:
    """Publish an index of the FAQ unless the published one is up to date, with a bar on a terminal."""
    async with configured_recipes(settings, building=True) as recipes:
        with building_bars() as (on_progress, on_trial):
            build = replace(
                Build.configured(settings, recipes),
                on_progress=on_progress,
                on_trial=on_trial,
                today=today_in(settings.time_zone),
            )
            return await reindex(build, force=force)


@dataclass(frozen=True, slots=True)
class Scratch:
    """An index of the FAQ as the file is now, that nobody is served from, and how it was made."""

    retriever: Retriever
    snapshot: Snapshot
    recipes: Mapping[str, Recipe]
    cache: Path
    batch_size: int

    async def trials(self, entries: Sequence[FaqEntry], *, part: str | None = None) -> list[Trial]:
        """Every phrasing of some other FAQ asked without itself, by the recipe of `part`, else by the one asked first.

        Each text is embedded once, however many FAQs it is in. Raises `UpstreamError`.
        """
        part = part or next(iter(self.recipes))
        recipe = self.recipes[part]
        count = sum(len(entry.phrasings) for entry in entries)
        with open_cache(self.cache) as cache:
            embedder = caching(recipe.embedder, cache, part=part, batch_size=self.batch_size)
            vectors = await embedder.embed(texts_for_trials(entries, most=count))
        return trials(entries, vectors, analysis=recipe.analysis(recipe.synonyms.load()), most=count)


@asynccontextmanager
async def scratch_index(settings: Settings, *, embedder: EmbedderName | None = None) -> AsyncIterator[Scratch]:
    """Builds it; the published one is left alone. What had to be embedded is kept for the next build.

    It is calibrated by its FAQ alone: a threshold that had heard the labels of questions would be judged by itself.
    `embedder` chooses among those configured, else all are there and the first is asked first.
    """
    with TemporaryDirectory() as folder:
        async with configured_recipes(settings, building=True) as configured:
            recipes = _chosen(configured, embedder)
            build = Build(
                settings.faq_path,
                Path(folder),
                recipes,
                target=settings.target,
                batch_size=settings.embed_batch_size,
                cache_dir=cache_dir(settings.var_dir),
            )
            # the cache belongs to one builder at a time
            with building_bars() as (on_progress, on_trial), index_storage(settings.var_dir).lock():
                await reindex(replace(build, on_progress=on_progress, on_trial=on_trial))
            live = LiveIndex(index_storage(Path(folder)), recipes, settings.faq_path)
            await live.start()
            today = today_in(settings.time_zone)
            yield Scratch(
                Retriever(live, recipes, threshold=settings.threshold, today=today),
                live.snapshot,
                recipes,
                cache=Path(folder) / "trials.sqlite",  # of its own: whoever builds meanwhile has the other one
                batch_size=settings.embed_batch_size,
            )


def _chosen(configured: Mapping[str, Recipe], embedder: EmbedderName | None) -> Mapping[str, Recipe]:
    if embedder == "offline":
        return {OFFLINE: configured[OFFLINE]}
    if embedder == "api" and API not in configured:
        raise SettingsError("ONDAP_EMBED_BASE_URL is missing: --embedder api has no endpoint to ask.")
    return configured


@contextmanager
def building_bars() -> Iterator[tuple[OnProgress, OnProgress]]:
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

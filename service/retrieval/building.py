"""From the FAQ file to a published index version, embedding only what has changed.

Disabled entries are left out. Entries with dates are embedded whatever the day: `FaqIndex.search` leaves those that
are not live out on the day of the question.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from ..errors import FaqError, IndexRefused, IndexUnavailable, UpstreamUnavailable
from ..knowledge.faq import load_faq
from ..knowledge.source import read_source
from ..knowledge.synonyms import NO_SYNONYMS
from ..settings import EMBED_BATCH_SIZE
from .cache import open_cache
from .caching import CachingEmbedder
from .contents import API, Content, Part, Probes
from .files import refused
from .index import FaqIndex
from .snapshot import open_snapshot, prove, synonyms_of
from .storage import IndexStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ..knowledge.faq import Faq, FaqEntry
    from .caching import Progress
    from .recipe import Recipe
    from .snapshot import Snapshot

PROBES = ("배송은 얼마나 걸리나요?", "How do I return an item?", "비밀번호 reset 메일이 안 와요")
API_CONCURRENCY = 4
"""Requests under way at once: each mostly waits for the network, and providers limit how many there may be."""
OFFLINE_BATCH = 512
"""Texts between two commits of the cache: what a killed build loses of them costs nothing but a moment."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """`published` is false when the version that served already is up to date. `embedded` and `reused` count texts.

    `warnings` are what the FAQ's author should look at, a line each.
    """

    version: str
    published: bool
    entries: int
    phrasings: int
    embedded: int = 0
    reused: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, version: str, entries: Sequence[FaqEntry], *, published: bool) -> Self:
        return cls(version, published, len(entries), sum(len(entry.phrasings) for entry in entries))


@dataclass(frozen=True, slots=True)
class Build:
    """What one run is to do and whom it tells.

    `batch_size` counts texts in one API request. Vectors are cached under `var_dir` where no `cache_dir` is named.
    `on_step` hears of each step after it was made.
    """

    faq_path: Path
    var_dir: Path
    recipes: Mapping[str, Recipe]
    batch_size: int = EMBED_BATCH_SIZE
    cache_dir: Path | None = None
    on_progress: Progress = lambda done, total: None
    on_step: Callable[[str], None] = lambda name: None

    @property
    def storage(self) -> IndexStorage:
        return index_storage(self.var_dir)

    @property
    def cache_path(self) -> Path:
        return (self.cache_dir or cache_dir(self.var_dir)) / "embeddings.sqlite"


def index_storage(var_dir: Path) -> IndexStorage:
    return IndexStorage(var_dir / "index")


def cache_dir(var_dir: Path) -> Path:
    return var_dir / "cache"


def why_stale(faq_path: Path, var_dir: Path, recipes: Mapping[str, Recipe]) -> str | None:
    """One line that says why a build is due; None while the published version is whole and made from these very files.

    Asks no embedder. Raises `FaqError` when the FAQ or the synonyms cannot be read.
    """
    try:
        _up_to_date(faq_path, index_storage(var_dir), recipes)
    except (IndexRefused, IndexUnavailable) as reason:
        return str(reason)
    return None


def looks_current(faq_path: Path, var_dir: Path, recipes: Mapping[str, Recipe]) -> bool:
    """Whether the published version is undamaged and was made from this very FAQ and synonyms by these embedders.

    Cheaper than `why_stale`, because it loads no Korean model. Raises `FaqError` when one of the files cannot be read.
    """
    digest = read_source(faq_path).digest
    storage = index_storage(var_dir)
    try:
        content = storage.read(storage.current(), parts=recipes.keys())
    except (IndexRefused, IndexUnavailable):
        return False
    try:
        made_by = {
            name: (part.embedder, part.facts.get("analysis"), synonyms_of(part).digest)
            for name, part in content.parts.items()
        }
    except ValueError:
        return False
    wanted = {
        name: (recipe.embedder.id, recipe.analysis(NO_SYNONYMS).id, recipe.synonyms.digest())
        for name, recipe in recipes.items()
    }
    return content.faq_digest == digest and made_by == wanted


def is_withdrawn(faq_path: Path, var_dir: Path) -> bool:
    """Whether the FAQ still is one that was rolled back from, so that only a person should publish it again.

    Raises `FaqError` when the FAQ cannot be read, `IndexRefused` or `IndexUnavailable` when the index cannot.
    """
    storage = index_storage(var_dir)
    digest = read_source(faq_path).digest
    return digest in storage.withdrawn() and storage.describe(storage.current()).faq.sha256 != digest


def rollback(var_dir: Path) -> str:
    """Lets the version before the current one serve again and returns its name.

    Raises `IndexUnavailable` when there is none, `IndexRefused` when it is damaged, `BuildInProgress`, and
    `OperatorError` when the disk fails us.
    """
    storage = index_storage(var_dir)
    with storage.lock():
        return storage.rollback()


async def reindex(build: Build, *, force: bool = False) -> BuildResult:
    """Publishes a new version, unless nothing has changed and `force` is not set.

    While the endpoint is away a FAQ that is not published yet is published with its offline part alone, and a warning:
    visitors are answered offline then in any case, and so they are with the new text.

    Raises `FaqError`, `UpstreamError` (what was embedded until then is kept for the next run), `BuildInProgress`, and
    `OperatorError` when the disk fails us. After any of them the version that served before serves on.
    """
    started = time.perf_counter()
    with build.storage.lock():
        build.storage.remove_drafts()
        build.on_step("locked")
        result = None if force else await _nothing_to_do(build)
        if result is None:
            result = await _publish_new(build, load_faq(build.faq_path))
        build.storage.remove_unpublished()
        build.on_step("tidied")
    return replace(result, seconds=round(time.perf_counter() - started, 3))


async def _nothing_to_do(build: Build) -> BuildResult | None:
    """The version that serves, where a build would only make it again."""
    try:
        current = _up_to_date(build.faq_path, build.storage, build.recipes)
        await prove(current, build.recipes)
    except (IndexRefused, IndexUnavailable):
        return None  # a build is what mends it
    except UpstreamUnavailable:
        pass  # an endpoint that is away cannot show that it has changed
    return BuildResult.of(current.version, current.entries, published=False)


def _up_to_date(faq_path: Path, storage: IndexStorage, recipes: Mapping[str, Recipe]) -> Snapshot:
    """What serves now. Raises `IndexRefused` or `IndexUnavailable` where a build would make something else."""
    digest = read_source(faq_path).digest
    snapshot = open_snapshot(storage, storage.current(), recipes)
    if snapshot.faq_digest != digest:
        raise refused(snapshot.version, f"is out of date: {faq_path} has changed since it was built")
    for recipe in recipes.values():
        if snapshot.synonyms_digest != recipe.synonyms.digest():
            what = f"is out of date: {recipe.synonyms.path} has changed since it was built"
            raise refused(snapshot.version, what)
    if snapshot.lacks_api:
        raise IndexRefused(snapshot.lacks_api)
    _ = snapshot.offline  # beside an endpoint it has to fit too
    return snapshot


async def _publish_new(build: Build, faq: Faq) -> BuildResult:
    entries = tuple(entry for entry in faq.entries if entry.enabled)
    if not entries:
        raise FaqError(f"{faq.path}: no entry is enabled. Enable at least one.")
    made = await _made(build, faq, entries)
    content = Content(datetime.now(UTC), faq.path.name, faq.digest, entries, made.parts)
    version = build.storage.write(content, on_step=build.on_step)
    build.storage.publish(version)
    build.on_step("published")
    return replace(
        BuildResult.of(version, entries, published=True),
        embedded=made.embedded,
        reused=made.reused,
        warnings=(*faq.warnings, *made.warnings),
    )


@dataclass(slots=True)
class _Made:
    """The parts so far by name, and how many texts of the entries were embedded for them and how many were known."""

    parts: dict[str, Part] = field(default_factory=dict)
    embedded: int = 0
    reused: int = 0
    warnings: list[str] = field(default_factory=list)


async def _made(build: Build, faq: Faq, entries: Sequence[FaqEntry]) -> _Made:
    made = _Made()
    synonyms = {name: recipe.synonyms.load() for name, recipe in build.recipes.items()}  # a fault in them costs nothing
    with open_cache(build.cache_path) as cache:
        for name, recipe in build.recipes.items():
            embedder = CachingEmbedder(
                recipe.embedder,
                cache,
                batch_size=build.batch_size if name == API else OFFLINE_BATCH,
                concurrency=API_CONCURRENCY if name == API else 1,
                on_progress=build.on_progress,
            )
            try:
                vectors = await embedder.embed(FaqIndex.texts(entries))
                embedded, reused = embedder.embedded, embedder.reused
                probes = Probes(PROBES, await embedder.embed(PROBES))
            except UpstreamUnavailable as error:
                if _is_published(build, faq.digest):
                    raise
                made.warnings.append(f"{error} Until `ondap reindex` is run again the offline index answers alone.")
                continue
            build.on_step(f"embedded {name}")
            index = FaqIndex.build(entries, vectors, analysis=recipe.analysis(synonyms[name]))
            made.parts[name] = Part(embedder.id, index.arrays, index.facts, probes)
            made.embedded, made.reused = made.embedded + embedded, made.reused + reused
    return made


def _is_published(build: Build, digest: str) -> bool:
    """Whether what serves can answer from this very FAQ, at least offline."""
    try:
        snapshot = open_snapshot(build.storage, build.storage.current(), build.recipes)
        _ = snapshot.offline
    except (IndexRefused, IndexUnavailable):
        return False
    return snapshot.faq_digest == digest

"""From the FAQ file to a published index version, embedding only what has changed.

Disabled entries are left out. Entries with dates are embedded whatever the day: `FaqIndex.search` leaves those that
are not live out on the day of the question.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from ..errors import FaqError, IndexRefused, IndexUnavailable, SettingsError, UpstreamUnavailable
from ..knowledge.faq import load_faq
from ..knowledge.lint.linting import counted, lint
from ..knowledge.source import read_source
from ..knowledge.synonyms import NO_SYNONYMS
from ..settings import EMBED_BATCH_SIZE
from .cache import open_cache
from .caching import CachingEmbedder
from .calibrating import learn, questions_digest, read_questions
from .calibration import TARGET
from .contents import API, Content, Part, Probes
from .files import refused
from .hearing import heard
from .index import FaqIndex
from .snapshot import open_snapshot, prove, synonyms_of
from .storage import IndexStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ..knowledge.faq import Faq, FaqEntry
    from ..knowledge.lint.finding import Heard, Severity
    from ..settings import Settings
    from .caching import Progress
    from .evaluation import Labelled
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

    `warnings` are what an operator should know, a line each. `findings` counts what `ondap lint` would tell the FAQ's
    author; None where nothing was published.
    """

    version: str
    published: bool
    entries: int
    phrasings: int
    embedded: int = 0
    reused: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    findings: Mapping[Severity, int] | None = None

    @classmethod
    def of(cls, version: str, entries: Sequence[FaqEntry], *, published: bool) -> Self:
        return cls(version, published, len(entries), sum(len(entry.phrasings) for entry in entries))


@dataclass(frozen=True, slots=True)
class Build:
    """What one run is to do and whom it tells.

    `questions_path` may name labelled questions, which then help to calibrate; `target` is the share of direct answers
    that should be right. `batch_size` counts texts in one API request. Vectors are cached under `var_dir` where no
    `cache_dir` is named. `today` is the day by which entries begin and end. `on_progress` counts texts
    that are embedded, `on_trial` phrasings that are tried to calibrate; `on_step` hears of each step after it was made.
    """

    faq_path: Path
    var_dir: Path
    recipes: Mapping[str, Recipe]
    questions_path: Path | None = None
    target: float = TARGET
    batch_size: int = EMBED_BATCH_SIZE
    cache_dir: Path | None = None
    today: Callable[[], date] = date.today
    on_progress: Progress = lambda done, total: None
    on_trial: Progress = lambda done, total: None
    on_step: Callable[[str], None] = lambda name: None

    @classmethod
    def configured(cls, settings: Settings, recipes: Mapping[str, Recipe]) -> Self:
        """Raises `SettingsError` where labelled questions are named that are not there."""
        path = settings.questions_path
        if "questions_path" in settings.model_fields_set and not path.exists():
            raise SettingsError(f"ONDAP_QUESTIONS_PATH: there is no {path}. Name the file, or remove the setting.")
        return cls(
            settings.faq_path,
            settings.var_dir,
            recipes,
            questions_path=path,
            target=settings.target,
            batch_size=settings.embed_batch_size,
        )

    @property
    def storage(self) -> IndexStorage:
        return index_storage(self.var_dir)

    @property
    def cache_path(self) -> Path:
        return (self.cache_dir or cache_dir(self.var_dir)) / "embeddings.sqlite"

    @property
    def questions_digest(self) -> str | None:
        """None where there is no file of labelled questions. Raises `FaqError` when there is one we may not read."""
        return questions_digest(self.questions_path)


def index_storage(var_dir: Path) -> IndexStorage:
    return IndexStorage(var_dir / "index")


def cache_dir(var_dir: Path) -> Path:
    return var_dir / "cache"


def why_stale(build: Build) -> str | None:
    """One line that says why a build is due; None while the published version is whole and what it would make.

    Asks no embedder. Raises `FaqError` when the FAQ or the synonyms cannot be read.
    """
    try:
        _up_to_date(build)
    except (IndexRefused, IndexUnavailable) as reason:
        return str(reason)
    return None


def looks_current(build: Build) -> bool:
    """Whether the published version is undamaged and was made from these very files by these embedders.

    Cheaper than `why_stale`, because it loads no Korean model. Raises `FaqError` when one of the files cannot be read.
    """
    digest = read_source(build.faq_path).digest
    try:
        content = build.storage.read(build.storage.current(), parts=build.recipes.keys())
    except (IndexRefused, IndexUnavailable):
        return False
    try:
        made_by = {
            name: (part.embedder, part.facts.get("analysis"), synonyms_of(part).digest, part.calibration.target)
            for name, part in content.parts.items()
        }
    except ValueError:
        return False
    wanted = {
        name: (recipe.embedder.id, recipe.analysis(NO_SYNONYMS).id, recipe.synonyms.digest(), build.target)
        for name, recipe in build.recipes.items()
    }
    made_from = (content.faq_digest, content.questions_digest)
    return made_from == (digest, build.questions_digest) and made_by == wanted


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
        current = _up_to_date(build)
        await prove(current, build.recipes)
    except (IndexRefused, IndexUnavailable):
        return None  # a build is what mends it
    except UpstreamUnavailable:
        pass  # an endpoint that is away cannot show that it has changed
    return BuildResult.of(current.version, current.entries, published=False)


def _up_to_date(build: Build) -> Snapshot:
    """What serves now. Raises `IndexRefused` or `IndexUnavailable` where a build would make something else."""
    digest = read_source(build.faq_path).digest
    snapshot = open_snapshot(build.storage, build.storage.current(), build.recipes)
    if snapshot.faq_digest != digest:
        raise refused(snapshot.version, f"is out of date: {build.faq_path} has changed since it was built")
    if snapshot.questions_digest != build.questions_digest:
        raise refused(snapshot.version, f"is out of date: {build.questions_path} has changed since it was built")
    for calibration in snapshot.calibrations.values():
        if calibration.target != build.target:
            what = f"was calibrated for a target of {calibration.target:g}, and {build.target:g} is configured"
            raise refused(snapshot.version, what)
    for recipe in build.recipes.values():
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
    heard = build.questions_digest
    made = await _made(build, faq, entries)
    content = Content(datetime.now(UTC), faq.path.name, faq.digest, entries, made.parts, heard)
    version = build.storage.write(content, on_step=build.on_step)
    build.storage.publish(version)
    build.on_step("published")
    return replace(
        BuildResult.of(version, entries, published=True),
        embedded=made.embedded,
        reused=made.reused,
        warnings=tuple(made.warnings),
        findings=counted(lint(faq, today=build.today(), heard=made.heard)),
    )


@dataclass(slots=True)
class _Made:
    """The parts so far by name, and how many texts of the entries were embedded for them and how many were known."""

    labelled: Sequence[Labelled]
    parts: dict[str, Part] = field(default_factory=dict)
    embedded: int = 0
    reused: int = 0
    warnings: list[str] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    """What each phrasing finds without itself, by the embedder that is asked first."""


async def _made(build: Build, faq: Faq, entries: Sequence[FaqEntry]) -> _Made:
    made = _Made(read_questions(build.questions_path, faq.entries))
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
                build.on_step(f"embedded {name}")
                analysis = recipe.analysis(synonyms[name])
                cutting = analysis.cutting()
                index = FaqIndex.build(entries, vectors, analysis=analysis, cutting=cutting)
                learned = await learn(
                    index,
                    embedder,
                    analysis,
                    labelled=made.labelled,
                    target=build.target,
                    cutting=cutting,
                    on_progress=build.on_trial,
                )
            except UpstreamUnavailable as error:
                if _is_published(build, faq.digest):
                    raise
                made.warnings.append(f"{error} Until `ondap reindex` is run again the offline index answers alone.")
                continue
            build.on_step(f"calibrated {name}")
            made.parts[name] = Part(embedder.id, index.arrays, index.facts, probes, learned.calibration)
            made.heard = made.heard or heard(learned.trials, calibration=learned.calibration)
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

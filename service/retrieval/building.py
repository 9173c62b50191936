"""From the FAQ file to a published index version, embedding only what has changed.

Disabled entries are left out. Entries with dates are embedded whatever the day: `FaqIndex.search` leaves those that
are not live out on the day of the question.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from ..errors import IndexRefused, IndexUnavailable, UpstreamUnavailable
from ..knowledge.faq import load_faq
from ..knowledge.lint.linting import counted, lint
from .build import index_storage
from .cache import open_cache
from .contents import Content
from .freshness import up_to_date
from .hearing import heard
from .making import enabled, make_part
from .snapshot import open_snapshot, prove

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..knowledge.faq import Faq, FaqEntry
    from ..knowledge.lint.finding import Severity
    from .build import Build
    from .making import MadePart


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
        current = up_to_date(build)
        await prove(current, build.recipes)
    except (IndexRefused, IndexUnavailable):
        return None  # a build is what mends it
    except UpstreamUnavailable:
        pass  # an endpoint that is away cannot show that it has changed
    return BuildResult.of(current.version, current.entries, published=False)


async def _publish_new(build: Build, faq: Faq) -> BuildResult:
    entries, questions = enabled(faq), build.questions_digest
    made, warnings = await _made(build, faq)
    parts = {name: each.part for name, each in made.items()}
    content = Content(datetime.now(UTC), faq.path.name, faq.digest, entries, parts, questions)
    version = build.storage.write(content, on_step=build.on_step)
    build.storage.publish(version)
    build.on_step("published")
    first = next(iter(made.values())).learned
    findings = lint(faq, today=build.today(), heard=heard(first.trials, calibration=first.calibration))
    return replace(
        BuildResult.of(version, entries, published=True),
        embedded=sum(each.embedded for each in made.values()),
        reused=sum(each.reused for each in made.values()),
        warnings=tuple(warnings),
        findings=counted(findings),
    )


async def _made(build: Build, faq: Faq) -> tuple[dict[str, MadePart], list[str]]:
    """The parts by name, and what an operator should know of those that could not be made."""
    made: dict[str, MadePart] = {}
    warnings: list[str] = []
    with open_cache(build.cache_path) as cache:
        for name in build.recipes:
            try:
                made[name] = await make_part(build, name, faq, cache)
            except UpstreamUnavailable as error:
                if _is_published(build, faq.digest):
                    raise
                warnings.append(f"{error} Until `ondap reindex` is run again the offline index answers alone.")
    return made, warnings


async def rehearse(build: Build) -> MadePart:
    """The part that is asked first as a build would make it now; nothing is published.

    Raises as `reindex` does.
    """
    faq = load_faq(build.faq_path)
    with build.storage.lock(), open_cache(build.cache_path) as cache:  # the cache belongs to one builder at a time
        return await make_part(build, next(iter(build.recipes)), faq, cache)


def _is_published(build: Build, digest: str) -> bool:
    """Whether what serves can answer from this very FAQ, at least offline."""
    try:
        snapshot = open_snapshot(build.storage, build.storage.current(), build.recipes)
        _ = snapshot.offline
    except (IndexRefused, IndexUnavailable):
        return False
    return snapshot.faq_digest == digest

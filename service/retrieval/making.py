"""Making one embedder's part of an index: embedded, fitted together, calibrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..errors import FaqError
from .caching import CachingEmbedder
from .calibrating import learn
from .contents import API, Part, Probes
from .index import FaqIndex
from .questions import read_questions

if TYPE_CHECKING:
    from ..knowledge.faq import Faq, FaqEntry
    from .build import Build
    from .cache import EmbeddingCache
    from .caching import Progress
    from .calibrating import Learned
    from .embedders import Embedder

PROBES: Final = ("배송은 얼마나 걸리나요?", "How do I return an item?", "비밀번호 reset 메일이 안 와요")
API_CONCURRENCY: Final = 4
"""Requests under way at once: each mostly waits for the network, and providers limit how many there may be."""
OFFLINE_BATCH: Final = 512
"""Texts between two commits of the cache: what a killed build loses of them costs nothing but a moment."""


@dataclass(frozen=True, slots=True)
class MadePart:
    """`embedded` and `reused` count the texts of the entries that had to be embedded, and those that were known."""

    part: Part
    learned: Learned
    embedded: int
    reused: int


def enabled(faq: Faq) -> tuple[FaqEntry, ...]:
    """Raises `FaqError` when there is none."""
    entries = tuple(entry for entry in faq.entries if entry.enabled)
    if not entries:
        raise FaqError(f"{faq.path}: no entry is enabled. Enable at least one.")
    return entries


async def make_part(build: Build, name: str, faq: Faq, cache: EmbeddingCache) -> MadePart:
    """The part of this name. Raises `FaqError` for the FAQ, the labelled questions and the synonyms, before anything is
    embedded, and `UpstreamError`; what was embedded until then is in the cache."""
    recipe, entries = build.recipes[name], enabled(faq)
    analysis = recipe.analysis(recipe.synonyms.load())
    labelled = read_questions(build.questions_path, faq.entries)
    embedder = caching(recipe.embedder, cache, part=name, batch_size=build.batch_size, on_progress=build.on_progress)
    vectors = await embedder.embed(FaqIndex.texts(entries))
    embedded, reused = embedder.embedded, embedder.reused
    probes = Probes(PROBES, await embedder.embed(PROBES))
    build.on_step(f"embedded {name}")
    cutting = analysis.cutting()
    index = FaqIndex.build(entries, vectors, analysis=analysis, cutting=cutting)
    learned = await learn(
        index,
        embedder,
        analysis,
        labelled=labelled,
        target=build.target,
        cutting=cutting,
        on_progress=build.on_trial,
    )
    build.on_step(f"calibrated {name}")
    return MadePart(
        Part(embedder.id, index.arrays, index.facts, probes, learned.calibration), learned, embedded, reused
    )


def caching(
    embedder: Embedder,
    cache: EmbeddingCache,
    *,
    part: str,
    batch_size: int,
    on_progress: Progress = lambda done, total: None,
) -> CachingEmbedder:
    """An embedder for the part of that name, which asks an endpoint for `batch_size` texts at a time."""
    api = part == API
    return CachingEmbedder(
        embedder,
        cache,
        batch_size=batch_size if api else OFFLINE_BATCH,
        concurrency=API_CONCURRENCY if api else 1,
        on_progress=on_progress,
    )

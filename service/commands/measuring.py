"""Asking every question of a labelled set, and all that came of it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from rich.progress import track

from ..errors import FaqError, OperatorError, SettingsError
from ..retrieval.build import Build, cache_dir, index_storage
from ..retrieval.building import reindex
from ..retrieval.contents import API, OFFLINE
from ..retrieval.evaluation import Figures, Outcome, digest_of, figures_by, load_labelled
from ..retrieval.live import LiveIndex
from ..retrieval.mistakes import confusions, troubles, wrong_answers
from ..retrieval.recipe import configured_recipes
from ..retrieval.reliability import bins
from ..retrieval.retriever import Retriever, today_in
from ..retrieval.tradeoff import curve, thinned
from .console import err

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..knowledge.entry import FaqEntry
    from ..retrieval.recipe import Recipe
    from ..retrieval.retriever import Retrieval
    from ..settings import Settings

EmbedderName: TypeAlias = Literal["offline", "api"]

FORMAT: Final = 1
"""Of the JSON; another one is not compared with."""

CURVE_POINTS: Final = 101


@dataclass(frozen=True, slots=True)
class Rule:
    """By what it was decided: the confidences from which the FAQ answers and asks, and the margin an answer needs.

    `target` is the share of right answers the threshold was chosen for, where it was chosen for one.
    """

    threshold: float
    ask: float
    margin: float
    target: float | None = None

    @classmethod
    def of(cls, found: Retrieval, *, set_threshold: float | None) -> Rule:
        """An operator's own threshold is the whole rule: no margin is asked for beside it."""
        if set_threshold is not None:
            return cls(set_threshold, found.calibration.ask, 0.0)
        learned = found.calibration
        return cls(learned.threshold, learned.ask, learned.margin, learned.target)


@dataclass(frozen=True)
class Measured:
    """One run. The digests are those of the FAQ file and of the questions."""

    outcomes: tuple[Outcome, ...]
    entries: Mapping[str, FaqEntry]
    rule: Rule
    embedder: str
    faq_digest: str
    questions_digest: str
    created_at: datetime

    @cached_property
    def figures(self) -> Figures:
        return Figures.of(self.outcomes)

    @cached_property
    def kinds(self) -> dict[str, Figures]:
        return figures_by(lambda outcome: outcome.question.kind, self.outcomes)

    @cached_property
    def categories(self) -> dict[str, Figures]:
        """By the category of the expected entry, so out-of-scope questions are in none."""
        return figures_by(self._category, self.outcomes)

    def _category(self, outcome: Outcome) -> str | None:
        expected = outcome.question.expected
        return None if expected is None else self.entries[expected].category

    def data(self) -> dict[str, Any]:
        """All of it as JSON can write it; the figures over all questions at the top."""
        wrong = wrong_answers(self.outcomes)
        return {
            **asdict(self.figures),
            **asdict(self.rule),
            "kinds": {name: asdict(figures) for name, figures in self.kinds.items()},
            "categories": {name: asdict(figures) for name, figures in self.categories.items()},
            "confusions": [asdict(pair) for pair in confusions(self.outcomes)],
            "false_answers": [asdict(each) for each in wrong if not each.right],
            "wrong_answers": [asdict(each) for each in wrong if each.right],
            "troubles": [asdict(trouble) for trouble in troubles(self.outcomes)],
            "curve": [asdict(point) for point in thinned(curve(self.outcomes), CURVE_POINTS)],
            "reliability": [asdict(each) for each in bins((o.confidence, o.right_within(1)) for o in self.outcomes)],
            "embedder": self.embedder,
            "faq_digest": self.faq_digest,
            "questions_digest": self.questions_digest,
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "format": FORMAT,
        }


async def measure(
    settings: Settings, questions: Path, *, embedder: EmbedderName | None, before_asking: Callable[[str], None]
) -> Measured:
    """Builds an index of its own, so that the published one is left alone, and asks it every question.

    It is calibrated by its FAQ alone: a threshold that had heard the questions' labels would be judged by itself.
    `embedder` chooses among those configured, else the one asked first is measured. `before_asking` hears the digest
    of the questions and may refuse them.
    """
    with TemporaryDirectory() as scratch:
        async with configured_recipes(settings, building=True) as configured:
            recipes = _chosen(configured, embedder)
            build = Build(
                settings.faq_path,
                Path(scratch),
                recipes,
                target=settings.target,
                batch_size=settings.embed_batch_size,
                cache_dir=cache_dir(settings.var_dir),
            )
            with index_storage(settings.var_dir).lock():  # the cache belongs to one builder at a time
                await reindex(build)
            live = LiveIndex(index_storage(Path(scratch)), recipes, settings.faq_path)
            await live.start()
            entries = {entry.id: entry for entry in live.snapshot.entries}
            labelled = load_labelled(questions, entry_ids=entries)
            if not labelled:
                raise FaqError(f"{questions}: holds no question. Write one a line.")
            questions_digest = digest_of(labelled)
            before_asking(questions_digest)
            retriever = Retriever(live, recipes, threshold=settings.threshold, today=today_in(settings.time_zone))
            outcomes = []
            for question in track(labelled, "Asking", console=err, disable=not err.is_terminal, transient=True):
                began = time.perf_counter()
                found = await retriever.match(question.text, limit=5)
                taken_ms = (time.perf_counter() - began) * 1000
                if found.embedder != retriever.embedder:
                    raise OperatorError(
                        f"{found.embedder} answered instead of {retriever.embedder}, so the figures would be of "
                        f"neither. {' '.join(retriever.warnings)}"
                    )
                outcomes.append(Outcome.of(question, found.matches, found.decision, ms=taken_ms))
            return Measured(
                outcomes=tuple(outcomes),
                entries=entries,
                rule=Rule.of(found, set_threshold=settings.threshold),
                embedder=found.embedder,
                faq_digest=live.snapshot.faq_digest,
                questions_digest=questions_digest,
                created_at=datetime.now(UTC),
            )


def _chosen(configured: Mapping[str, Recipe], embedder: EmbedderName | None) -> Mapping[str, Recipe]:
    if embedder == "offline":
        return {OFFLINE: configured[OFFLINE]}
    if embedder == "api" and API not in configured:
        raise SettingsError("ONDAP_EMBED_BASE_URL is missing: --embedder api has no endpoint to ask.")
    return configured

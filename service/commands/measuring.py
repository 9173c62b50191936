"""Asking every question of a labelled set, and all that came of it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from rich.progress import track

from ..errors import FaqError, IndexRefused, IndexUnavailable, OperatorError
from ..knowledge.faq import load_faq
from ..retrieval.build import index_storage
from ..retrieval.evaluation import Figures, Outcome, digest_of, figures_by, load_labelled
from ..retrieval.mistakes import confusions, troubles, wrong_answers
from ..retrieval.questions import answerable
from ..retrieval.reliability import bins
from ..retrieval.tradeoff import curve, thinned
from .building import scratch_index
from .console import err

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ..knowledge.entry import FaqEntry
    from ..retrieval.evaluation import Labelled
    from ..retrieval.retriever import Retrieval
    from ..settings import Settings
    from .building import EmbedderName

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
    """One run. `entries` are all of the FAQ file, also disabled ones; the digests are its own and the questions'."""

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

    `before_asking` hears the digest of the questions and may refuse them.
    """
    async with scratch_index(settings, embedder=embedder) as scratch:
        entries = {entry.id: entry for entry in load_faq(settings.faq_path).entries}
        labelled = _questions(questions, entries)
        _say_what_only_the_published_one_heard(settings.var_dir)
        questions_digest = digest_of(labelled)
        before_asking(questions_digest)
        retriever = scratch.retriever
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
            outcomes.append(Outcome.of(question, found.matches, found.decision, near=found.near, ms=taken_ms))
        return Measured(
            outcomes=tuple(outcomes),
            entries=entries,
            rule=Rule.of(found, set_threshold=settings.threshold),
            embedder=found.embedder,
            faq_digest=scratch.snapshot.faq_digest,
            questions_digest=questions_digest,
            created_at=datetime.now(UTC),
        )


def _questions(path: Path, entries: Mapping[str, FaqEntry]) -> tuple[Labelled, ...]:
    """Those that the FAQ can be judged by, as a build reads them."""
    written = load_labelled(path, entry_ids=entries)
    labelled = answerable(written, entries.values())
    if left_out := len(written) - len(labelled):
        are = "question is" if left_out == 1 else "questions are"
        err.print(f"{left_out} {are} left out: all entries that answer them are disabled.", soft_wrap=True)
    if not labelled:
        raise FaqError(f"{path}: holds no question to ask. Write one a line.")
    return labelled


def _say_what_only_the_published_one_heard(var_dir: Path) -> None:
    storage = index_storage(var_dir)
    try:
        parts = storage.describe(storage.current()).parts.values()
    except (IndexUnavailable, IndexRefused):
        return  # nothing is published whose threshold could be another
    if heard := max(part.calibration.learned.quality.labelled for part in parts):
        err.print(
            f"The published threshold has also heard {heard} labelled question{'' if heard == 1 else 's'}; "
            "this one has not, so that it is not judged by itself.",
            soft_wrap=True,
        )

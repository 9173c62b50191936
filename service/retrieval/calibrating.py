"""Learning a calibration for one index: its own trials, and the questions the team has labelled."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import FaqError
from .calibration import Judged, calibrate
from .contrast.guard import conflicts
from .decision import fitting
from .evaluation import load_labelled
from .leaving_out import FOUND, texts_for_trials, trials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..knowledge.entry import FaqEntry
    from .analysis import Analysis
    from .caching import Progress
    from .calibration import Calibration
    from .cutting import Cutting
    from .embedders import Embedder
    from .evaluation import Labelled
    from .index import FaqIndex
    from .leaving_out import Trial


@dataclass(frozen=True, slots=True)
class Learned:
    """`trials` are what the calibration was learned from, for whoever wants to know more of them."""

    calibration: Calibration
    trials: Sequence[Trial]
    judged: Sequence[Judged]


async def learn(
    index: FaqIndex,
    embedder: Embedder,
    analysis: Analysis,
    *,
    labelled: Sequence[Labelled] = (),
    target: float,
    cutting: Cutting | None = None,
    on_progress: Progress = lambda done, total: None,
) -> Learned:
    """Raises what the embedder raises: besides the index's own texts it has to embed what each entry says without each
    of its phrasings, and the labelled questions. `cutting` and `on_progress`: see `trials`."""
    vectors = await embedder.embed(texts_for_trials(index.entries))
    tried = trials(index.entries, vectors, analysis=analysis, cutting=cutting, on_progress=on_progress)
    judged = await judged_by(index, embedder, labelled)
    return Learned(calibrate(tried, judged, target=target), tried, judged)


async def judged_by(index: FaqIndex, embedder: Embedder, labelled: Sequence[Labelled]) -> list[Judged]:
    queries = [index.query(question.text) for question in labelled]
    if not queries:
        return []
    vectors = await embedder.embed([query.texts[0] for query in queries])
    judged = []
    for question, query, vector in zip(labelled, queries, vectors, strict=True):
        matches = index.search(query, vector[None], limit=FOUND)
        fits = fitting(matches, conflicts(question.text, (match.entry for match in matches)))
        if fits:
            judged.append(Judged(fits[0], fits[0].entry.id in question.right, known=question.in_scope))
    return judged


def read_questions(path: Path | None, entries: Sequence[FaqEntry]) -> tuple[Labelled, ...]:
    """The team's labelled questions; none where there is no such file.

    A question whose entries are all disabled is left out. Raises `FaqError` with the line of what is wrong.
    """
    if path is None or not path.exists():
        return ()
    labelled = load_labelled(path, entry_ids={entry.id for entry in entries})
    enabled = {entry.id for entry in entries if entry.enabled}
    return tuple(question for question in labelled if not question.in_scope or question.right & enabled)


def questions_digest(path: Path | None) -> str | None:
    """The sha256 of the file, None where there is none. Raises `FaqError` where it cannot be read."""
    if path is None or not path.exists():
        return None
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise FaqError(
            f"{path}: cannot be read ({error.strerror}). Let the user who runs the service read it."
        ) from error

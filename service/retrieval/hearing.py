"""What each phrasing of a FAQ finds when it is asked as if it were not written there, in the words of lint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..knowledge.lint.finding import Heard
from .decision import decide

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .calibration import Calibration
    from .leaving_out import Trial


def heard(trials: Iterable[Trial], *, calibration: Calibration, threshold: float | None = None) -> list[Heard]:
    """How sure each entry is of a phrasing it does not have, and what would be done.

    Of an entry with one phrasing nothing would be left without it, so it is not among them.
    """
    return [
        Heard(
            trial.entry.id,
            trial.phrasing,
            tuple((match.entry.id, calibration.confidence(match)) for match in trial.without_itself),
            decide(trial.without_itself, calibration=calibration, threshold=threshold).zone,
        )
        for trial in trials
        if trial.without_itself
    ]

"""Whether figures are worse than those of an earlier run over the same questions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from ..errors import OperatorError
from .measuring import FORMAT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHARES: Final = ("top1", "top3", "auroc", "coverage", "precision")
COUNTS: Final = ("n_in", "n_out", "answered_wrong")
ROUNDING: Final = 1e-9
"""A drop of exactly what is allowed is allowed, whatever binary fractions make of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A share before and after; `drop` is how far it became worse, negative where it became better."""

    name: str
    before: float | None
    after: float | None
    drop: float

    @property
    def moved(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before

    def exceeds(self, allowed: float) -> bool:
        return self.drop > allowed + ROUNDING


def read_baseline(path: Path) -> dict[str, Any]:
    """What `--json` wrote in an earlier run. Raises `OperatorError` where the file is anything else."""
    try:
        written: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OperatorError(f"{path}: cannot be read. Check the path of --baseline.") from error
    except (ValueError, RecursionError) as error:  # the latter of nesting without end
        raise _foreign(path) from error
    if not isinstance(written, dict) or written.get("format") != FORMAT:
        raise _foreign(path)
    shares = [written.get(name, "") for name in SHARES]
    counts = [written.get(name) for name in COUNTS]
    sound = (
        all(share is None or _is_share(share) for share in shares)
        and all(type(count) is int and count >= 0 for count in counts)
        and isinstance(written.get("questions_digest"), str)
        and isinstance(written.get("embedder"), str)
    )
    if not sound:
        raise _foreign(path)
    return written


def refuse_other_questions(path: Path, baseline: Mapping[str, Any], questions_digest: str) -> None:
    if baseline["questions_digest"] != questions_digest:
        raise OperatorError(
            f"{path}: is of other questions, so nothing can be compared. Evaluate these once with --json to begin anew."
        )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every share that counts, and that of wrong answers among all questions, where more is worse.

    A share that is of nothing in either run neither rose nor fell: where nothing is answered, coverage tells.
    """
    compared = [_change(name, before[name], after[name]) for name in SHARES]
    wrong = _change("answered_wrong", _wrong_share(before), _wrong_share(after), better=-1)
    return (*compared, wrong)


def _change(name: str, before: float | None, after: float | None, *, better: int = 1) -> Change:
    drop = 0.0 if before is None or after is None else better * (before - after)
    return Change(name, before, after, drop)


def _wrong_share(data: Mapping[str, Any]) -> float | None:
    asked = data["n_in"] + data["n_out"]
    return data["answered_wrong"] / asked if asked else None


def _is_share(value: object) -> bool:
    return type(value) in {int, float} and isfinite(value) and 0 <= value <= 1  # type: ignore[arg-type, operator]


def _foreign(path: Path) -> OperatorError:
    return OperatorError(f"{path}: is not what `ondap evaluate --json` writes. Make it with this version.")

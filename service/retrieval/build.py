"""What one run of building is to do, and where things are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Self

from ..errors import SettingsError
from ..settings import EMBED_BATCH_SIZE
from .calibration import TARGET
from .questions import questions_digest
from .storage import IndexStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ..settings import Settings
    from .caching import Progress
    from .recipe import Recipe


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

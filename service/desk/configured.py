"""The desk as the settings want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..generation.persona.prompt import Prompt
from ..resources import template_file
from .concern.refining import Refiner
from .concern.rules import read_phrases
from .desk import Desk
from .flood import Notices
from .summarising import Summariser
from .summary import SummaryWords

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conversation.store import Store
    from ..generation.completion import Completer
    from ..retrieval.retriever import Retriever
    from ..settings import Settings


def desk_from(
    settings: Settings,
    store: Store,
    retriever: Retriever,
    completer: Completer | None,
    *,
    counted: Callable[[str], None] = lambda _reason: None,
) -> Desk:
    """With a `completer`, doubts are put to it and summaries worded by it. Raises `SettingsError`, `PersonaError`."""
    locale = settings.team_locale or settings.locale

    def title(entry_id: str) -> str | None:
        entry = retriever.entry(entry_id)
        return entry.question if entry else None

    summariser = Summariser(
        store,
        SummaryWords.load(locale, settings.templates_dir, title=title),
        completer=completer,
        instructions=_prompt("summary", settings),
        locale=locale,
    )
    refiner = Refiner(completer, _prompt("concern", settings)) if completer else None
    read_phrases()  # now, and not at the first question
    return Desk(
        store, notices=Notices(settings.escalations_per_hour), summariser=summariser, refiner=refiner, counted=counted
    )


def _prompt(name: str, settings: Settings) -> Prompt:
    return Prompt.load(name, template_file(f"desk/{name}.j2", settings.templates_dir).parent)

"""The personas there are: those that come with Ondap, and the team's own in place of those of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import PersonaError, SettingsError
from ...resources import bundled
from .persona import Persona

if TYPE_CHECKING:
    from pathlib import Path

    from ...settings import Settings


def persona_folders(templates: Path | None) -> dict[str, Path]:
    """For each persona's name the folder its file is in, by name."""
    folders = [bundled("templates") / "persona", *([templates / "persona"] if templates else [])]
    found = {file.stem: folder for folder in folders for file in folder.glob("*.j2")}
    return dict(sorted(found.items()))


def load_persona(name: str, settings: Settings) -> Persona:
    """Raises `PersonaError` when there is none of that name, or its file cannot be used."""
    folders = persona_folders(settings.templates_dir)
    if name not in folders:
        raise PersonaError(f"There is no persona '{name}'. There are: {', '.join(folders)}.")
    return Persona.load(
        name,
        folders[name],
        shop=settings.shop_name,
        context_tokens=settings.chat_context_tokens,
        answer_tokens=settings.chat_max_tokens,
    )


def load_personas(settings: Settings) -> dict[str, Persona]:
    """Those that the settings let speak, the default first. No other can be named by a request: each has its own rules.

    Raises `SettingsError` for a name without a file and `PersonaError` for a file that cannot be used.
    """
    folders = persona_folders(settings.templates_dir)
    for variable, names in (("ONDAP_PERSONA", (settings.persona,)), ("ONDAP_PERSONAS", settings.personas)):
        if not folders.keys() >= set(names):
            raise SettingsError(f"{variable}: there is no such persona. There are: {', '.join(folders)}.")
    return {name: load_persona(name, settings) for name in (settings.persona, *settings.personas)}

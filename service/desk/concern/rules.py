"""The phrases of `data/concern`, ready to look for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from ...errors import FaqError
from ...knowledge.plain import plain_yaml
from ...resources import bundled
from .phrases import Language, Phrases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Kind = Literal["self_harm", "safety", "legal", "anger", "repeated_failure"]
KINDS: Final[tuple[Kind, ...]] = ("self_harm", "safety", "legal", "anger", "repeated_failure")
"""The most pressing first: where two are found, it is the first that is acted upon."""

Strength = Literal["sure", "likely", "hint"]
WEIGHTS: Final[Mapping[Strength, float]] = {"sure": 0.9, "likely": 0.6, "hint": 0.25}
"""How certain one sign alone makes it; of several, what all of them leave open is multiplied."""

_PARTS: Final = ("sure", "likely", "hint", "harmless", "unless")


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells one kind of concern in one language."""

    by_strength: Mapping[Strength, Phrases]
    harmless: Phrases
    unless: Phrases


@dataclass(frozen=True, slots=True)
class Rules:
    """One language's phrases."""

    language: Language
    kinds: Mapping[Kind, Signs]
    closing: Phrases


def load_rules(path: Path, *, language: Language) -> Rules:
    """Read one file of phrases. Raises `FaqError` naming the file and what is wrong with it."""
    data = plain_yaml(path)
    lists = {name: _texts(words, path, f"lists: {name}") for name, words in _named(data.get("lists", {}), path).items()}

    def phrases(written: Any, name: str) -> Phrases:
        return Phrases(_texts(written, path, name), language=language, lists=lists, where=f"{path}: {name}")

    kinds = _named(data.get("kinds", {}), path)
    _refuse_others(kinds, KINDS, path)
    signs: dict[Kind, Signs] = {}
    for kind in KINDS:
        parts = _named(kinds.get(kind, {}), path)
        _refuse_others(parts, _PARTS, path)
        signs[kind] = Signs(
            {strength: phrases(parts.get(strength, []), f"{kind}: {strength}") for strength in WEIGHTS},
            phrases(parts.get("harmless", []), f"{kind}: harmless"),
            phrases(parts.get("unless", []), f"{kind}: unless"),
        )
    return Rules(language, signs, phrases(data.get("closing", []), "closing"))


@cache
def bundled_rules(language: Language) -> Rules:
    return load_rules(bundled("data") / "concern" / f"{language}.yaml", language=language)


def _named(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FaqError(f"{path}: lists and kinds must hold names with phrases under them.")
    return value


def _texts(value: Any, path: Path, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
        raise FaqError(f"{path}: '{name}' must be a list of phrases.")
    return value


def _refuse_others(found: Iterable[str], known: Iterable[str], path: Path) -> None:
    if others := sorted(set(found) - set(known)):
        raise FaqError(f"{path}: '{others[0]}' is none of {', '.join(known)}.")


def read_phrases() -> None:
    """Compile the phrases of every language, which takes about a second, before the first visitor writes."""
    bundled_rules("ko")
    bundled_rules("en")

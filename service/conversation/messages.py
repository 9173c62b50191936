"""The sentences Ondap says by itself, one catalogue a language, kept as files a team can replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, get_args

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ..errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Locale: TypeAlias = Literal["ko", "en"]
MessageKey: TypeAlias = Literal[
    "suggest",
    "nothing_found",
    "handed_over",
    "called_often",
    "concern_anger",
    "concern_legal",
    "concern_safety",
    "concern_self_harm",
    "concern_repeated_failure",
    "escalation_not_recorded",
    "interrupted",
    "withheld",
    "stopped",
    "restarting",
    "failed",
]
KEYS: tuple[MessageKey, ...] = get_args(MessageKey)
LOCALES: tuple[Locale, ...] = get_args(Locale)
K = TypeVar("K", bound=str)


class Messages:
    """Every sentence in every language; complete, or it is not made."""

    def __init__(self, catalogues: Mapping[Locale, Mapping[MessageKey, str]]) -> None:
        self._catalogues = catalogues

    @classmethod
    def load(cls, files: Mapping[Locale, Path]) -> Messages:
        """Read one YAML file a language. Raises `SettingsError` naming the file and what is missing."""
        return cls({locale: read_sentences(path, KEYS) for locale, path in files.items()})

    def text(self, key: MessageKey, locale: Locale) -> str:
        return self._catalogues[locale][key]


def read_sentences(path: Path, keys: Iterable[K]) -> dict[K, str]:
    """The sentences of these keys from a YAML file. Raises `SettingsError` naming the file and what is missing."""
    try:
        found = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise SettingsError(f"{path}: cannot be read as YAML ({type(error).__name__}). Restore the file.") from error
    if not isinstance(found, dict):
        raise SettingsError(f"{path}: must hold one 'key: sentence' a line.")
    catalogue: dict[K, str] = {}
    for key in keys:
        sentence = found.get(key)
        if not isinstance(sentence, str) or not sentence.strip():
            raise SettingsError(f"{path}: the sentence '{key}' is missing or empty.")
        catalogue[key] = sentence.strip()
    return catalogue


def visitor_locale(text: str, *, otherwise: Locale) -> Locale:
    """The language to answer in: Korean where there is any Hangul, English where there are only Latin letters."""
    if any("가" <= character <= "힣" or "ㄱ" <= character <= "ㅣ" for character in text):
        return "ko"
    return "en" if any("a" <= character <= "z" for character in text.lower()) else otherwise

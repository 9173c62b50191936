"""The words that the guard listens for, read from `data/guard`; a team may add its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ...knowledge.plain import plain_yaml
from ...resources import bundled
from .folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LANGUAGES: Final = ("ko", "en")
_NEVER: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Tongue:
    """The lists of one language, each as one pattern for folded text."""

    topics: Mapping[str, re.Pattern[str]]
    advice: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]
    claims: Mapping[str, re.Pattern[str]]
    lists: Mapping[str, re.Pattern[str]]
    endings: Mapping[str, tuple[str, ...]]
    """Lists that are looked for right before something else, without spaces."""
    moments: Mapping[str, re.Pattern[str]]
    any_moment: re.Pattern[str]
    triggers: re.Pattern[str]
    """Matches in a single word with which something may begin that is to be judged."""


@cache
def guard_words(own: Path | None = None) -> Mapping[str, Tongue]:
    """By language. `own` is a folder with a team's `ko.yaml` or `en.yaml`, whose lists are added to ours.

    Raises `FaqError` with the line where a file is not plain YAML.
    """
    return {language: _tongue(_read(language, own), language) for language in LANGUAGES}


def _read(language: str, own: Path | None) -> dict[str, Any]:
    read = plain_yaml(bundled("data") / "guard" / f"{language}.yaml")
    added = own / f"{language}.yaml" if own else None
    return _joined(read, plain_yaml(added)) if added and added.is_file() else read


def _joined(ours: Any, theirs: Any) -> Any:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return {
            **theirs,
            **{key: _joined(value, theirs[key]) if key in theirs else value for key, value in ours.items()},
        }
    return [*ours, *theirs] if isinstance(ours, list) and isinstance(theirs, list) else ours


def _tongue(read: dict[str, Any], language: str) -> Tongue:
    advice = {
        field: (_any(told["about"], language), _any(told["told"], language)) for field, told in read["advice"].items()
    }
    heard = [
        *(word for words in read["topics"].values() for word in words),
        *(word for told in read["advice"].values() for word in told["about"]),
        *(word for words in read["moments"].values() for word in words),
        *read["triggers"],
    ]
    return Tongue(
        topics={topic: _any(words, language) for topic, words in read["topics"].items()},
        advice=advice,
        claims={deed: _any(words, language) for deed, words in read["claims"].items()},
        lists={name: _any(words, language) for name, words in read["lists"].items()},
        endings={
            name: tuple(fold(word).replace(" ", "") for word in read["lists"][name])
            for name in ("helps", "always", "willing")
        },
        moments={moment: _any(words, language) for moment, words in read["moments"].items()},
        any_moment=_any([word for words in read["moments"].values() for word in words], language),
        triggers=_any({_telling(word) for word in heard} - set(read["quiet"]), language),
    )


def _telling(expression: str) -> str:
    """Its longest word: from there on the sentence is held back."""
    return max(reversed(re.split(r"[ *(|)?]+", expression)), key=len)


def _any(expressions: Iterable[str], language: str) -> re.Pattern[str]:
    patterns = sorted({_pattern(expression, language) for expression in expressions}, key=lambda p: (-len(p), p))
    if not patterns:
        return _NEVER
    return re.compile(rf"(?<![a-z])(?:{'|'.join(patterns)})" if language == "en" else "|".join(patterns))


def _pattern(expression: str, language: str) -> str:
    """A space may be left out in Korean; `*` stands for a few characters, `(a|b)` for one of some words.

    An English word is found with any ending, unless it ends with `.`: `discount` is in "discounted", `ship.` is
    not in "shipshape".
    """
    escaped = re.escape(fold(expression.replace("*", "\0")))
    escaped = re.sub(r"\\([(|)])", r"\1", escaped).replace("(", "(?:").replace(r")\?", ")?")
    escaped = escaped.replace("\0", r"[^.!?\n]{0,12}?")
    if language == "ko":
        return escaped.replace(r"\ ", " ?")
    return re.sub(r"\\\.(?=[|)]|$)", r"(?![a-z])", escaped).replace(r"\ ", r"\s+")

"""What a persona may not say, and what is said instead. A persona's file declares it, the guard holds it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Promise: TypeAlias = Literal[
    "refund",
    "discount",
    "compensation",
    "delivery_date",
    "exception",
    "legal_advice",
    "medical_advice",
    "financial_advice",
    "price",
    "period",
]
PROMISES: tuple[Promise, ...] = get_args(Promise)
"""What a persona's file may forbid, in the order in which it is explained. `price` and `period` are those that stand
in no supplied entry."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one persona.

    `link_hosts` are hosts that may be linked beside those of the supplied entries, in lower case.
    `safe_sentence` has one sentence for a locale (`ko`, `en`), which is shown instead of one that was held back.
    `allowed_phrases` are the team's own exact words, which are no promise wherever they stand.
    `allows_code` is for one that teaches programming: markup may stand in backticks, "I've added a loop" is no claim.
    `topics_to_person` has, for a locale, the words whose subject goes to a person rather than to a model.
    """

    may_not_promise: frozenset[str] = frozenset()
    link_hosts: frozenset[str] = frozenset()
    safe_sentence: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    allowed_phrases: tuple[str, ...] = ()
    allows_code: bool = False
    topics_to_person: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def topic_for_person(self, text: str) -> str | None:
        """The first of those words in `text`, whatever its language, case and (in Korean) spaces; None without one."""
        folded = _folded(text)
        solid = folded.replace(" ", "")
        words = (word for words in self.topics_to_person.values() for word in words)
        return next((word for word in words if _stands(_folded(word), folded, solid)), None)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _stands(word: str, folded: str, solid: str) -> bool:
    """Latin words stand alone, or "law" would be in "flaw"; Korean ones are found with what is attached to them."""
    if word.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", folded) is not None
    return word.replace(" ", "") in solid

"""Whether a visitor is angry, threatens, is in danger or was not helped: told from words alone, in microseconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Final

from .history import Trouble, trouble_in
from .reading import is_loud, readable
from .rules import KINDS, WEIGHTS, Kind, Rules, Strength, bundled_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...conversation.draft import Background
    from .phrases import Language

RAISED: Final = 0.5
"""From this certainty there is a concern."""
SURE: Final = 0.8
"""From this certainty no model is asked whether there is one."""
LONGEST_EVIDENCE: Final = 60

_HANGUL = re.compile("[가-힣ᄀ-ᇿ]")
_LATIN = re.compile("[a-z]")
_NOT_KO: Final = r"아니(?!냐|(?:에요|예요) ?(?:\||$))|아닙|아녜"
_DENIED_AFTER: Final = re.compile(
    rf"[^|]{{0,8}}?(?:[은는]|건|게|것은|것이|거는|려는 ?거|자는 ?거) ?(?:절대 ?|전혀 ?)?(?:{_NOT_KO})"
)
_REPORTED_AFTER: Final = re.compile(
    r"[^|]{0,6}?(?:[라다]는|[라다]고 ?하는|이라던|다던) ?(?:후기|리뷰|말|얘기|이야기|글|소문|평|댓글)"
    r"|[^|]{0,4}?[라다]고 ?(?:하던|하더|들었|들어서)"
)
_BE_NOT: Final = r"not|isnt|wasnt|arent|werent|aint|nobody (?:was|is|got)|no one (?:was|is|got)|without|never"
_SOFTLY: Final = (
    r"really|that|very|too|even|so|been|being|got|a|an|any|the|going|to|gonna|trying|here|about|planning|threatening|"
    r"want|wanting|be|get|saying|you|your|are|im"
)
_DENIED_BEFORE: Final = re.compile(rf"\b(?:{_BE_NOT})(?: (?:{_SOFTLY})){{0,4}} $")
_REPORTED_BEFORE: Final = re.compile(
    r"\b(?:reviews?|comments?|someone|somebody|people|i|(?:my|a) (?:friend|mom|mum|sister|brother|colleague)) "
    r"(?:say|says|said|saying|claim|claims|claimed|heard|read|saw)\b"
)


@dataclass(frozen=True, slots=True)
class Concern:
    """What worries. `certainty` in [0.5, 1]; `evidence` are the visitor's words or `history:<what>`, never more than
    sixty characters each.
    """

    kind: Kind
    evidence: tuple[str, ...]
    certainty: float

    @property
    def reason(self) -> str:
        """As an escalation keeps it."""
        return f"concern:{self.kind}"

    @property
    def is_sure(self) -> bool:
        return self.certainty >= SURE

    @property
    def only_from_history(self) -> bool:
        return all(each.startswith("history:") for each in self.evidence)


@dataclass(frozen=True, slots=True)
class _Sign:
    strength: Strength
    words: str


def concern_in(message: str, *, history: Background | None = None) -> Concern | None:
    """The most pressing concern, or None. `history` is what was said before the message.

    Of a message longer than 2,000 characters the first and the last 1,000 are read.
    """
    text = readable(message)
    signs: dict[Kind, list[_Sign]] = {kind: [] for kind in KINDS}
    languages = languages_of(text)
    for language in languages:
        for kind, found in _signs(text, bundled_rules(language)):
            signs[kind] += found
    if is_loud(message) and signs["anger"]:
        signs["anger"].append(_Sign("hint", "!!!"))
    closing = not any(signs.values()) and any(bundled_rules(each).closing.occurs(text) for each in languages)
    past = [] if history is None or closing else trouble_in(message, history)
    for kind in KINDS:
        told = past if kind == "repeated_failure" else []
        certainty = _certainty(signs[kind], told)
        if certainty >= RAISED:
            evidence = [sign.words for sign in signs[kind]] + [f"history:{trouble.what}" for trouble in told]
            return Concern(kind, tuple(dict.fromkeys(evidence)), round(certainty, 3))
    return None


def languages_of(text: str) -> list[Language]:
    found: list[Language] = ["ko"] if _HANGUL.search(text) else []
    return [*found, "en"] if _LATIN.search(text) else found


def _signs(text: str, rules: Rules) -> Iterable[tuple[Kind, list[_Sign]]]:
    for kind, signs in rules.kinds.items():
        kept = signs.harmless.without(text)
        found = []
        for strength, phrases in signs.by_strength.items():
            for match in phrases.found(kept):
                if _taken_back(match, rules.language):
                    continue
                if strength != "sure" and signs.unless.occurs(_sentence(match)):
                    continue
                found.append(_Sign(strength, match[0].strip()[:LONGEST_EVIDENCE]))
        yield kind, found


def _sentence(match: re.Match[str]) -> str:
    """The sentence a match stands in."""
    text = match.string
    start = text.rfind("|", 0, match.start()) + 1
    end = text.find("|", match.end())
    return text[start : len(text) if end < 0 else end]


def _taken_back(match: re.Match[str], language: Language) -> bool:
    """Whether the visitor says that it is not so, or that others say it."""
    if language == "ko":
        behind = match.string[match.end() : match.end() + 30]
        return bool(_DENIED_AFTER.match(behind) or _REPORTED_AFTER.match(behind))
    before = match.string[max(0, match.start() - 60) : match.start()]
    sentence = before[before.rfind("|") + 1 :]
    return bool(_DENIED_BEFORE.search(sentence) or _REPORTED_BEFORE.search(sentence))


def _certainty(signs: Iterable[_Sign], past: Iterable[Trouble]) -> float:
    """One sign in other words counts again, the same words do not, and hints alone never make it sure."""
    strongest: dict[str, float] = {}
    for sign in signs:
        strongest[sign.words] = max(WEIGHTS[sign.strength], strongest.get(sign.words, 0.0))
    weights = [*strongest.values(), *(trouble.weight for trouble in past)]
    return 1 - prod(1 - weight for weight in weights)

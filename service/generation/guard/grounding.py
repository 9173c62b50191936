"""What the team has written and what the visitor has said: only that may be repeated as a number, day or address."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from .amounts import Amount, amounts
from .covering import covered, stands, stems, windows
from .folding import fold, solid
from .links import addresses, phone_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .words import Tongue

_TERM: Final = re.compile(r"[가-힣]+|[a-z][a-z']*|\d+(?:[.,]\d+)*")
_BARE: Final = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_COMMON: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "do",
        "for",
        "from",
        "has",
        "have",
        "if",
        "in",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "so",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "this",
        "to",
        "up",
        "us",
        "was",
        "we",
        "will",
        "with",
        "you",
        "your",
        "i'll",
        "i",
        "we'll",
        "please",
        "just",
        "also",
        "any",
        "yes",
        "no",
        "not",
        "which",
        "when",
        "what",
        "how",
        "네",
        "고객님",
        "안녕하세요",
        "감사합니다",
        "물론",
        "그리고",
        "하지만",
        "또는",
    ]
)
_ENGLISH_STEM: Final = 5
_FEWEST: Final = 4


class Read(NamedTuple):
    """What one text holds that may be referred to."""

    folded: str
    terms: frozenset[str]
    amounts: frozenset[tuple[str, float]]
    bare: frozenset[float]
    addresses: frozenset[str]
    phones: frozenset[str]
    letters: str


@lru_cache(maxsize=1_024)
def read(text: str) -> Read:
    """The same entry is supplied for many answers, so it is read once."""
    folded = fold(text)
    found = amounts(folded)
    return Read(
        folded,
        frozenset(terms(folded)),
        frozenset((amount.unit, amount.value) for amount in found),
        frozenset(float(number.replace(",", "")) for number in _BARE.findall(folded[:20_000]) if len(number) < 16),
        frozenset(addresses(folded)),
        frozenset(phone_digits(folded)),
        solid(folded),
    )


def terms(folded: str) -> Iterator[str]:
    """Pairs of syllables of Korean, stems of English words, numbers."""
    for found in _TERM.finditer(folded):
        word = found[0]
        if word in _COMMON:
            continue
        if word[0] >= "가":
            yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))
        else:
            yield word[:_ENGLISH_STEM] if word[0].isalpha() else word.replace(",", "")


class Grounds:
    """The supplied facts of one answer, and the question it answers."""

    def __init__(self, tongues: Mapping[str, Tongue], facts: Iterable[str], question: str) -> None:
        self._tongues = tongues
        self._facts: list[Read] = []
        self._asked = read(question)
        self._moments: set[str] = set()
        self._values: set[tuple[str, float]] = set()
        self._bare: set[float] = set()
        self.addresses: set[str] = set()
        self.phones: set[str] = set()
        for fact in facts:
            self.add(fact)

    def add(self, fact: str) -> None:
        known = read(fact)
        self._facts.append(known)
        self._values |= known.amounts
        self._bare |= known.bare
        self.addresses |= known.addresses
        self.phones |= known.phones
        self._moments |= set(self.moments(known.folded))

    @property
    def letters(self) -> list[str]:
        return [fact.letters for fact in self._facts]

    def states(self, amount: Amount, *, business: bool = False) -> bool:
        """Whether it stands in a fact, in the same unit however it is written. `business`: days are business days."""
        if (amount.unit, amount.value) in self._values:
            return True
        if business and amount.unit == "minutes":
            return ("business days", amount.value / 1_440) in self._values
        if amount.unit.startswith("clock"):
            return not {
                (unit, (amount.value + add) % 1_440)
                for unit in ("clock", "clock?")
                for add in (0, 720)
                if "clock?" in {unit, amount.unit}
            }.isdisjoint(self._values)
        if amount.unit == "plain":
            return amount.value in self._bare
        return amount.unit == "krw" and amount.value >= 1_000 and ("plain", amount.value) in self._values

    def said(self, amount: Amount) -> bool:
        """Whether the visitor brought it up."""
        return (amount.unit, amount.value) in self._asked.amounts or (
            amount.unit == "plain" and amount.value in self._asked.bare
        )

    def knows_number(self, written: str) -> bool:
        """Whether a long number or a code was there before the model wrote it."""
        return any(written in known.folded for known in (*self._facts, self._asked))

    def moments(self, folded: str) -> Iterator[str]:
        """The days it names: `today`, `fri`."""
        for tongue in self._tongues.values():
            yield from (moment for moment, pattern in tongue.moments.items() if pattern.search(folded))

    def knows_moment(self, moment: str, pattern: re.Pattern[str], folded: str) -> bool:
        """Whether a fact names that day for something that the sentence is about too."""
        if moment not in self._moments:
            return False
        about = set(stems(pattern.sub(" ", folded)))
        return not about or any(
            pattern.search(window.folded) and any(stands(stem, window) for stem in about)
            for known in self._facts
            for window in windows(known.folded)
        )

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(known.folded) for known in self._facts)

    def share(self, folded: str) -> float:
        """How much of a sentence stands in the one fact that has most of it, in [0, 1]."""
        wanted = set(terms(folded))
        if not wanted or not self._facts:
            return 0.0
        return max(len(wanted & known.terms) for known in self._facts) / len(wanted)

    def covers(self, folded: str) -> bool:
        """Whether the team's own sentences say it, each of its parts in one of them, with all of its numbers."""
        said = solid(folded)
        return any(said in known.letters for known in self._facts) or covered(
            folded, (window for known in self._facts for window in windows(known.folded))
        )

    def repeats(self, folded: str) -> bool:
        """Whether it says enough to be compared at all: "I'll refund you" repeats nothing."""
        return len(set(terms(folded))) >= _FEWEST

    def all_in_one(self, pattern: re.Pattern[str], folded: str) -> bool:
        """Whether every word of `pattern` in the sentence stands in one fact too."""
        strong = {found[0] for found in pattern.finditer(folded)}
        return not strong or any(all(word in known.folded for word in strong) for known in self._facts)

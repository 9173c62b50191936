"""Korean spelled as it is heard or mistyped: 환뷸 -> 환불, 배쏭비 -> 배송비.

A noisy channel: a syllable of which one letter is another one, wherever that makes neighbours the FAQ uses out of such
as it does not, and the language model finds the word much likelier than what was written. 환율 stays what it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import log
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD: Final = re.compile("[가-힣]{2,12}")
_FIRST, _INITIALS, _MEDIALS, _FINALS = ord("가"), 19, 21, 28

LIKELIER: Final = 6.0
"""How much likelier the correction has to be, in nats. Of slips in everyday words most gain more than 8; a word that is
one already gains less than 4."""

MOST_TRIED: Final = 6
"""Corrections of one word that the model is asked about: 50 us each."""

_POLITE: Final = "요"
_ENDINGS: Final = frozenset("은는이가을를도만에의로와과랑서지엔건걸거")
"""Syllables at the end of a word, before a last 요 too, that are what they say: 건요 is not 건의."""

LONGEST: Final = 200
"""Characters of a text that is corrected."""

REMEMBERED: Final = 4_096
"""Words whose reading is kept: the language model takes half a millisecond for those of one question, and most
questions are put in the same few thousand words."""


class LanguageModel(Protocol):
    def likelihood(self, text: str) -> float:
        """How likely a short Korean text is, in nats; higher is likelier."""
        ...


class KoreanSpelling:
    """`pairs`: how often each two syllables are neighbours in the FAQ or its synonyms."""

    def __init__(self, pairs: Mapping[str, int], model: LanguageModel) -> None:
        self._pairs = pairs
        self._model = model
        self._behind: dict[str, set[str]] = {}
        self._before: dict[str, set[str]] = {}
        for pair in self._pairs:
            left, right = pair[0], pair[1]
            self._behind.setdefault(left, set()).add(right)
            self._before.setdefault(right, set()).add(left)
        self._readings: dict[str, str] = {}

    def correct(self, text: str) -> str:
        """`text` with each misspelt Korean word as it was meant; a long one has enough other words, and stays."""
        if len(text) > LONGEST:
            return text
        return _WORD.sub(lambda word: self._remembered(word[0]), text)

    def _remembered(self, word: str) -> str:
        reading = self._readings.get(word)
        if reading is None:
            if len(self._readings) >= REMEMBERED:
                self._readings.clear()
            reading = self._readings[word] = self._corrected(word)
        return reading

    def _corrected(self, word: str) -> str:
        tried = sorted(self._corrections(word), reverse=True)[:MOST_TRIED]
        if not tried:
            return word
        written = self._model.likelihood(word)
        likelier = [
            (gain + used, meant)
            for used, meant in tried
            if (gain := self._model.likelihood(meant) - written) >= LIKELIER
        ]
        return max(likelier)[1] if likelier else word

    def _corrections(self, word: str) -> set[tuple[float, str]]:
        """Words in which one syllable is another, each with how much the FAQ uses what that makes."""
        found = set()
        for place, syllable in enumerate(word[: _changeable(word)]):
            left, right = word[place - 1 : place], word[place + 1 : place + 2]
            known = (left + syllable in self._pairs) + (syllable + right in self._pairs)
            if known < bool(left) + bool(right):
                neighbours = self._behind.get(left, set()) | self._before.get(right, set())
                for other in neighbours & _one_letter_apart(syllable):
                    now = (left + other in self._pairs) + (other + right in self._pairs)
                    if now > known:
                        uses = self._pairs.get(left + other, 0) + self._pairs.get(other + right, 0)
                        found.add((log(uses), word[:place] + other + word[place + 1 :]))
        return found


def _changeable(word: str) -> int:
    """How many syllables from the first may be wrong: none of 건요, two of 환뷸은요."""
    ended = word.removesuffix(_POLITE)
    ended = ended[:-1] if ended[-1] in _ENDINGS else ended
    return len(ended) if len(ended) > 1 else 0


@lru_cache(maxsize=2_048)
def _one_letter_apart(syllable: str) -> frozenset[str]:
    """The syllables in which one of initial, medial and final is another."""
    place = ord(syllable) - _FIRST
    initial, medial, final = place // (_MEDIALS * _FINALS), place // _FINALS % _MEDIALS, place % _FINALS
    others = {
        *((other, medial, final) for other in range(_INITIALS)),
        *((initial, other, final) for other in range(_MEDIALS)),
        *((initial, medial, other) for other in range(_FINALS)),
    } - {(initial, medial, final)}
    return frozenset(chr(_FIRST + (one * _MEDIALS + two) * _FINALS + three) for one, two, three in others)

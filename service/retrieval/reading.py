"""What a visitor meant to type: slips of the keyboard and of spelling undone by the evidence of the FAQ's own words.

Nothing is changed that is a word already; nothing becomes a word that neither the FAQ nor its synonyms use.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

from .hangul import from_keys, is_syllable, to_keys
from .misspelling import KoreanSpelling
from .text import MATCHED_CHARACTERS, visible, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .misspelling import LanguageModel

_INSIDE_WORDS: Final = "0-9A-Za-zÀ-ɏ'’"
_LATIN_WORD: Final = f"(?<![{_INSIDE_WORDS}])[A-Za-z]+(?![{_INSIDE_WORDS}])"
_LATIN_SPAN = re.compile(f"{_LATIN_WORD}(?: {_LATIN_WORD})*")
_KOREAN_RUN = re.compile("[ㄱ-ㅎㅏ-ㅣ가-힣]+")
_HALF_SLIPPED = re.compile(f"([가-힣])([A-Za-z]{{3,}})(?![{_INSIDE_WORDS}])")
_SLIPPED_WITH_PARTICLE = re.compile(
    "(.*[ㄱ-ㅎㅏ-ㅣ].*?)(은|는|이|가|을|를|도|로|으로|에|의|만|랑|이랑|하고|에서|까지|부터)"
)

SHORTEST_CORRECTED, LONGEST_CORRECTED = 4, 20
"""Letters. Between shorter words one letter is the whole difference: can, car, cat. Longer ones are no words."""
SHORTEST_MISTAKEN: Final = 7
"""Letters of a word in which another letter is taken for a slip. A shorter one may well be a word: truck, track."""
SHORTEST_SPLIT, LONGEST_SPLIT = 6, 60
SHORTEST_PART, LONGEST_PART = 2, 14
ONE_LETTER_PARTS: Final = frozenset("ai")
"""The English words of one letter: howdoireturn."""
TWO_LETTER_PARTS: Final = frozenset(
    words("am an as at be by do go he hi if in is it me my no of ok on or so to up us we")
)
"""Those of two. Whatever else a FAQ has of two letters is a piece of something: bluetooth is not blue too th."""
COMMON_KOREAN: Final = """
안녕하세요 감사합니다 죄송합니다 저기요 여보세요 이거 그거 뭐예요 언제와요 언제오나요 언제돼요
얼마예요 얼마인가요 얼마나 어떻게해요 어디서해요 어디있어요 왜안와요 왜안돼요 빨리 지금 아직
오늘 내일 되나요 돼요 안돼요 안되요 안됩니다 하나요 했어요 했는데 할게요 할래요 해주세요
해줘요 주세요 싶어요 싶은데요 알려주세요 보내주세요 있나요 있어요 없나요 없어요 맞나요 아니요
까먹었어요 모르겠어요 안와요 안왔어요 못받았어요 가능한가요 가능해요 인가요 까지 부터 입니다
건요 거는요 그건요 이건요 저건요 이거는요 그거는요 저거는요 거요 이거요 그거요 언제요 언제쯤요 어디요 어디로요
얼마요 얼마나요 왜요 누구요 뭐요 정말요 진짜요 저요 저는요 제거요 여기요 거기요 그럼요 그래요 그래서요 그런데요 근데요
건데요 건데 거든요 거예요 거죠 던데요 는데요
"""
"""What every shop is asked in, whether or not its FAQ happens to say it. Names no thing, so it decides no match."""
SHORTEST_FOREIGN_PART: Final = 5
"""Letters of a part that the FAQ does not use. Shorter tokens are mostly pieces of words: ing, ment, able."""
MEAN_PART: Final = 3
"""Letters of the parts on average, at least: storenearme is three words, exceed is not ex ce ed."""
_ENDINGS: Final = ("s", "es", "ed", "d", "ing", "er", "r", "ly", "y")


class Lexicon(Protocol):
    def has(self, word: str) -> bool:
        """Whether `word`, in lower case, is a common English word."""
        ...


class Reader:
    """`vocabulary`: how often each Latin word occurs in the FAQ; `pairs`: each two syllables that are neighbours."""

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        pairs: Mapping[str, int],
        lexicon: Lexicon | None,
        korean: LanguageModel | None,
    ) -> None:
        self._vocabulary = vocabulary
        self._pairs = pairs
        self._lexicon = lexicon
        self._spelling = KoreanSpelling(pairs, korean) if korean else None
        self._shortened: dict[str, list[str]] = {}
        for word in vocabulary:
            if SHORTEST_CORRECTED <= len(word) <= LONGEST_CORRECTED:
                for shorter in _one_letter_less(word):
                    self._shortened.setdefault(shorter, []).append(word)

    @classmethod
    def of(
        cls,
        folded: Iterable[str],
        lexicon: Lexicon | None,
        synonyms: Iterable[str] = (),
        *,
        korean: LanguageModel | None = None,
    ) -> Reader:
        """`folded`: all texts of the FAQ, `synonyms`: what else its customers say.

        Without a lexicon English spelling is left alone, without `korean` Korean: nobody knows what is a word.
        """
        counts: Counter[str] = Counter()
        for text in chain(folded, synonyms):
            counts.update(words(text))
        pairs = Counter(pair for word in words(COMMON_KOREAN) for pair in _pairs(word))
        for word, count in counts.items():
            if is_syllable(word[0]):
                for pair in _pairs(word):
                    pairs[pair] += count
        vocabulary = {word: count for word, count in counts.items() if word.isalpha() and not is_syllable(word[0])}
        return cls(vocabulary, pairs, lexicon, korean)

    def read(self, text: str) -> str:
        """The first `MATCHED_CHARACTERS` of `text` as they were meant."""
        korean = _KOREAN_RUN.sub(lambda run: self._unslipped_korean(run[0]), visible(text)[:MATCHED_CHARACTERS])
        korean = _HALF_SLIPPED.sub(self._unslipped_half, korean)
        if self._spelling:
            korean = self._spelling.correct(korean)
        return _LATIN_SPAN.sub(lambda span: " ".join(self._latin(span[0].split(" "))), korean)

    def _unslipped_korean(self, run: str) -> str:
        """ㅔ묘ㅔ미 -> paypal and ㅔ묘ㅔ미로 -> paypal로, if paypal is a word we know and nothing else is Korean."""
        if glued := _SLIPPED_WITH_PARTICLE.fullmatch(run):
            keys = self._keys_of(glued[1])
            if keys:
                return keys + glued[2]
        return self._keys_of(run) or run

    def _keys_of(self, run: str) -> str:
        keys = to_keys(run).lower()
        meant = len(keys) > 2 and keys in self._vocabulary and not any(pair in self._pairs for pair in _pairs(run))
        return keys if meant else ""

    def _unslipped_half(self, found: re.Match[str]) -> str:
        """환qnf -> 환불: the keyboard was switched in the middle of a word."""
        korean = from_keys(found[2])
        pairs = _pairs(found[1] + korean)
        is_korean = all(map(is_syllable, korean)) and all(pair in self._pairs for pair in pairs)
        return found[1] + korean if is_korean and not self._is_word(found[2].lower()) else found[0]

    def _latin(self, typed: list[str]) -> Iterator[str]:
        place = 0
        while place < len(typed):
            word = typed[place]
            following = typed[place + 1] if place + 1 < len(typed) else ""
            if following and self._were_torn(word.lower(), following.lower()):
                yield word.lower() + following.lower()
                place += 2
            else:
                yield word if self._is_word(word.lower()) else self._meant(word)
                place += 1

    def _meant(self, typed: str) -> str:
        """The reading of something that is no word: Korean keys, a misspelling, several words, or just what it is."""
        if korean := self._unslipped_latin(typed):
            return korean
        if self._lexicon is None:
            return typed
        return self._corrected(typed.lower()) or self._split(typed.lower()) or typed

    def _unslipped_latin(self, typed: str) -> str:
        """qothd -> 배송, if at least half of its pairs of syllables are the FAQ's."""
        for keys in (typed, typed.lower()):  # with the caps lock on every key looks shifted
            korean = from_keys(keys)
            pairs = _pairs(korean)
            if pairs and all(map(is_syllable, korean)) and 2 * sum(pair in self._pairs for pair in pairs) >= len(pairs):
                return korean
        return ""

    def _were_torn(self, left: str, right: str) -> bool:
        """post age -> postage, unless both parts are words of the FAQ too."""
        return left + right in self._vocabulary and not (left in self._vocabulary and right in self._vocabulary)

    def _corrected(self, word: str) -> str:
        """The FAQ's word that is one edit away, the commonest of several: recieved -> received.

        The first letter is hardly ever the wrong one; without that rule mailed would be read as failed.
        """
        if not SHORTEST_CORRECTED <= len(word) <= LONGEST_CORRECTED:
            return ""
        near = {
            candidate
            for shorter in (word, *_one_letter_less(word))
            for candidate in (shorter, *self._shortened.get(shorter, ()))
            if candidate in self._vocabulary
            and len(candidate) >= SHORTEST_CORRECTED
            and candidate[0] == word[0]
            and _are_one_edit_apart(word, candidate)
        }
        return max(near, key=lambda candidate: (self._vocabulary[candidate], candidate), default="")

    def _split(self, glued: str) -> str:
        """doyoushiptonorway -> do you ship to norway: the fewest words it can be cut into, or nothing."""
        if not SHORTEST_SPLIT <= len(glued) <= LONGEST_SPLIT:
            return ""
        cuts: list[list[str] | None] = [[]]
        for end in range(1, len(glued) + 1):
            options = [
                [*before, glued[start:end]]
                for start in range(max(0, end - LONGEST_PART), end)
                if (before := cuts[start]) is not None and self._may_be_part(glued[start:end])
            ]
            cuts.append(min(options, key=len, default=None))
        parts = cuts[-1] or []
        return " ".join(parts) if len(parts) * MEAN_PART <= len(glued) else ""

    def _may_be_part(self, part: str) -> bool:
        if len(part) < SHORTEST_PART:
            return part in ONE_LETTER_PARTS
        if len(part) == SHORTEST_PART:
            return part in TWO_LETTER_PARTS
        known = self._lexicon is not None and len(part) >= SHORTEST_FOREIGN_PART and self._lexicon.has(part)
        return part in self._vocabulary or known

    def _is_word(self, word: str) -> bool:
        """Also an inflected form of one: mailed, washing."""
        stems = [word, *(word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))]
        return any(
            stem in self._vocabulary or (self._lexicon is not None and self._lexicon.has(stem))
            for stem in stems
            if len(stem) >= min(len(word), SHORTEST_CORRECTED)
        )


def _pairs(korean: str) -> list[str]:
    return [korean[place : place + 2] for place in range(len(korean) - 1)]


def _one_letter_less(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _are_one_edit_apart(one: str, other: str) -> bool:
    """One letter more or less, two neighbours swapped, or, in a long word, another letter."""
    same = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if same is None:  # german and germany are two words, stuf and stuff are one
        return other in {one + one[-1], one[:-1]}
    left, right = one[same:], other[same:]
    swapped = left[1::-1] + left[2:]
    mistaken = len(one) >= SHORTEST_MISTAKEN and left[1:] == right[1:]
    return left[1:] == right or left == right[1:] or swapped == right or mistaken

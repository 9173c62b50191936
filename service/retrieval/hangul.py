"""Hangul taken apart and put together again: letters, the keys that type them, and how a syllable sounds.

The names `initial`, `medial` and `final` are Unicode's: 환 = ㅎ + ㅘ + ㄴ. Keys are those of
the standard two-set layout.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

FIRST_SYLLABLE: Final = 0xAC00
INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MEDIALS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS: Final = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

_VOWELS: Final = "ㅗㅏㅘ ㅗㅐㅙ ㅗㅣㅚ ㅜㅓㅝ ㅜㅔㅞ ㅜㅣㅟ ㅡㅣㅢ"
_CONSONANTS: Final = "ㄱㅅㄳ ㄴㅈㄵ ㄴㅎㄶ ㄹㄱㄺ ㄹㅁㄻ ㄹㅂㄼ ㄹㅅㄽ ㄹㅌㄾ ㄹㅍㄿ ㄹㅎㅀ ㅂㅅㅄ"
_COMPOUNDS: Final = {written[:2]: written[2] for written in f"{_VOWELS} {_CONSONANTS}".split()}
"""Two letters that are written as one: ㅗ and ㅏ are ㅘ."""
_PARTS: Final = {compound: pair for pair, compound in _COMPOUNDS.items()}

_KEYS: Final = dict(
    zip(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
        "qwertyuiopasdfghjklzxcvbnmQWERTOP",
        strict=True,
    )
)
_LETTERS: Final = {key: letter for letter, key in _KEYS.items()}

_SOUNDS: Final = dict(zip("ㅐㅒㅖㅙㅞㅢㄲㄸㅃㅆㅉ", "ㅔㅔㅔㅚㅚㅣㄱㄷㅂㅅㅈ", strict=True))
"""Letters that Koreans mix up because they hear them alike: 내/네, 왜/왠, 할께/할게."""


def spell(text: str) -> str:
    """`text` with every syllable as its letters, compound ones apart: 환불 -> ㅎㅗㅏㄴㅂㅜㄹ."""
    return "".join(_spelled(character) for character in text)


def sound(text: str) -> str:
    """`text` with every syllable as it is heard, so that 먹어 equals 머거 and 햇는대 equals 했는데.

    The silent ㅇ that opens a syllable is left out; the ng that closes one stays.
    """
    return text.translate(_SOUNDED)


def compose(letters: str) -> str:
    """The syllables that typing `letters` on a Korean keyboard makes; what makes none stays as it is."""
    written: list[str] = []
    block = _EMPTY
    for letter in letters:
        if joined := _joined(block, letter):
            block = joined
        elif letter in MEDIALS and block.final:  # the last consonant was meant to open this syllable: 갑 + ㅏ is 가바
            parts = _PARTS.get(block.final, block.final)
            written.append(_Block(block.initial, block.medial, parts[:-1]).written)
            block = _Block(parts[-1], letter, "")
        else:
            written.append(block.written)
            block = _Block("", letter, "") if letter in MEDIALS else _Block(letter, "", "")
    return "".join([*written, block.written])


def from_keys(typed: str) -> str:
    """What a Korean keyboard would have written for these Latin keys: qothd -> 배송. A capital is a shifted key."""
    return compose("".join(_LETTERS.get(key) or _LETTERS.get(key.lower(), key) for key in typed))


def to_keys(text: str) -> str:
    """The Latin keys that were pressed for this Hangul: ㅔ묘ㅔ미 -> paypal."""
    return "".join(_KEYS.get(letter, letter) for letter in spell(text))


class _Block(NamedTuple):
    """A syllable on its way. `initial` may also hold a character that opens none."""

    initial: str
    medial: str
    final: str

    @property
    def written(self) -> str:
        if self.initial not in INITIALS or not self.initial or not self.medial:
            return self.initial + self.medial + self.final
        index = (INITIALS.index(self.initial) * 21 + MEDIALS.index(self.medial)) * 28 + FINALS.index(self.final)
        return chr(FIRST_SYLLABLE + index)


_EMPTY: Final = _Block("", "", "")


def _joined(block: _Block, letter: str) -> _Block | None:
    """The block with one more letter, if it has room for it."""
    if letter in MEDIALS:
        medial = _COMPOUNDS.get(block.medial + letter) if block.medial else letter
        return block._replace(medial=medial) if medial and not block.final else None
    final = _COMPOUNDS.get(block.final + letter) if block.final else letter
    has_room = block.initial and block.medial and final in FINALS
    return block._replace(final=final) if final and has_room else None


def is_syllable(character: str) -> bool:
    return "가" <= character <= "힣"


def _apart(character: str) -> tuple[str, str, str]:
    index = ord(character) - FIRST_SYLLABLE
    return INITIALS[index // 588], MEDIALS[index // 28 % 21], FINALS[index % 28]


@cache
def _spelled(character: str) -> str:
    parts = _apart(character) if is_syllable(character) else (character,)
    return "".join(_PARTS.get(part, part) for part in parts)


class _Sounded(dict[int, str]):
    """By code point, each put together when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = sounded = _sounded(chr(code))
        return sounded


_SOUNDED: Final = _Sounded()


def _sounded(character: str) -> str:
    if not is_syllable(character):
        return character
    initial, medial, final = _apart(character)
    opening = "" if initial == "ㅇ" else _SOUNDS.get(initial, initial)
    closing = "ŋ" if final == "ㅇ" else "".join(_SOUNDS.get(part, part) for part in _PARTS.get(final, final))
    return opening + _SOUNDS.get(medial, medial) + closing

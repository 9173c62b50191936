"""Keys by their shape, canaries by their letters, and the system prompt, also when they are spelled in disguise."""

from __future__ import annotations

import base64
import codecs
import math
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from .folding import fold, solid
from .rules import Offence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .rules import Offences

_KEY: Final = re.compile(
    r"(?<![a-z0-9])(?:(?:sk|pk|rk)[-_][a-z0-9_-]{8,}|akia[0-9a-z]{12,}|asia[0-9a-z]{16,}|gh[pousr]_[a-z0-9]{16,}|github_pat_[a-z0-9_]{16,}"
    r"|glpat-[a-z0-9_-]{16,}|xox[abposr]-[a-z0-9-]{8,}|aiza[a-z0-9_-]{20,}|hf_[a-z0-9]{16,}|gsk_[a-z0-9]{16,}|whsec_[a-z0-9+/=]{8,}|npm_[a-z0-9]{20,}"
    r"|eyj[a-z0-9_-]{5,}\.[a-z0-9_-]*|-----begin|bearer [a-z0-9._~+/-]{12,}=*)",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_=.-]{20,}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2}[ :-]?){16,}", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[\"“「『]([^\"”」』\n]{1,200})[\"”」』]")
_ENTROPY_BITS: Final = 3.4
_GRAM: Final = 12
_LEAKED: Final = 30
"""So many letters of the system prompt in a row are a leak; a Korean one counts twice."""
_SHORTEST: Final = 6
_REMEMBERED: Final = 4_000


def key_like(text: str) -> Offences:
    """`text` in its own case: tokens that no person writes."""
    for found in _KEY.finditer(text):
        yield Offence("secret", *found.span())
    for found in _TOKEN.finditer(text):
        if _random(found[0]):
            yield Offence("secret", *found.span())
    for found in _HEX.finditer(text):
        if len(set(found[0].lower())) > 6:
            yield Offence("secret", *found.span())


def _random(token: str) -> bool:
    letters = token.strip(".-_=/+")
    kinds = sum(any(test(c) for c in letters) for test in (str.islower, str.isupper, str.isdigit))
    if kinds < 2 or (
        kinds == 2 and not any(map(str.isdigit, letters)) and not token.endswith("=") and not _mixed(letters)
    ):
        return False
    counts = Counter(letters)
    bits = -sum(n / len(letters) * math.log2(n / len(letters)) for n in counts.values())
    return bits >= _ENTROPY_BITS


def _mixed(letters: str) -> bool:
    """Capitals in the middle of words, more than a camel has."""
    return len(re.findall(r"[a-z][A-Z]", letters)) >= 3


@lru_cache(maxsize=64)
def guarded(secrets: tuple[str, ...], system: str) -> Guarded:
    """Made once for all answers of a persona."""
    return Guarded(secrets, system)


class Guarded:
    """Texts that must not be shown, in the spellings in which they may be tried: as they are, without spaces, turned
    round, in base64, in hex, in rot13."""

    def __init__(self, secrets: Sequence[str], system: str) -> None:
        self._exact = tuple({fold(secret) for secret in secrets if secret.strip()})
        self._canaries = tuple(form for secret in secrets for form in forms(secret) if len(form) >= _SHORTEST)
        self._pieces = frozenset(
            form[at : at + _SHORTEST] for form in self._canaries for at in range(len(form) - _SHORTEST + 1)
        )
        self._parts = frozenset(gram for form in self._canaries for gram in _grams(form))
        self._short = tuple(form for form in self._canaries if len(form) < _GRAM)
        self._inside = re.compile("|".join(map(re.escape, sorted({*self._exact, *self._canaries}))) or "(?!)")
        self.prompt = _prompt_grams(system)
        self._innocent: dict[str, bool] = {}
        self.watches = bool(self._exact or self.prompt)

    def may_begin(self, word: str, tail: str) -> bool:
        """Whether a hidden text may be under way. `tail` are the last letters so far, those of the word included."""
        if tail[-_GRAM:] in self.prompt or tail[-_SHORTEST:] in self._pieces:
            return True
        return bool(self._exact) and len(word) >= _SHORTEST and self._holds_one(word)

    def _holds_one(self, word: str) -> bool:
        known = self._innocent.get(word)
        if known is None:
            known = self._inside.search(fold(word)) is None
            if len(self._innocent) >= _REMEMBERED:
                self._innocent.clear()
            self._innocent[word] = known
        return not known

    def offences(self, folded: str, before: str, said: Sequence[str]) -> Offences:
        """`before`: the last letters of what was said before this sentence. `said`: letters of what may be repeated."""
        for secret in self._exact:
            if (at := folded.find(secret)) >= 0:
                yield Offence("secret", at, at + len(secret))
        letters = before[1 - _GRAM :] + solid(folded)
        grams = list(_grams(letters))
        if not self._parts.isdisjoint(grams) or any(form in letters for form in self._short):
            yield Offence("secret", 0, len(folded))
        letters = before + solid(folded)
        if not self.prompt.isdisjoint(grams) and _run(letters, self.prompt, len(before), said) >= _LEAKED:
            yield Offence("prompt", 0, len(folded))


def _run(letters: str, grams: frozenset[str], new: int, said: Sequence[str]) -> int:
    """The weight of the longest run of known letters that reaches into the new ones."""
    best = run = 0
    for at in range(len(letters) - _GRAM + 1):
        gram = letters[at : at + _GRAM]
        if gram in grams and not any(gram in fact for fact in said):
            run += _weight(letters[at]) if run else sum(map(_weight, letters[at : at + _GRAM]))
            best = max(best, run) if at + _GRAM > new else best
        else:
            run = 0
    return best


def _weight(letter: str) -> int:
    return 2 if letter >= "가" else 1


def forms(text: str) -> Iterator[str]:
    """Its spellings, letters and digits only, in lower case."""
    plain = solid(fold(text))
    raw = text.encode()
    yield plain
    yield plain[::-1]
    yield raw.hex()
    if plain.isascii():
        yield codecs.encode(plain, "rot13")
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).decode()
        yield solid(coded.lower())[4 if shift else 0 : -4]


@lru_cache(maxsize=64)
def _prompt_grams(system: str) -> frozenset[str]:
    """What the template tells the model to say stands there in quotes, and may be said."""
    said = frozenset(gram for quoted in _QUOTED.findall(system) for gram in _grams(solid(fold(quoted))))
    return frozenset(gram for form in forms(system) for gram in _grams(form)) - said if system.strip() else frozenset()


def _grams(letters: str) -> Iterator[str]:
    return (letters[at : at + _GRAM] for at in range(len(letters) - _GRAM + 1))

"""When two texts are the same to a reader: spaces, case, width and the marks of a sentence make no difference."""

from __future__ import annotations

import unicodedata

_TELLING = frozenset("%#&@*/")
"""Marks that change what is meant: 10% is not 10."""


class _Kept(dict[int, str]):
    """A table for `str.translate` that learns each character when it first comes."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        drop = character not in _TELLING and unicodedata.category(character)[0] in "ZPC"
        return self.setdefault(code, "" if drop else character)


_KEPT = _Kept()


def same_key(text: str) -> str:
    """Equal for texts that are the same question; never empty."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain.translate(_KEPT) or plain


def one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter more, less or other makes one text the other, in time linear in their length."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    at = next((place for place, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    return shorter[at + (len(shorter) == len(longer)) :] == longer[at + 1 :]

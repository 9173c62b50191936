"""How many tokens a text costs: as reported, or estimated where nobody counted."""

from __future__ import annotations

import math
import string
from dataclasses import dataclass

WORD_BYTES_A_TOKEN = 4
FIGURE_BYTES_A_TOKEN = 1.5
"""Figures and signs: a date or an order number is cut into many small tokens."""
OTHER_BYTES_A_TOKEN = 3

_WORDS = (string.ascii_letters + string.whitespace).encode()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens a completion cost. `estimated` is true where the provider did not report them.

    `cached_tokens` are those of the input that the provider had read before and may charge less for.
    """

    input_tokens: int
    output_tokens: int
    estimated: bool = False
    cached_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            estimated=self.estimated or other.estimated,
            cached_tokens=self.cached_tokens + other.cached_tokens,
        )


def estimate_tokens(text: str) -> int:
    """About how many tokens a model makes of this, rounded up. English errs a little high, Korean more."""
    plain = text.encode("ascii", "ignore")
    figures = len(plain.translate(None, _WORDS))
    others = len(text.encode("utf-8", "replace")) - len(plain)
    words = (len(plain) - figures) / WORD_BYTES_A_TOKEN
    tokens = words + figures / FIGURE_BYTES_A_TOKEN + others / OTHER_BYTES_A_TOKEN
    return max(math.ceil(tokens), len(text.split()))  # no word is less than one, however short

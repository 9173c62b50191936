"""How many tokens a text costs: as reported, or estimated where nobody counted."""

from __future__ import annotations

import math
from dataclasses import dataclass

ASCII_BYTES_A_TOKEN = 4
OTHER_BYTES_A_TOKEN = 3


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens a completion cost. `estimated` is true where the provider did not report them.

    `cached_tokens` are those of the input that the provider had read before and may charge less for.
    """

    input_tokens: int
    output_tokens: int
    estimated: bool = False
    cached_tokens: int = 0


def estimate_tokens(text: str) -> int:
    """About how many tokens a model makes of this, rounded up. English errs a little low, Korean a little high."""
    ascii_bytes = len(text.encode("ascii", "ignore"))
    other_bytes = len(text.encode("utf-8", "replace")) - ascii_bytes
    return math.ceil(ascii_bytes / ASCII_BYTES_A_TOKEN + other_bytes / OTHER_BYTES_A_TOKEN)

"""WordLlama's static vectors, one for each token of 32,000, read straight from the installed package.

Importing the package would configure logging for the whole process and look for the weights in another folder.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import SettingsError
from .text import without_hangul

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from tokenizers import Tokenizer

    from .embedders import FloatArray

DIMENSION: Final = 256
MEDIAN_LENGTH: Final = 13.3
"""Of the 32,000 vectors as they are stored. Divided by it, an ordinary word has length 1."""


class StaticVectors:
    """The tokens of everything in a text that is not Hangul: the vectors were distilled from English and know none."""

    def __init__(self, weights: npt.NDArray[np.float16], tokenizer: Tokenizer) -> None:
        self._weights = weights
        self._tokenizer = tokenizer

    @classmethod
    def load(cls) -> StaticVectors:
        """16 MB of float16 and a tokenizer; 45 MB resident. Raises `SettingsError` when the package is missing."""
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = _installed("wordllama")
        (weights,) = load_file(folder / "weights" / f"l2_supercat_{DIMENSION}.safetensors").values()
        tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
        tokenizer.no_padding()
        return cls(weights, tokenizer)

    def words(self, folded: str) -> list[int]:
        """The tokens of a folded text, in order; rare words take several."""
        ids: list[int] = self._tokenizer.encode(without_hangul(folded), add_special_tokens=False).ids
        return ids

    def has(self, word: str) -> bool:
        """Whether `word` is common enough to be a token of its own."""
        return self._tokenizer.token_to_id(f"▁{word}") is not None

    def vectors(self, words: Sequence[int]) -> FloatArray:
        """Shape (len(words), DIMENSION), of length 0.2 for words that say little to 2 for those that say much."""
        return self._weights[list(words)].astype(np.float32) / np.float32(MEDIAN_LENGTH)


@cache
def static_vectors() -> StaticVectors:
    """The one copy in this process."""
    return StaticVectors.load()


def _installed(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SettingsError(f"The package {package} is not installed. Reinstall ondap, or set ONDAP_EMBED_BASE_URL.")
    return Path(spec.origin).parent

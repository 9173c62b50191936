"""What a text is about on the whole: the sum of its words' vectors, of both scripts side by side, as one direction.

For Korean it is the only dense vector there is, and blurred as it is, prototypes learn from it what no shared letter
tells them. Measured as half of their closeness: ko_shop top-1 +6 points, clinc150 +2, banking77_oos +1, the others
between -0.5 and +1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .embedders import FloatArray
    from .meaning import Meaning


@dataclass(frozen=True, slots=True)
class Gist:
    """`rows`: unit rows, or zero where a row has no words. Nothing of it is saved; `meanings` know all of it."""

    meanings: tuple[Meaning, ...]
    rows: FloatArray

    @classmethod
    def of(cls, meanings: Iterable[Meaning]) -> Gist | None:
        """None where there is no meaning to take it from."""
        each = tuple(meanings)
        return cls(each, _units(np.concatenate([meaning.sums() for meaning in each], axis=1))) if each else None

    def cosines(self, folded: str) -> FloatArray:
        """Of a folded question and each row, shape (rows,)."""
        (question,) = _units(np.concatenate([meaning.sum_of(folded) for meaning in self.meanings])[np.newaxis])
        cosines: FloatArray = self.rows @ question
        return cosines

    def between_rows(self) -> FloatArray:
        """The cosine of each two rows, shape (rows, rows)."""
        cosines: FloatArray = self.rows @ self.rows.T
        return cosines


def _units(sums: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    units: FloatArray = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return units

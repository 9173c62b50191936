"""One cosine for two texts: every row of an index as one unit vector, part sparse and part dense, and its products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .checks import checked, refuse_unless_unit_or_zero
from .lexical import Postings, SparseVector, Vocabulary
from .nearest import Coarse
from .scoring import highest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from .analysis import Analysis
    from .cutting import Cutting
    from .embedders import FloatArray
    from .gist import Gist
    from .layout import Layout
    from .lexical import IntArray

WHOLE_ENTRIES: Final = 128
"""Behind a coarse pass every row of the entries that so many best rows belong to is multiplied exactly, so that
nothing about an entry that may be a candidate is an estimate."""


@dataclass(frozen=True, slots=True)
class Products:
    """One question against each row, shape (rows,)."""

    cosines: FloatArray
    """`lexical`, and what the dense sides add to it."""
    lexical: FloatArray
    dense: FloatArray
    """The cosine of the dense vectors alone, in [-1, 1]; 0 where a side has none. See `Kernel.products`."""
    gists: FloatArray
    """The cosine of what both are about by the words' vectors; `cosines` again where the analysis knows no such."""

    @classmethod
    def blend(cls, each: Sequence[Products], weights: Sequence[float]) -> Products:
        """The weighted sum of several."""
        if len(each) == 1:
            return each[0]
        shares = np.array(weights, np.float32)
        return cls(
            shares @ np.stack([products.cosines for products in each]),
            shares @ np.stack([products.lexical for products in each]),
            shares @ np.stack([products.dense for products in each]),
            shares @ np.stack([products.gists for products in each]),
        )


@dataclass(frozen=True, slots=True)
class Kernel:
    """`vectors`: unit or zero rows of shape (rows, dim). `lengths`: how long each is inside the row's unit vector.

    `coarse`: where there are many rows, the dense products of most are estimates, and those that matter are not.
    """

    analysis: Analysis
    vocabulary: Vocabulary
    postings: Postings
    vectors: FloatArray
    lengths: FloatArray
    gist: Gist | None
    coarse: Coarse | None = None

    @classmethod
    def build(
        cls,
        analysis: Analysis,
        rows: Sequence[str],
        vectors: FloatArray,
        *,
        owners: IntArray,
        gist: Gist | None,
        coarse: bool = True,
        cutting: Cutting | None = None,
    ) -> Kernel:
        """`rows` are folded texts, `owners[row]` is the entry that says them, numbered from 0.

        `coarse`: whether a coarse pass is to be found where there are many rows. `cutting`: one of this
        analysis, which may know some of the texts.
        """
        entries: list[list[str]] = [[] for _ in range(int(owners.max(initial=-1)) + 1)]
        for text, owner in zip(rows, owners.tolist(), strict=True):
            entries[owner].append(text)
        cutting = cutting or analysis.cutting()
        vocabulary = Vocabulary.learn(analysis.channels, entries, cutting)
        weighed = [
            vocabulary.weigh(text, dense=analysis.dense if vector.any() else None, cutting=cutting)
            for text, vector in zip(rows, vectors, strict=True)
        ]
        postings = Postings.of([sparse for sparse, _ in weighed], terms=len(vocabulary.idf) - 1)
        lengths = np.array([left for _, left in weighed], np.float32)
        return cls(analysis, vocabulary, postings, vectors, lengths, gist, Coarse.fit(vectors) if coarse else None)

    @classmethod
    def restore(
        cls,
        analysis: Analysis,
        arrays: Mapping[str, npt.NDArray[Any]],
        *,
        shape: tuple[int, int],
        gist: Gist | None,
    ) -> Kernel:
        """Raises `ValueError` or `KeyError` unless the arrays are those of a kernel of this shape, (rows, dim)."""
        vectors = checked(arrays, "vectors", np.float32, shape)
        lengths = checked(arrays, "lengths", np.float32, shape[:1])
        idf = checked(arrays, "idf", np.float32, (None,))
        terms = checked(arrays, "terms", np.uint8, (None,))
        refuse_unless_unit_or_zero(vectors)
        vocabulary = Vocabulary.restore(analysis.channels, terms, idf)
        postings = Postings.restore(arrays, terms=len(idf) - 1, rows=shape[0])
        return cls(analysis, vocabulary, postings, vectors, lengths, gist, Coarse.restore(arrays, vectors))

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        coarse = self.coarse.arrays if self.coarse else {}
        return coarse | {
            "terms": self.vocabulary.as_text(),
            "idf": self.vocabulary.idf,
            "starts": self.postings.starts,
            "rows": self.postings.rows,
            "weights": self.postings.weights,
            "vectors": self.vectors,
            "lengths": self.lengths,
        }

    def products(self, folded: str, vector: FloatArray | None, layout: Layout | None = None) -> Products:
        """`vector`: a unit vector of shape (dim,), or None where only the sparse side is to be asked.

        With the `layout` of the rows, a coarse pass may spare the exact dense products of rows that come nowhere near.
        """
        embedded = vector is not None and bool(vector.any())
        sparse, length = self.vocabulary.weigh(folded, dense=self.analysis.dense if embedded else None)
        lexical, dense, cosines = self._sides(sparse, vector if embedded else None, length, layout)
        return Products(cosines, lexical, dense, self.gist.cosines(folded) if self.gist else cosines)

    def between_rows(self) -> tuple[FloatArray, FloatArray]:
        """The cosines and the gists of each two rows, both of shape (rows, rows)."""
        cosines = np.stack([products.cosines for products in self.of_rows()])
        return cosines, self.gist.between_rows() if self.gist else cosines

    def of_rows(self, rows: Sequence[int] | None = None) -> Iterator[Products]:
        """Each row in turn, or each of `rows`, asked as if it were a question."""
        sparse = self.postings.vectors()
        for row in range(len(sparse)) if rows is None else rows:
            lexical, dense, cosines = self._sides(sparse[row], self.vectors[row], float(self.lengths[row]))
            yield Products(cosines, lexical, dense, self.gist.of_row(row) if self.gist else cosines)

    def _sides(
        self, sparse: SparseVector, vector: FloatArray | None, length: float, layout: Layout | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The lexical and the dense cosines with each row, and both together."""
        lexical = self.postings.products(sparse)
        if vector is None:
            return lexical, np.zeros_like(lexical), lexical
        shares = self.lengths * np.float32(length)
        if self.coarse and layout:
            dense = self._looked_at_twice(self.coarse, lexical, shares, vector, layout)
        else:
            dense = self.vectors @ vector
        return lexical, dense, lexical + dense * shares

    def _looked_at_twice(
        self, coarse: Coarse, lexical: FloatArray, shares: FloatArray, vector: FloatArray, layout: Layout
    ) -> FloatArray:
        """The dense products: exact for the rows closest in meaning, for those closest with the words counted in,
        and for all rows of the entries that are closest then."""
        dense = coarse.products(vector)
        rows = np.union1d(highest(dense, coarse.looks), highest(lexical + dense * shares, coarse.looks))
        dense[rows] = self.vectors[rows] @ vector
        of_entries = layout.all_rows(layout.places(highest(lexical + dense * shares, WHOLE_ENTRIES)))
        dense[of_entries] = self.vectors[of_entries] @ vector
        return dense

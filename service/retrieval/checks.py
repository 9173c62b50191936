"""Whether arrays that were read from somewhere can be what they are said to be. Each raises `ValueError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .embedders import FloatArray

LENGTH_TOLERANCE: Final = 1e-3
"""Of unit vectors in float32, or in float16 on the way."""


def checked(
    arrays: Mapping[str, npt.NDArray[Any]], name: str, dtype: type[np.generic], shape: tuple[int | None, ...]
) -> npt.NDArray[Any]:
    """The array called `name`, finite, of this type and shape; None stands for any length."""
    array = arrays[name]
    fits = array.ndim == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        raise ValueError(f"{name} is {array.dtype} {array.shape}, not {np.dtype(dtype)} {shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} holds a number that is none, first at {np.argwhere(~np.isfinite(array))[0].tolist()}")
    return array


def refuse_unless_unit_or_zero(vectors: FloatArray) -> None:
    """A zero row is a text that had nothing to embed."""
    lengths = np.linalg.norm(vectors, axis=1)
    wrong = np.flatnonzero((np.abs(lengths - 1) > LENGTH_TOLERANCE) & (lengths > 0))
    if wrong.size:
        raise ValueError(f"vectors has length {lengths[wrong[0]]:.3f} in row {wrong[0]}")


def refuse_unless_orthonormal(axes: FloatArray) -> None:
    """Columns of length 1 at right angles."""
    if not axes.size or np.abs(axes.T @ axes - np.eye(axes.shape[1], dtype=np.float32)).max() > LENGTH_TOLERANCE:
        raise ValueError("axes are not of length 1 at right angles")


def refuse_unless_starts(starts: npt.NDArray[np.int64], end: int) -> None:
    """Borders of consecutive runs: from 0 up to `end`."""
    if starts[0] != 0 or starts[-1] != end or (np.diff(starts) < 0).any():
        raise ValueError(f"starts does not run from 0 to {end}")


def refuse_unless_below(numbers: npt.NDArray[np.int32], limit: int) -> None:
    if numbers.size and (numbers.min() < 0 or numbers.max() >= limit):
        raise ValueError(f"a number is outside 0 to {limit - 1}")

"""Numeric arrays to `.npy` bytes and back, without numpy's trust in what a file says about itself."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .files import refused

if TYPE_CHECKING:
    from pathlib import Path

Array = npt.NDArray[Any]

KINDS = frozenset({"|b1", "|u1", "<u4", "<i4", "<i8", "<f2", "<f4", "<f8"})
"""What may be saved: plain numbers in little-endian order."""
UNIT_TOLERANCE = 1e-3


def to_bytes(array: Array) -> bytes:
    """Raises `ValueError` for an array that `from_bytes` would refuse: that is a mistake of ours."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    if little.dtype.str not in KINDS:
        raise ValueError(f"arrays of {array.dtype} are not saved")
    file = io.BytesIO()
    np.lib.format.write_array(file, little, version=(1, 0), allow_pickle=False)
    return file.getvalue()


def from_bytes(content: bytes, path: Path) -> Array:
    """A read-only array over `content` itself. `path` is for the message of the `IndexRefused` it may raise.

    The header is believed only when it describes exactly the bytes that follow it, so nothing is allocated for it.
    """
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        shape, column_order, dtype = np.lib.format.read_array_header_1_0(file)
    except (ValueError, EOFError, TypeError):
        raise refused(path, "is damaged: it does not begin like an array") from None
    if version != (1, 0):
        raise refused(path, "is not ours: it is an array of another format")
    if column_order or dtype.str not in KINDS:
        raise refused(path, f"is not ours: its numbers are {dtype.str}{' in column order' if column_order else ''}")
    if any(length < 0 for length in shape) or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise refused(path, f"is damaged: its header announces an array of shape {shape}")
    array = np.frombuffer(content, dtype=dtype, offset=file.tell()).reshape(shape)
    if array.dtype.kind == "f":
        _refuse_rows(path, ~np.isfinite(array), "holds a number that is none")
    return array


def refuse_unless_unit_rows(vectors: Array, path: Path, *, zero_allowed: bool) -> None:
    """Raises `IndexRefused` unless `vectors` has shape (rows, dim) and each row the length 1 (or 0, where allowed)."""
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise refused(path, f"holds {vectors.dtype} of shape {vectors.shape} where vectors should be")
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors, axis=1)
    sound = np.abs(lengths - 1.0) <= UNIT_TOLERANCE
    if zero_allowed:
        sound |= ~vectors.any(axis=1)
    _refuse_rows(path, ~sound, "holds a vector whose length is not 1")


def _refuse_rows(path: Path, faulty: npt.NDArray[np.bool_], what: str) -> None:
    if faulty.any():
        raise refused(path, f"{what} in row {np.argwhere(faulty)[0][0] if faulty.ndim else 0}")

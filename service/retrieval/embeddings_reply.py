"""What an `/embeddings` endpoint answered, to unit rows; or a refusal that holds none of its words."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import UpstreamRefused, UpstreamUnavailable

if TYPE_CHECKING:
    from .embedders import FloatArray


def read_vectors(body: bytes, *, count: int, host: str) -> npt.NDArray[np.float64]:
    """The `count` vectors of an `/embeddings` reply, in the order of the request, as rows.

    Raises `UpstreamUnavailable` for a reply in another format, `UpstreamRefused` for vectors that cannot be used.
    """
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        reply = None
    items = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(items, list):
        raise UpstreamUnavailable(f"The embeddings endpoint {host} sent something other than vectors.")
    if len(items) != count:
        raise UpstreamRefused(f"The embeddings endpoint {host} returned {len(items)} vectors for {count} texts.")
    try:
        placed = {item.get("index", position): _vector(item["embedding"]) for position, item in enumerate(items)}
        return np.stack([placed[position] for position in range(count)])
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        raise UpstreamRefused(f"The embeddings endpoint {host} returned vectors that do not fit the request.") from None


def _vector(embedding: Any) -> npt.NDArray[np.float64]:
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4").astype(np.float64)
    if not embedding or not all(isinstance(number, int | float) for number in embedding):
        raise ValueError("not a vector")
    return np.array(embedding, dtype=np.float64)


def unit_rows(vectors: npt.NDArray[np.float64], *, host: str) -> FloatArray:
    """The rows scaled to length 1. Raises `UpstreamRefused` where a row has no direction: NaN, infinity, all zeros."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    faulty = np.flatnonzero(~(np.isfinite(lengths[:, 0]) & (lengths[:, 0] > 0)))
    if faulty.size:
        raise UpstreamRefused(f"The embeddings endpoint {host} returned no usable vector for text {faulty[0] + 1}.")
    units: FloatArray = (vectors / lengths).astype(np.float32)
    return units

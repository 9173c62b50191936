"""Rows and questions to search, of three kinds, the same on every run."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from service.retrieval.embedders import OfflineEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Vectors: TypeAlias = npt.NDArray[np.float32]

FAMILY = 10
"""Rows that are about the same thing, in the mean: the phrasings of an entry."""
DECAY, OFFSET = 0.8, 10
"""The i-th direction has variance (i + OFFSET) ** -DECAY: of 1,536 the first 256 hold three quarters of all squared
length, the first 64 a little more than half."""
SPREAD = 0.8
"""How wide a family is beside the distance between families: a question's closest row is at a cosine
of about .78, any other at .38."""
CHUNK = 65_536


def clustered(rows: int, dimension: int, questions: int) -> tuple[Vectors, Vectors]:
    """Families around centres, all with the same decaying spectrum, off the origin, and new members as questions."""
    random = np.random.default_rng(1)
    scale = (np.arange(dimension, dtype=np.float32) + OFFSET) ** (-DECAY / 2)
    scale /= np.linalg.norm(scale)
    mean = scale * random.standard_normal(dimension, np.float32)
    centres = scale * random.standard_normal((rows // FAMILY, dimension), np.float32) + mean

    def members(count: int) -> Vectors:
        made = centres[random.integers(0, len(centres), count)]
        made += SPREAD * scale * random.standard_normal((count, dimension), np.float32)
        return unit(made)

    return _in_chunks(members, rows, dimension), members(questions)


def sphere(rows: int, dimension: int, questions: int) -> tuple[Vectors, Vectors]:
    """Uniformly random directions: the worst case, in which no direction tells more than another."""
    random = np.random.default_rng(2)

    def drawn(count: int) -> Vectors:
        return unit(random.standard_normal((count, dimension), np.float32))

    return _in_chunks(drawn, rows, dimension), drawn(questions)


def of_texts(files: Sequence[Path], rows: int, questions: int) -> tuple[Vectors, Vectors]:
    """What the offline embedder makes of the English texts in some files, joined two by two until there are enough."""
    texts = sorted({text for file in files for text in _read(file) if text.isascii()})
    random = np.random.default_rng(3)
    pairs = random.integers(0, len(texts), (max(0, rows + questions - len(texts)), 2))
    texts += [f"{texts[first]} {texts[second]}" for first, second in pairs]
    vectors = asyncio.run(OfflineEmbedder().embed(texts))
    vectors = random.permutation(vectors[vectors.any(axis=1)])
    return np.ascontiguousarray(vectors[questions : questions + rows]), vectors[:questions]


def unit(vectors: Vectors) -> Vectors:
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _in_chunks(make: Callable[[int], Vectors], rows: int, dimension: int) -> Vectors:
    """Six gigabytes of rows are made without another six of numbers on the way."""
    vectors = np.empty((rows, dimension), np.float32)
    for start in range(0, rows, CHUNK):
        vectors[start : start + CHUNK] = make(min(CHUNK, rows - start))
    return vectors


def _read(file: Path) -> list[str]:
    """One text a line, or one JSON object a line with all that it says under `question`, `text` or `variants`."""
    lines = file.read_text(encoding="utf-8").splitlines()
    if file.suffix != ".jsonl":
        return [line.strip() for line in lines if line.strip()]
    found: list[str] = []
    for record in map(json.loads, lines):
        found += [record[key] for key in ("question", "text") if isinstance(record.get(key), str)]
        found += [text for text in record.get("variants") or [] if isinstance(text, str)]
    return found

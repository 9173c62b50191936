"""Vectors that were paid for once: one SQLite file, from an embedder and a text to its vector."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the SQLite it found, maybe not Python's own

from ..errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from .embedders import FloatArray

SCHEMA = 1
TEXTS_A_QUERY = 500


class EmbeddingCache:
    """Belongs to one builder at a time, which the builder's lock sees to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, embedder_id: str, texts: Iterable[str]) -> dict[str, FloatArray]:
        """The vectors that are known, each of shape (dim,), by text. Rows that no longer are vectors are left out."""
        digests = {_digest(text): text for text in texts}
        found = {}
        for digest, blob in self._rows(embedder_id, list(digests)):
            vector = np.frombuffer(blob, dtype="<f4") if len(blob) % 4 == 0 else np.empty(0, dtype=np.float32)
            if _is_vector(vector):
                found[digests[digest]] = vector
        return found

    def keep(self, embedder_id: str, vectors: Mapping[str, FloatArray]) -> None:
        """Commits before it returns: what is kept survives the process."""
        rows = [(embedder_id, _digest(text), vector.astype("<f4").tobytes()) for text, vector in vectors.items()]
        with self._database.conn:
            self._database.conn.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)

    def forget(self, embedder_id: str) -> None:
        """Drops every vector of an embedder, for when the model behind its name turned out to be another one."""
        with self._database.conn:
            self._database.conn.execute("DELETE FROM embeddings WHERE embedder = ?", [embedder_id])

    def _rows(self, embedder_id: str, digests: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for start in range(0, len(digests), TEXTS_A_QUERY):
            some = digests[start : start + TEXTS_A_QUERY]
            places = ", ".join("?" * len(some))
            yield from self._database.execute(
                f"SELECT text_sha256, vector FROM embeddings WHERE embedder = ? AND text_sha256 IN ({places})",  # noqa: S608 - question marks only
                [embedder_id, *some],
            )


@contextmanager
def open_cache(path: Path) -> Iterator[EmbeddingCache]:
    """Opens the cache, made when it is missing. One that is damaged or of another schema is started anew: it can be.

    Raises `OperatorError` when the file cannot be opened or written at all.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            database = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, full, read-only: not the fault of its content
                raise
            _remove(path)
            database = _open(path)
        try:
            yield EmbeddingCache(database)
        finally:
            database.close()
    except (OSError, sqlite3.Error) as error:
        raise OperatorError(
            f"The embedding cache {path} cannot be used: {error}. Remove it or free some space."
        ) from error


def _open(path: Path) -> Database:
    database = Database(path)
    try:
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: Database) -> None:
    database.conn.execute("PRAGMA journal_mode = WAL")
    database.conn.execute("PRAGMA synchronous = NORMAL")
    if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("the file is damaged")
    if database.execute("PRAGMA user_version").fetchone() == (SCHEMA,):
        return
    with database.conn:
        database.conn.execute("DROP TABLE IF EXISTS embeddings")
        database.conn.execute(
            "CREATE TABLE embeddings ("
            " embedder TEXT NOT NULL,"
            " text_sha256 BLOB NOT NULL,"
            " vector BLOB NOT NULL,"  # float32, little-endian
            " PRIMARY KEY (embedder, text_sha256)"
            ") WITHOUT ROWID"
        )
        database.conn.execute(f"PRAGMA user_version = {SCHEMA}")


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _is_vector(vector: FloatArray) -> bool:
    """A unit row, or the zero row of a text with nothing in it; anything else was damaged on the disk."""
    if not vector.size or not np.isfinite(vector).all():
        return False
    return not vector.any() or abs(float(np.linalg.norm(vector)) - 1.0) < 1e-3

"""One SQLite file: how it is opened, what it has to be, and what its errors mean to us."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from ..errors import StoreBusy, StoreError, StoreRefused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path
else:
    try:  # the same choice as sqlite-utils: its errors are then the ones we catch
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

APPLICATION_ID = 0x4F4E4450  # "ONDP"
VERSION = sqlite3.sqlite_version_info
SAFE_VERSION = (3, 51, 3)
"""From here on SQLite may have several writing processes: WAL files of older ones can lose a reset (fault 112)."""
LARGEST_CHECKED_BYTES = 64 * 1024 * 1024  # a full check of more would make the service late to start
RESTORE_HINT = "stop Ondap and restore the last backup, without any old -wal and -shm file beside it"

_BUSY_REASONS = {
    sqlite3.SQLITE_BUSY: "locked by another process; the write was not kept",
    sqlite3.SQLITE_LOCKED: "locked by another process; the write was not kept",
    sqlite3.SQLITE_FULL: "on a full disk; free some space and it works again",
    sqlite3.SQLITE_READONLY: "read-only; make the file and its folder writable",
    sqlite3.SQLITE_PERM: "read-only; make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "impossible to open; check its folder, its permissions and the limit of open files",
    sqlite3.SQLITE_IOERR: "on a disk that fails or has reached a limit",
    sqlite3.SQLITE_NOMEM: "out of memory",
    sqlite3.SQLITE_PROTOCOL: "contended by too many processes",
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_MOVED = 1032  # SQLITE_READONLY_DBMOVED, which the module does not name


def connect_writer(path: Path, *, busy_timeout_seconds: float) -> Database:
    """A connection that may write. Nothing has been read from or written to the file yet."""
    connection = sqlite3.connect(path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False)
    return _database(connection)


def connect_reader(path: Path, *, busy_timeout_seconds: float) -> Database:
    """A connection that can only read; closing it never moves pages between the WAL and the file."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(
        address, uri=True, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False
    )
    return _database(connection)


def make_durable(db: Database, path: Path) -> None:
    """WAL and FULL: a committed transaction has reached the disk."""
    mode = pragma(db, "journal_mode = WAL")
    if mode != "wal":
        raise StoreRefused(f"{path}: this file system cannot hold a write-ahead log; put the database on a local disk")
    for setting in (
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "temp_store = MEMORY",
        "journal_size_limit = 67108864",  # bytes; a long read may let the WAL grow, but not for good
    ):
        db.execute(f"PRAGMA {setting}")


def pragma(db: Database, text: str) -> Any:
    """The first value a PRAGMA gives back."""
    return db.execute(f"PRAGMA {text}").fetchone()[0]


def require_ours(db: Database, path: Path, *, newest: int) -> None:
    """Raise `StoreRefused` unless the file is an Ondap database up to version `newest`, or entirely empty."""
    application, version = pragma(db, "application_id"), pragma(db, "user_version")
    if application == 0 and version == 0 and not db.table_names():
        return
    if application != APPLICATION_ID:
        raise StoreRefused(f"{path} belongs to another program; choose another file or move this one away")
    if version > newest:
        raise StoreRefused(f"{path} was written by a newer Ondap (schema {version}, ours is {newest}); upgrade Ondap")


def require_sound(db: Database, path: Path) -> None:
    """Raise `StoreRefused` when pages are damaged. Large files are only checked where they are read."""
    if path.stat().st_size > LARGEST_CHECKED_BYTES:
        return
    finding = pragma(db, "quick_check(1)")
    if finding != "ok":
        raise StoreRefused(f"{path} is damaged ({finding.splitlines()[-1]}); {RESTORE_HINT}")


@contextlib.contextmanager
def speaking_plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into a `StoreError`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise in_our_words(error, path) from error


@contextlib.contextmanager
def writing(db: Database) -> Iterator[None]:
    """One transaction that takes the write lock first: a read that upgrades later fails at once (fault 107)."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:  # SQLite has given up by itself on a full disk, for one
            db.execute("ROLLBACK")
        raise


def in_our_words(error: Exception, path: Path) -> Exception:
    """A `StoreError` that says what to do; errors that are neither SQLite's nor the system's come back as they are."""
    match error:
        case sqlite3.Error():
            ours: Exception = _store_error(error, path)
        case UnicodeEncodeError():
            ours = StoreError("text with half a surrogate pair cannot be stored; refuse or replace it earlier")
        case OSError():
            ours = StoreBusy(f"{path} cannot be reached ({error.strerror}); check its folder and permissions")
        case _:
            return error
    ours.__cause__ = error
    return ours


def _store_error(error: sqlite3.Error, path: Path) -> StoreError:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return StoreError(f"{path}: {error}")
    kind = code & 0xFF  # the upper bits only tell where it happened
    if kind in _DAMAGE:
        return StoreRefused(f"{path} is damaged ({error}); {RESTORE_HINT}")
    if code == _MOVED:
        return StoreRefused(f"{path} was removed or replaced while in use; {RESTORE_HINT}")
    if kind in _BUSY_REASONS:
        return StoreBusy(f"{path} is {_BUSY_REASONS[kind]}")
    return StoreError(f"{path}: {error}")


def _database(connection: sqlite3.Connection) -> Database:
    return Database(connection, execute_plugins=False)


class DatabaseFiles:
    """The database file and its companions as they were when we opened them (fault 110).

    They are only ever looked at by name: opening and closing one of them ourselves would
    drop every POSIX lock SQLite holds on it in this process.
    """

    def __init__(self, path: Path, *suffixes: str) -> None:
        self.path = path
        self._known = {name: _identity(name) for name in (os.fspath(path) + suffix for suffix in ("", *suffixes))}

    def require_unchanged(self) -> None:
        """Raise `StoreRefused` when one of them was removed, replaced or emptied."""
        for name, identity in self._known.items():
            if _identity(name) != identity:
                raise StoreRefused(
                    f"{name} was removed or replaced while in use; stop Ondap, then put the right file back"
                )


def _identity(name: str) -> tuple[int, int] | None:
    try:
        found = os.stat(name)  # noqa: PTH116 - twice the speed of a Path, and on the way of every write
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino

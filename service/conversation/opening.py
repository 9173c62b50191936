"""From a path to a database that is ours, sound, up to date and nobody else's to damage."""

from __future__ import annotations

import contextlib
import os
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import StoreBusy, StoreRefused
from . import queries
from .database import (
    RESTORE_HINT,
    SAFE_VERSION,
    VERSION,
    DatabaseFiles,
    connect_reader,
    connect_writer,
    make_durable,
    pragma,
    require_ours,
    require_sound,
    speaking_plainly,
    writing,
)
from .migrations import MIGRATIONS, migrate
from .mounts import network_file_system
from .presence import Presence
from .readers import Readers
from .writer import Writer

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

READER_COUNT = 4
SURELY_OVER = timedelta(minutes=10)  # no answer takes as long: the process that gave it is gone


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """What reads and what writes; `writer` is None when the database was opened for reading only."""

    writer: Writer | None
    readers: Readers
    resources: ExitStack

    def close(self) -> None:
        """Finish what was accepted and let go of the file. Blocks; safe to call again."""
        self.resources.close()


def open_for_writing(path: Path, *, now: datetime, busy_timeout_seconds: float) -> OpenDatabase:
    """Make the database if there is none, bring its schema up to date, end what a crash left open."""
    with speaking_plainly(path), ExitStack() as resources:
        _require_place(path)
        presence = Presence(path, may_share=VERSION >= SAFE_VERSION, timeout_seconds=busy_timeout_seconds)
        resources.callback(presence.close)
        if not path.exists():
            path.touch(mode=0o600)  # customers' words will be in it; -wal and -shm take its mode over
        _inspect(path, thoroughly=presence.alone, busy_timeout_seconds=busy_timeout_seconds)
        db = connect_writer(path, busy_timeout_seconds=busy_timeout_seconds)
        resources.callback(db.close)
        make_durable(db, path)
        migrate(db)
        with writing(db):
            queries.close_left_open(db, opened_before=None if presence.alone else now - SURELY_OVER, now=now)
            queries.prove_writable(db, now)
        presence.share()
        files = DatabaseFiles(path, "-wal", "-shm")  # all three exist after the first write
        readers = _readers(files, busy_timeout_seconds, resources)
        writer = Writer(db, files)
        resources.callback(writer.close)
        return OpenDatabase(writer, readers, resources.pop_all())


def open_for_reading(path: Path, *, busy_timeout_seconds: float) -> OpenDatabase:
    """Look at a database that a service may hold at the same time; nothing is made, migrated or ended."""
    with speaking_plainly(path), ExitStack() as resources:
        if not path.exists():
            raise StoreRefused(f"{path} does not exist yet; the service makes it when it starts")
        files = DatabaseFiles(path)  # its -wal may come and go while we only look
        readers = _readers(files, busy_timeout_seconds, resources)
        with contextlib.closing(connect_reader(path, busy_timeout_seconds=busy_timeout_seconds)) as db:
            require_ours(db, path, newest=len(MIGRATIONS))
            if pragma(db, "user_version") < len(MIGRATIONS):
                raise StoreRefused(
                    f"{path} was written by an older Ondap; start the service once to bring it up to date"
                )
        return OpenDatabase(None, readers, resources.pop_all())


def _require_place(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # asked first, because SQLite would open what it can read and leave companions behind that nobody can write
    if not all(_may_write(place) for place in (path.parent, path) if place.exists()):
        raise StoreBusy(f"{path} is read-only; make the file and its folder writable")
    network = network_file_system(path.parent)
    if network is not None:
        raise StoreRefused(f"{path} is on a network file system ({network}); put the database on a local disk")
    log = path.with_name(path.name + "-wal")
    without_content = not path.exists() or path.stat().st_size == 0
    if without_content and log.exists() and log.stat().st_size > 0:  # SQLite would delete it and start afresh
        raise StoreRefused(f"{path} is missing or empty although {log.name} holds writes of it; {RESTORE_HINT}")


def _inspect(path: Path, *, thoroughly: bool, busy_timeout_seconds: float) -> None:
    """Refuse what is not ours or not sound, and leave it as it is.

    A connection that may write would, as it is closed, move the pages of a -wal that belongs to another file.
    Only a first start that was killed leaves a -journal; that one has to be rolled back.
    """
    interrupted = path.with_name(path.name + "-journal").exists()
    connect = connect_writer if interrupted else connect_reader
    with contextlib.closing(connect(path, busy_timeout_seconds=busy_timeout_seconds)) as db:
        require_ours(db, path, newest=len(MIGRATIONS))
        if thoroughly:
            require_sound(db, path)


def _may_write(place: Path) -> bool:
    return os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _readers(files: DatabaseFiles, busy_timeout_seconds: float, resources: ExitStack) -> Readers:
    connections = [connect_reader(files.path, busy_timeout_seconds=busy_timeout_seconds) for _ in range(READER_COUNT)]
    readers = Readers(connections, files)
    resources.callback(readers.close)
    return readers

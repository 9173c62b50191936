"""Which other processes may write to the database: an advisory lock that the system drops with the process."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

from ..errors import StoreBusy, StoreRefused

if TYPE_CHECKING:
    from pathlib import Path

_RETRY_SECONDS = 0.02


class Presence:
    """Our place among the writing processes, kept in `<database>-lock`.

    `alone` is true when no other process had the database open as we came; it then stays ours until `share`.
    :raises StoreRefused: another process is there and `may_share` is false (fault 112).
    :raises StoreBusy: it keeps the database to itself for longer than `timeout_seconds`.
    """

    def __init__(self, database: Path, *, may_share: bool, timeout_seconds: float) -> None:
        self._database = database
        self._may_share = may_share
        self._timeout_seconds = timeout_seconds
        self._file = os.open(f"{database}-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self.alone = self._try(fcntl.LOCK_EX)
            if not self.alone:
                self._join()
        except BaseException:
            os.close(self._file)
            raise

    def share(self) -> None:
        """The database is open and in order: let others in, if this SQLite is safe for that."""
        if self.alone and self._may_share:
            self._join()

    def close(self) -> None:
        os.close(self._file)

    def _join(self) -> None:
        if not self._may_share:
            raise StoreRefused(
                f"{self._database} is open in another process, and this SQLite is older than 3.51.3: two writers could "
                "damage it. Install pysqlite3, or run one process"
            )
        deadline = time.monotonic() + self._timeout_seconds
        while not self._try(fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                raise StoreBusy(f"{self._database} is being opened, or kept for itself, by another process")
            time.sleep(_RETRY_SECONDS)

    def _try(self, lock: int) -> bool:
        try:
            fcntl.flock(self._file, lock | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

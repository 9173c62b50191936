"""Reading beside the writer: a few threads with a read-only connection each."""

from __future__ import annotations

import asyncio
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from ..errors import StoreBusy
from .database import in_our_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database

    from .database import DatabaseFiles

T = TypeVar("T")


class Readers:
    """Runs reads off the event loop; a long one holds up neither writes nor, up to `len(connections) - 1`, others."""

    def __init__(self, connections: Sequence[Database], files: DatabaseFiles) -> None:
        self._connections = connections
        self._files = files
        self._free: queue.SimpleQueue[Database] = queue.SimpleQueue()
        for db in connections:
            self._free.put(db)
        self._threads = ThreadPoolExecutor(len(connections), thread_name_prefix="ondap-store-reader")
        self._closed = False

    async def run(self, work: Callable[[Database], T]) -> T:
        """What `work` returns. It must fetch all its rows: an open cursor would hold its snapshot."""
        if self._closed:
            raise StoreBusy(f"{self._files.path} is closed; the service is stopping")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    def close(self) -> None:
        """Finish the reads under way, then close the connections. Blocks; safe to call again."""
        self._closed = True
        self._threads.shutdown()
        for db in self._connections:
            db.close()

    def _read(self, work: Callable[[Database], T]) -> T:
        db = self._free.get()  # there are as many connections as threads
        try:
            self._files.require_unchanged()
            return work(db)
        except Exception as error:
            ours = in_our_words(error, self._files.path)
            if ours is error:
                raise
            raise ours from error
        finally:
            self._free.put(db)

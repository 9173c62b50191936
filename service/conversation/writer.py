"""The one thread that writes: jobs that wait together share one durable commit."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import queue
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import StoreBusy
from .database import in_our_words, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlite_utils import Database

    from .database import DatabaseFiles

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Database], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class Writer:
    """Runs jobs in the order they come, on its own thread and connection.

    A commit waits for the disk, so whatever arrives meanwhile goes into the next one together. Each job has a
    savepoint of its own: one that fails undoes nothing of the others. `longest_queue` is in jobs; beyond it
    calls are refused at once instead of piling up.
    """

    def __init__(
        self, db: Database, files: DatabaseFiles, *, longest_queue: int = 1000, largest_batch: int = 200
    ) -> None:
        self._db = db
        self._files = files
        self._longest_queue = longest_queue
        self._largest_batch = largest_batch
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()  # so that no job comes after the end mark
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ondap-store-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Database], T]) -> T:
        """What `work` returns, once it is on disk. Cancelling the caller does not take the write back."""
        job = _Job(work, asyncio.get_running_loop().create_future())
        with self._closing:
            if self._closed:
                raise StoreBusy(f"{self._files.path} is closed; the service is stopping")
            if self._jobs.qsize() >= self._longest_queue:
                raise StoreBusy(f"{self._files.path} has {self._longest_queue} writes waiting; try again soon")
            self._jobs.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Finish what was accepted, then stop. Blocks; safe to call again."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            batch, open_for_more = self._take()
            self._commit(batch)
            self._tell(batch)

    def _take(self) -> tuple[list[_Job], bool]:
        """Everything that waits, up to the largest batch, and whether more may come."""
        batch: list[_Job] = []
        while len(batch) < self._largest_batch:
            try:
                job = self._jobs.get(block=not batch)
            except queue.Empty:
                break
            if job is None:
                return batch, False
            batch.append(job)
        return batch, True

    def _commit(self, batch: list[_Job]) -> None:
        if not batch:
            return
        try:
            self._files.require_unchanged()
            with writing(self._db):
                for job in batch:
                    self._attempt(job)
            self._files.require_unchanged()  # a commit into a file that was just removed is not on disk
        except Exception as error:  # noqa: BLE001 - it goes to every caller; this thread has to live on
            for job in batch:
                job.error = copy.copy(error)  # each caller raises its own

    def _attempt(self, job: _Job) -> None:
        self._db.execute("SAVEPOINT job")
        try:
            job.result = job.work(self._db)
        except Exception as error:
            if not self._db.conn.in_transaction:
                raise  # SQLite gave up the whole transaction: nobody's work is left
            self._db.execute("ROLLBACK TO job")
            job.error = error
        self._db.execute("RELEASE job")

    def _tell(self, batch: list[_Job]) -> None:
        by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Job]] = defaultdict(list)
        for job in batch:
            if job.error is not None:
                job.error = in_our_words(job.error, self._files.path)
            by_loop[job.future.get_loop()].append(job)
        for loop, jobs in by_loop.items():
            with contextlib.suppress(RuntimeError):  # that loop has ended; nobody waits there any more
                loop.call_soon_threadsafe(_settle, jobs)


def _settle(jobs: Iterable[_Job]) -> None:
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)

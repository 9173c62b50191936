import asyncio
import resource
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from service.conversation.database import DatabaseFiles, connect_reader, connect_writer, make_durable, pragma, writing
from service.conversation.readers import Readers
from service.conversation.writer import Writer
from service.errors import StoreBusy, StoreError

HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[DatabaseFiles]:
    path = tmp_path / "notes.db"
    db = connect_writer(path, busy_timeout_seconds=0.1)
    make_durable(db, path)
    with writing(db):
        db.execute("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)")
    yield DatabaseFiles(path, "-wal", "-shm")
    db.close()


@pytest.fixture
def db(files: DatabaseFiles) -> Iterator[Database]:
    db = connect_writer(files.path, busy_timeout_seconds=0.1)
    make_durable(db, files.path)
    yield db
    db.close()


@pytest.fixture
def writer(db: Database, files: DatabaseFiles) -> Iterator[Writer]:
    writer = Writer(db, files, longest_queue=10)
    yield writer
    writer.close()


@pytest.fixture
def readers(files: DatabaseFiles) -> Iterator[Readers]:
    readers = Readers([connect_reader(files.path, busy_timeout_seconds=0.1) for _ in range(2)], files)
    yield readers
    readers.close()


@pytest.fixture
async def held(writer: Writer) -> AsyncIterator[threading.Event]:
    """The writer is busy with a job until the event is set, so that jobs gather behind it."""
    begun, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(_: Database) -> None:
        loop.call_soon_threadsafe(begun.set)
        release.wait()

    job = asyncio.create_task(writer.run(hold))
    await begun.wait()
    yield release
    release.set()
    await job


def note(text: str) -> Callable[[Database], str]:
    def write(db: Database) -> str:
        db.execute("INSERT INTO notes (text) VALUES (?)", (text,))
        return text

    return write


def notes(db: Database) -> list[str]:
    return [text for (text,) in db.execute("SELECT text FROM notes ORDER BY rowid").fetchall()]


async def submitted(*jobs: asyncio.Task[str]) -> None:
    """Let every job reach the queue."""
    await asyncio.sleep(0)
    assert not any(job.done() for job in jobs)


async def test_a_write_is_visible_to_others_as_soon_as_its_call_returns(writer: Writer, readers: Readers) -> None:
    for number in range(20):
        assert await writer.run(note(f"n{number}")) == f"n{number}"
        assert (await readers.run(notes))[-1] == f"n{number}"


def test_a_commit_waits_for_the_disk_and_keeps_references_whole(db: Database) -> None:
    full = 2
    assert (pragma(db, "journal_mode"), pragma(db, "synchronous"), pragma(db, "foreign_keys")) == ("wal", full, 1)


async def test_writes_that_wait_together_share_one_commit_in_order(
    writer: Writer, db: Database, readers: Readers, held: threading.Event
) -> None:
    jobs = [asyncio.create_task(writer.run(note(f"n{number}"))) for number in range(9)]
    await submitted(*jobs)
    said: list[str] = []
    db.conn.set_trace_callback(said.append)
    held.set()
    assert await asyncio.gather(*jobs) == [f"n{number}" for number in range(9)]
    assert await readers.run(notes) == [f"n{number}" for number in range(9)]
    assert said.count("BEGIN IMMEDIATE") == 1  # the held job has begun before we listened


async def test_one_that_fails_undoes_nothing_of_the_others(
    writer: Writer, readers: Readers, held: threading.Event
) -> None:
    def half(db: Database) -> str:
        note("half")(db)
        raise KeyError("mine")

    jobs = [asyncio.create_task(writer.run(work)) for work in (note("a"), half, note("a"), note("b"))]
    await submitted(*jobs)
    held.set()
    first, failed, twice, last = await asyncio.gather(*jobs, return_exceptions=True)
    assert (first, last) == ("a", "b")
    assert isinstance(failed, KeyError)
    assert isinstance(twice, StoreError)
    assert await readers.run(notes) == ["a", "b"]


async def test_a_queue_that_is_full_refuses_at_once(writer: Writer, held: threading.Event) -> None:
    jobs = [asyncio.create_task(writer.run(note(f"n{number}"))) for number in range(10)]
    await submitted(*jobs)
    with pytest.raises(StoreBusy, match="10 writes waiting"):
        await writer.run(note("too many"))
    held.set()
    await asyncio.gather(*jobs)
    assert await writer.run(note("later")) == "later"


async def test_a_caller_that_goes_away_does_not_take_its_write_along(
    writer: Writer, readers: Readers, held: threading.Event
) -> None:
    job = asyncio.create_task(writer.run(note("kept")))
    await submitted(job)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    held.set()
    await writer.run(note("next"))
    assert await readers.run(notes) == ["kept", "next"]


async def test_the_event_loop_is_free_while_a_write_waits(writer: Writer, held: threading.Event) -> None:
    job = asyncio.create_task(writer.run(note("slow")))
    await submitted(job)
    for _ in range(1_000):  # a loop that was blocked would never come here: only it sets the event below
        await asyncio.sleep(0)
    held.set()
    assert await job == "slow"


def test_a_loop_that_ended_does_not_stop_the_writer(writer: Writer) -> None:
    async def leave() -> None:
        job = asyncio.create_task(writer.run(lambda db: release.wait() and note("left")(db)))
        await submitted(job)  # type: ignore[arg-type]
        job.cancel()

    release = threading.Event()
    asyncio.run(leave())
    release.set()
    assert asyncio.run(writer.run(notes)) == ["left"]


async def test_a_long_read_blocks_no_write_and_no_other_read(writer: Writer, readers: Readers) -> None:
    await writer.run(note("before"))
    begun, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def long_read(db: Database) -> list[str]:
        db.execute("BEGIN")
        notes(db)
        loop.call_soon_threadsafe(begun.set)
        release.wait()
        try:
            return notes(db)
        finally:
            db.execute("ROLLBACK")

    reading = asyncio.create_task(readers.run(long_read))
    await begun.wait()
    await writer.run(note("during"))
    assert await readers.run(notes) == ["before", "during"]
    release.set()
    assert await reading == ["before"]


async def test_a_reader_cannot_write(readers: Readers) -> None:
    with pytest.raises(StoreBusy, match="read-only"):
        await readers.run(note("sneaked in"))


async def test_closing_finishes_what_was_accepted(writer: Writer, readers: Readers, held: threading.Event) -> None:
    jobs = [asyncio.create_task(writer.run(note(f"n{number}"))) for number in range(5)]
    await submitted(*jobs)
    held.set()
    await asyncio.to_thread(writer.close)
    assert len(await asyncio.gather(*jobs)) == 5
    with pytest.raises(StoreBusy, match="stopping"):
        await writer.run(note("too late"))
    writer.close()


async def test_a_lock_that_another_process_keeps_is_busy_and_later_writes_work_fault_106(
    writer: Writer, readers: Readers, files: DatabaseFiles
) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD_THE_LOCK, files.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"locked\n"
    with pytest.raises(StoreBusy, match="locked by another process"):
        await writer.run(note("refused"))
    assert await readers.run(notes) == []  # reading goes on
    patient = connect_writer(files.path, busy_timeout_seconds=60)
    waiting_writer = Writer(patient, files)
    waits = asyncio.create_task(waiting_writer.run(note("waited")))
    await submitted(waits)
    await other.communicate(b"")  # its input ends, and it with it
    assert await waits == "waited"
    await writer.run(note("after"))
    assert await readers.run(notes) == ["waited", "after"]
    waiting_writer.close()
    patient.close()


@pytest.fixture
def no_more_space(files: DatabaseFiles) -> Iterator[Callable[[bool], None]]:
    """Files of this process may not grow any further, or may again: a full disk without a disk to fill."""
    usual, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def switch(full: bool) -> None:
        log = files.path.with_name(files.path.name + "-wal")
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size if full else usual, hard))

    yield switch
    switch(False)


async def test_at_a_size_limit_writes_are_busy_reads_go_on_and_space_heals_it_fault_108_g29(
    writer: Writer, readers: Readers, no_more_space: Callable[[bool], None]
) -> None:
    await writer.run(note("before"))
    no_more_space(True)
    for _ in range(3):
        with pytest.raises(StoreBusy, match="reached a limit"):
            await writer.run(note("x" * 50_000))
    assert await readers.run(notes) == ["before"]
    no_more_space(False)
    await writer.run(note("after"))
    assert await readers.run(notes) == ["before", "after"]
    assert await readers.run(lambda db: db.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"


async def test_on_a_full_disk_writes_are_busy_reads_go_on_and_space_heals_it_fault_108_g29(tmp_path: Path) -> None:
    mounted = await asyncio.create_subprocess_exec(
        "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path, stderr=subprocess.DEVNULL
    )
    if await mounted.wait() != 0:
        pytest.skip("only root may mount a small disk to fill; the size limit above covers the rest")
    try:
        await fill_up_and_recover(tmp_path / "notes.db")
    finally:
        await (await asyncio.create_subprocess_exec("umount", tmp_path)).wait()


async def fill_up_and_recover(path: Path) -> None:
    db = connect_writer(path, busy_timeout_seconds=0.1)
    make_durable(db, path)
    with writing(db):
        db.execute("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)")
    files = DatabaseFiles(path, "-wal", "-shm")
    writer = Writer(db, files)
    readers = Readers([connect_reader(path, busy_timeout_seconds=0.1)], files)
    await writer.run(note("before"))
    filler = path.with_name("filler")
    fill(filler)
    with pytest.raises(StoreBusy, match="full disk"):
        await writer.run(note("x" * 50_000))
    assert await readers.run(notes) == ["before"]
    empty(filler)
    await writer.run(note("y" * 50_000))
    assert await readers.run(notes) == ["before", "y" * 50_000]
    readers.close()
    writer.close()
    db.close()


def fill(filler: Path) -> None:
    with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as file:  # noqa: PT012
        while True:
            file.write(b"\0" * 4096)


def empty(filler: Path) -> None:
    filler.unlink()

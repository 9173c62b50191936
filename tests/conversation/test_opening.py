import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.conversation import opening
from service.conversation.mounts import file_system_type
from service.conversation.presence import Presence
from service.conversation.sqlite import SqliteStore
from service.conversation.store import (
    Answer,
    ExchangeFilter,
    Feedback,
    Opened,
)
from service.errors import StoreBusy, StoreRefused

from .samples import WHOLE, Clock, ask_and_answer, asked


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


# what a start finds


async def test_what_a_crash_left_open_is_ended_as_restarted(path: Path, tmp_path: Path) -> None:
    running = SqliteStore.open(path)
    await running.open_exchange(asked("e1"))
    await ask_and_answer(running, "e2")
    crashed = tmp_path / "crashed"
    shutil.copytree(path.parent, crashed)  # as the disk is without a goodbye
    await running.close()
    after = SqliteStore.open(crashed / path.name)
    answers = {exchange.id: exchange.answer for exchange in await after.conversation("c1")}
    await after.close()
    assert answers == {"e1": Answer("", None, "restarted"), "e2": WHOLE}


async def test_a_second_process_leaves_the_firsts_open_exchanges_alone(
    path: Path, store: SqliteStore, clock: Clock
) -> None:
    await store.open_exchange(asked("old"))
    clock.now += timedelta(minutes=1)
    await store.open_exchange(asked("young"))
    clock.now += timedelta(minutes=9, seconds=1)
    second = SqliteStore.open(path, clock=clock)
    left = {exchange.id: exchange.answer is None for exchange in await second.conversation("c1")}
    await second.close()
    assert left == {"old": False, "young": True}
    await store.close_exchange("young", WHOLE)


async def test_two_stores_may_write_at_once(path: Path, store: SqliteStore) -> None:
    second = SqliteStore.open(path)
    await asyncio.gather(*(ask_and_answer(one, f"{n}-{id(one)}") for n in range(20) for one in (store, second)))
    await second.close()
    assert [exchange.number for exchange in await store.exchanges(ExchangeFilter(), limit=99)] == list(range(1, 41))


async def test_an_sqlite_that_two_writers_could_damage_has_one_writer_and_any_readers_fault_112(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "VERSION", (3, 51, 2))  # no other library can be loaded beside ours
    only = SqliteStore.open(path)
    with pytest.raises(StoreRefused, match="is older than 3"):
        SqliteStore.open(path)
    looking = SqliteStore.open(path, read_only=True)
    await ask_and_answer(only, "e1")
    assert await looking.exchange("e1") is not None
    await looking.close()
    await only.close()
    await SqliteStore.open(path).close()


def test_a_database_that_another_process_is_still_opening_is_busy(path: Path) -> None:
    path.parent.mkdir()
    first = Presence(path, may_share=True, timeout_seconds=0)
    assert first.alone
    with pytest.raises(StoreBusy, match="is being opened"):
        SqliteStore.open(path, busy_timeout_seconds=0.05)
    first.share()
    asyncio.run(SqliteStore.open(path).close())
    first.close()


async def test_only_the_owner_may_read_the_files(path: Path, store: SqliteStore) -> None:
    await store.check()
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


async def test_a_clean_stop_leaves_one_whole_file_and_later_calls_are_refused(path: Path) -> None:
    store = SqliteStore.open(path)
    accepted = [asyncio.ensure_future(store.open_exchange(asked(f"e{n}"))) for n in range(50)]
    await asyncio.sleep(0)  # let them reach the queue
    await store.close()
    await store.close()
    assert await asyncio.gather(*accepted) == [Opened()] * 50
    assert names_in(path.parent) == {"ondap.db", "ondap.db-lock"}
    with pytest.raises(StoreBusy, match="stopping"):
        await store.check()
    with pytest.raises(StoreBusy, match="stopping"):
        await store.exchange("e1")


# reading only


async def test_a_reader_sees_what_a_running_service_writes_and_changes_nothing(path: Path, store: SqliteStore) -> None:
    await ask_and_answer(store, "e1")
    looking = SqliteStore.open(path, read_only=True)
    await ask_and_answer(store, "e2")
    assert [exchange.id for exchange in await looking.exchanges(ExchangeFilter(), limit=9)] == ["e1", "e2"]
    with pytest.raises(StoreBusy, match="reading only"):
        await looking.give_feedback("e1", Feedback(helpful=True))
    await looking.close()


async def test_a_reader_makes_no_database_and_needs_no_running_service(path: Path) -> None:
    with pytest.raises(StoreRefused, match="does not exist"):
        SqliteStore.open(path, read_only=True)
    assert not path.parent.exists()
    await SqliteStore.open(path).close()
    looking = SqliteStore.open(path, read_only=True)
    assert await looking.escalations() == []
    await looking.close()


# databases that are not ours to use: faults 110, 111, 114


def make_foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def make_from_the_future(path: Path) -> None:
    asyncio.run(SqliteStore.open(path).close())
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()


def make_text(path: Path) -> None:
    path.write_text("not a database at all\n" * 100, encoding="utf-8")


def make_with_damaged_header(path: Path) -> None:
    make_full(path)
    with path.open("r+b") as file:
        file.write(b"\0" * 16)


def make_with_damaged_page(path: Path) -> None:
    make_full(path)
    with path.open("r+b") as file:
        file.seek(-3 * 4096, os.SEEK_END)
        file.write(b"\xff" * 4096)


def make_cut_short(path: Path) -> None:
    make_full(path)
    os.truncate(path, path.stat().st_size // 2)


def make_empty_beside_its_log(path: Path) -> None:
    path.touch()
    path.with_name(path.name + "-wal").write_bytes(b"writes")


def make_restored_beside_a_log_of_its_future(path: Path) -> None:
    make_full(path)
    backup = path.read_bytes()

    async def go_on_and_crash() -> None:
        store = SqliteStore.open(path)
        await asyncio.gather(*(ask_and_answer(store, f"later-{n}", text="나" * 6000) for n in range(500)))
        shutil.copytree(path.parent, path.with_name("crashed"))
        await store.close()

    asyncio.run(go_on_and_crash())
    for file in path.with_name("crashed").iterdir():
        shutil.copy(file, path.parent)
    path.write_bytes(backup)


def make_full(path: Path) -> None:
    async def fill() -> None:
        store = SqliteStore.open(path)
        await asyncio.gather(*(ask_and_answer(store, f"e{n}", text="가" * 500) for n in range(100)))
        await store.close()

    asyncio.run(fill())


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_foreign, "another program"),
        (make_from_the_future, "newer Ondap"),
        (make_text, "damaged .* restore the last backup"),
        (make_with_damaged_header, "damaged .* restore the last backup"),
        (make_with_damaged_page, "damaged .* restore the last backup"),
        (make_restored_beside_a_log_of_its_future, "damaged .* without any old -wal"),
        (make_cut_short, "damaged .* restore the last backup"),
        (make_empty_beside_its_log, "missing or empty although"),
    ],
)
def test_a_database_we_must_not_write_to_is_refused_and_left_as_it_was(
    path: Path, make: Callable[[Path], None], reason: str
) -> None:
    path.parent.mkdir()
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreRefused, match=reason):
        SqliteStore.open(path)
    assert path.read_bytes() == before


def test_what_a_killed_first_start_left_behind_is_taken_over_fault_116(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    asyncio.run(SqliteStore.open(path).close())


def test_a_first_start_that_was_killed_inside_sqlite_is_rolled_back_fault_116(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("CREATE TABLE begun (id)", "PRAGMA cache_size = 1", "BEGIN IMMEDIATE", "DROP TABLE begun"):
        connection.execute(statement)
    connection.execute("CREATE TABLE half AS SELECT zeroblob(900) FROM json_each('[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]')")
    shutil.copytree(path.parent, path.with_name("killed"))  # as a kill would leave it, with a -journal to roll back
    connection.close()
    assert "ondap.db-journal" in names_in(path.with_name("killed"))
    with pytest.raises(StoreRefused, match="another program"):  # rolled back to `begun`, which is not ours
        SqliteStore.open(path.with_name("killed") / path.name)


async def test_damage_that_a_start_did_not_see_is_refused_where_it_is_read_fault_111(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ondap.db"
    await asyncio.to_thread(make_with_damaged_page, path)
    monkeypatch.setattr("service.conversation.database.LARGEST_CHECKED_BYTES", 0)
    store = SqliteStore.open(path)
    with pytest.raises(StoreRefused, match="damaged"):
        await store.exchanges(ExchangeFilter(), limit=1000)
    await store.close()


def test_the_innermost_mount_decides_and_a_network_disk_is_known_by_its_type_fault_114() -> None:
    mountinfo = (
        "21 1 0:1 / / rw - ext4 /dev/root rw\n"
        "22 21 0:2 / /srv rw,relatime shared:1 - nfs4 host:/share rw\n"
        "23 22 0:3 / /srv/my\\040disk rw - xfs /dev/disk rw\n"
    )
    assert file_system_type(Path("/var/ondap"), mountinfo) == "ext4"
    assert file_system_type(Path("/srv/ondap"), mountinfo) == "nfs4"
    assert file_system_type(Path("/srv/my disk/ondap"), mountinfo) == "xfs"


# files that change under a running store: fault 110


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
async def test_a_file_removed_or_replaced_while_in_use_is_refused_until_it_is_back(
    path: Path, store: SqliteStore, suffix: str
) -> None:
    await ask_and_answer(store, "e1")
    file = path.with_name(path.name + suffix)
    aside = file.with_name("aside")
    file.rename(aside)
    for _ in range(2):
        with pytest.raises(StoreRefused, match="removed or replaced while in use"):
            await store.check()
        with pytest.raises(StoreRefused, match="removed or replaced while in use"):
            await store.exchange("e1")
        shutil.copy(aside, file)  # the second time: there again, but another file
    aside.replace(file)
    await ask_and_answer(store, "e2")
    assert [exchange.id for exchange in await store.conversation("c1")] == ["e1", "e2"]


async def test_a_removed_database_is_not_made_anew(path: Path, store: SqliteStore) -> None:
    await asyncio.to_thread(path.unlink)
    with pytest.raises(StoreRefused):
        await store.open_exchange(asked("e1"))
    assert "ondap.db" not in names_in(path.parent)


async def test_a_folder_that_vanishes_is_refused_fault_109(path: Path, store: SqliteStore) -> None:
    shutil.rmtree(path.parent)
    with pytest.raises(StoreRefused):
        await store.check()


async def test_after_its_log_was_removed_a_clean_stop_still_saves_every_write(path: Path) -> None:
    store = SqliteStore.open(path)
    await ask_and_answer(store, "e1")
    path.with_name(path.name + "-wal").unlink()
    with pytest.raises(StoreRefused):
        await store.check()
    await store.close()
    after = SqliteStore.open(path)
    assert [exchange.id for exchange in await after.conversation("c1")] == ["e1"]
    await after.close()


# a place that cannot be written to: fault 109


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[None]:
    """Root may write anywhere, so it steps down for the test."""
    if os.geteuid() != 0:
        yield
        return
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    os.chown(tmp_path, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("unprivileged")
def test_a_read_only_database_is_busy_until_it_may_be_written_again(path: Path) -> None:
    asyncio.run(SqliteStore.open(path).close())
    path.chmod(0o400)
    with pytest.raises(StoreBusy, match="read-only"):
        SqliteStore.open(path)
    path.chmod(0o600)
    asyncio.run(SqliteStore.open(path).close())


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_without_permission_is_busy_and_names_the_path(path: Path) -> None:
    path.parent.mkdir(mode=0o500)
    with pytest.raises(StoreBusy, match=str(path)):
        SqliteStore.open(path)
    assert names_in(path.parent) == set()


@pytest.mark.usefixtures("unprivileged")
async def test_a_permission_that_is_lost_is_busy_until_it_is_given_back(path: Path) -> None:
    store = SqliteStore.open(path)
    path.parent.chmod(0)
    with pytest.raises(StoreBusy, match="Permission denied"):
        await store.check()
    with pytest.raises(StoreBusy, match="Permission denied"):
        await store.exchange("e1")
    path.parent.chmod(0o700)
    await ask_and_answer(store, "e1")
    await store.close()

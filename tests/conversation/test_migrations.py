import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from service.conversation import migrations
from service.conversation.database import APPLICATION_ID, connect_writer, pragma
from service.conversation.migrations import MIGRATIONS, migrate

KILLED_AT_EACH_STATEMENT = """
import json, os, signal, sys
from pathlib import Path

from service.conversation.database import connect_writer, make_durable, pragma, require_ours
from service.conversation.migrations import MIGRATIONS, migrate

def kill_at(last):
    count = 0
    def before_each(sql):
        nonlocal count
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
    return before_each

def start(path, last):
    db = connect_writer(path, busy_timeout_seconds=1)
    db.conn.set_trace_callback(kill_at(last))
    require_ours(db, path, newest=len(MIGRATIONS))
    make_durable(db, path)
    migrate(db)
    os._exit(0)

killed, versions = 0, []
while True:
    path = Path(sys.argv[1]) / f"{killed}.db"
    child = os.fork()
    if child == 0:
        start(path, killed + 1)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        break
    killed += 1
    db = connect_writer(path, busy_timeout_seconds=1)
    require_ours(db, path, newest=len(MIGRATIONS))
    versions.append(pragma(db, "user_version"))
    make_durable(db, path)
    migrate(db)
    assert pragma(db, "integrity_check") == "ok"
    assert pragma(db, "user_version") == len(MIGRATIONS)
    db.close()
print(json.dumps({"exit": os.waitstatus_to_exitcode(status), "killed": killed, "versions": versions}))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ondap.db"


def opened(path: Path) -> Database:
    return connect_writer(path, busy_timeout_seconds=1)


def schema(db: Database) -> str:
    return "\n".join(row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"))


def test_a_new_database_is_signed_and_numbered(path: Path) -> None:
    db = opened(path)
    migrate(db)
    assert pragma(db, "application_id") == APPLICATION_ID
    assert pragma(db, "user_version") == len(MIGRATIONS)
    assert {"exchanges", "idempotency_keys", "escalations", "health"} <= set(db.table_names())
    db.close()


def test_migrating_again_changes_nothing(path: Path) -> None:
    db = opened(path)
    migrate(db)
    before = schema(db)
    migrate(db)
    assert schema(db) == before
    db.close()


def test_the_reasons_for_columns_are_in_the_database_itself(path: Path) -> None:
    db = opened(path)
    migrate(db)
    assert "-- what the visitor saw, byte for byte" in schema(db)
    db.close()


def test_every_foreign_key_has_an_index(path: Path) -> None:
    db = opened(path)
    migrate(db)
    for table in db.tables:
        first_columns = {index.columns[0] for index in table.indexes}
        assert {key.column for key in table.foreign_keys} <= first_columns
    db.close()


def test_a_step_that_fails_has_not_happened_and_the_ones_before_it_have(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_a_step(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER)")
        raise OSError("the power went")

    def whole_step(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER)")

    db = opened(path)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, half_a_step))
    with pytest.raises(OSError, match="the power went"):
        migrate(db)
    assert pragma(db, "user_version") == len(MIGRATIONS)
    assert "half" not in db.table_names()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, whole_step))
    migrate(db)
    assert pragma(db, "user_version") == len(MIGRATIONS) + 1
    db.close()


def test_a_migration_killed_before_any_of_its_statements_is_finished_by_the_next_start_fault_116(
    tmp_path: Path,
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EACH_STATEMENT, tmp_path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["exit"] == 0
    assert found["killed"] > 15
    assert set(found["versions"]) == set(range(len(MIGRATIONS)))  # nothing of a step before its commit

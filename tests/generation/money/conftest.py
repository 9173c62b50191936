"""A real ledger in a file of its own, and a clock that the test sets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.conversation.sqlite import SqliteStore
from tests.conversation.samples import Clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "ondap.sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(path, busy_timeout_seconds=0.1)
    yield opened
    await opened.close()

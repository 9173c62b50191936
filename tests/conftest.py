"""What many tests share: a small shop whose index is built once, for real, with the offline embedder."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pytest

from service.retrieval.build import Build, index_storage
from service.retrieval.building import reindex
from service.retrieval.live import LiveIndex
from service.retrieval.recipe import recipes
from service.retrieval.retriever import Retriever

SHOP = Path(__file__).parent / "shop.yaml"
T = TypeVar("T")

TODAY = date(2026, 11, 20)

LOOPBACK = {"127.0.0.1", "::1", "localhost", "0.0.0.0", ""}


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, in a thread of its own: where a browser is driven, this thread has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here talks to the world outside, and a test that tries to fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> None:
    for name in [name for name in os.environ if name.startswith("ONDAP_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def shop_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published index of the small shop."""
    var = tmp_path_factory.mktemp("var")
    finished(reindex(Build(SHOP, var, recipes())))
    return var


@pytest.fixture(scope="session")
def retriever(shop_var: Path) -> Retriever:
    """The small shop's index, loaded once for all tests."""
    made = recipes()
    live = LiveIndex(index_storage(shop_var), made, SHOP)
    finished(live.start())
    return Retriever(live, made, today=lambda: TODAY)

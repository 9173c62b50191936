"""The whole app on the small shop, with a store of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from service.retrieval.retriever import Retriever
from service.settings import Settings
from service.web.app import create_app
from tests.conftest import SHOP

ADMIN = {"Authorization": "Bearer the-admin-token-of-tests"}


class Open(Protocol):
    """Opens a client of the app; settings by name, parts to replace by name."""

    def __call__(self, **changed: Any) -> TestClient: ...


@pytest.fixture
def opened(tmp_path: Path, retriever: Retriever) -> Iterator[Open]:
    with ExitStack() as stack:

        def open_client(**changed: Any) -> TestClient:
            parts = {name: changed.pop(name) for name in ("store", "completer") if name in changed}
            chosen: dict[str, Any] = {
                "faq_path": SHOP,
                "var_dir": tmp_path / "var",
                "admin_token": SecretStr("the-admin-token-of-tests"),
                "rate_limit_per_minute": 10_000,
            }
            settings = Settings(**(chosen | changed))
            app = create_app(settings, retriever=retriever, **parts)
            return stack.enter_context(TestClient(app, base_url="http://shop.test", raise_server_exceptions=False))

        yield open_client


@pytest.fixture
def client(opened: Open) -> TestClient:
    return opened()

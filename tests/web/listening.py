"""The app on a real loopback port, beside a test's own loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from service.retrieval.retriever import Retriever
from service.settings import Settings
from service.web.app import create_app
from tests.browser.serving import serving
from tests.conftest import SHOP


class Listen(Protocol):
    """Serves the app; settings by name, parts to replace by name. Returns the address of its `/v1`."""

    def __call__(self, **changed: Any) -> str: ...


@pytest.fixture
def listen(tmp_path: Path, retriever: Retriever) -> Iterator[Listen]:
    with ExitStack() as stack:

        def served(**changed: Any) -> str:
            parts = {name: changed.pop(name) for name in ("store", "completer") if name in changed}
            chosen: dict[str, Any] = {"faq_path": SHOP, "var_dir": tmp_path / "var", "rate_limit_per_minute": 10_000}
            app = create_app(Settings(**(chosen | changed)), retriever=retriever, **parts)
            return stack.enter_context(serving(app)) + "/v1"

        yield served

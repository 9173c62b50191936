"""A system Chromium and a scripted server; run as a command of its own (`pytest tests/browser`)."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from .guest import Guest
from .scripted import Scripted
from .serving import serving
from .wire import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import ConsoleMessage, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    own = {"executable_path": found} if found else {}  # otherwise the browser Playwright has installed
    return {**browser_type_launch_args, **own, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "ko-KR",
        "reduced_motion": "reduce",
        "viewport": {"width": 1100, "height": 820},
    }


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[str, Scripted]]:
    memory = Scripted()
    with serving(create_app(memory)) as address:
        yield address, memory


@pytest.fixture(scope="session")
def base_url(_server: tuple[str, Scripted]) -> str:
    return _server[0]


@pytest.fixture
def server(_server: tuple[str, Scripted]) -> Iterator[Scripted]:
    """The scripted server, with nothing written into it yet."""
    memory = _server[1]
    memory.__init__()  # type: ignore[misc]
    yield memory
    memory.release()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complained about: exceptions, policy violations, failed loads."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def guest(page: Page, server: Scripted, complaints: list[str]) -> Iterator[Guest]:
    """The widget on a host page with a strict policy. Nothing it does may end up in the browser's console."""
    page.goto("/bare")
    guest = Guest(page, server)
    yield guest
    server.release()
    assert [text for text in complaints if not text.startswith(tuple(guest.expected_complaints))] == []


@pytest.fixture
def opened(guest: Guest) -> Guest:
    guest.open()
    return guest

"""The demo order server on loopback, and a toolbox that may ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from scripts.demo_orders import create_app
from service.conversation.privacy import mask
from service.generation.tools.declared import Declared, load_tools
from service.generation.tools.fetching import Fetcher
from service.generation.tools.toolbox import Toolbox
from tests.browser.serving import serving

KEY = "a-key-that-ondap-and-the-shop-share"
EXAMPLE = Path(__file__).parents[3] / "examples" / "tools.yaml"


@dataclass(frozen=True)
class Someone:
    """A visitor as the toolbox sees one."""

    user_id: str | None = None


MINJI, BOB, STRANGER = Someone("minji"), Someone("bob"), Someone()


@pytest.fixture(scope="session")
def orders() -> Iterator[str]:
    """The address of `scripts/demo_orders.py`."""
    with serving(create_app(KEY)) as address:
        yield address


def declared(text: str, path: Path) -> Declared:
    path.write_text(text, encoding="utf-8")
    return load_tools(path, lambda _: SecretStr(KEY))


def with_tool(address: str, path: Path, **changed: Any) -> Declared:
    """One tool that asks `address`, with fields of `DeclaredTool` changed."""
    text = f"tools: [{{name: look, description: Looks., url: {address}, key_env: ONDAP_TOOL_X, result: [status]}}]"
    (tool,) = declared(text, path).tools
    return Declared((replace(tool, **changed),))


class Boxes:
    """Makes toolboxes."""

    def __init__(self) -> None:
        self.made: list[Toolbox] = []

    def __call__(self, tools: Declared, **options: Any) -> Toolbox:
        fetcher = options.pop("fetcher", None) or Fetcher()
        box = Toolbox(tools, fetcher, new_id=lambda: uuid4().hex, mask=mask, **options)
        self.made.append(box)
        return box


@pytest.fixture
async def boxes() -> AsyncIterator[Boxes]:
    made = Boxes()
    yield made
    for box in made.made:
        await box.close()


@pytest.fixture
def demo(orders: str, tmp_path: Path, boxes: Boxes) -> Toolbox:
    """The tools of `examples/tools.yaml`, at the demo server's address."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("http://127.0.0.1:8790", orders)
    return boxes(declared(text, tmp_path / "tools.yaml"))

"""The walk-through of docs/operating.md, with a scripted provider in the place of a model."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.generation.tools.toolbox import toolbox_from
from service.settings import Settings
from tests.upstream import answer

from .conftest import BOB, EXAMPLE, KEY, MINJI, declared
from .test_using import calling, tell

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


@pytest.fixture
def demo_address() -> Iterator[str]:
    """`python -m scripts.demo_orders` as a process of its own."""
    command = [sys.executable, "-m", "scripts.demo_orders", "--port", "0"]
    environment = {**os.environ, "ONDAP_TOOL_ORDERS_KEY": KEY}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


async def test_the_demo_shop_answers_its_own_customer(
    demo_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONDAP_TOOL_ORDERS_KEY", KEY)
    tools = tmp_path / "tools.yaml"
    tools.write_text(EXAMPLE.read_text("utf-8").replace("http://127.0.0.1:8790", demo_address), "utf-8")
    box = toolbox_from(Settings(tools_path=tools), new_id=lambda: os.urandom(8).hex(), mask=str)
    assert box
    lookup, says = calling(("my_orders", {}), ("order_status", {"number": "D-1042"})), answer(["배송 중이에요."])
    try:
        mine, others = [await tell(box, lookup, says, visitor=visitor) for visitor in (MINJI, BOB)]
    finally:
        await box.close()
    assert all("D-1042" in result and "배송 중" in result for result in mine.results())
    assert "배송 중" not in "".join(others.results())
    assert (mine.text, mine.ending.complete) == ("배송 중이에요.", True)


def test_without_a_file_there_are_no_tools(tmp_path: Path) -> None:
    assert toolbox_from(Settings(tools_path=tmp_path / "none.yaml"), new_id=str, mask=str) is None


def test_what_the_guide_tells_to_type_is_there() -> None:
    (walk,) = [block for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) if "demo_orders" in block]
    words = shlex.split(walk.replace("$(", " ").replace(")", " "), comments=True)
    assert {"scripts.demo_orders", "examples/tools.yaml", "data/tools.yaml"} <= set(words)
    named = set(re.findall(r"\bONDAP_[A-Z_]+", walk)) - {"ONDAP_TOOL_ORDERS_KEY"}
    assert named <= {f"ONDAP_{name.upper()}" for name in Settings.model_fields}
    assert "ONDAP_TOOL_ORDERS_KEY" in EXAMPLE.read_text("utf-8")
    assert (ROOT / "examples" / "tools.yaml").exists()


def test_what_the_guide_declares_can_be_loaded(tmp_path: Path) -> None:
    (example,) = [block for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if "builtin" in block]
    found = declared(example, tmp_path / "tools.yaml")
    assert found.escalates
    assert [tool.name for tool in found.tools] == ["order_status"]

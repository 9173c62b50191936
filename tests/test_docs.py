"""What the README and the docs claim is true."""

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.main import get_command

from service.commands.application import application
from service.knowledge.faq import load_faq
from service.settings import Settings

from .web.conftest import client, opened  # noqa: F401 - fixtures

ROOT = Path(__file__).parents[1]
READMES = ["README.md", "README.ko.md"]
COMMANDS = get_command(application).commands  # type: ignore[attr-defined]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text(name), re.DOTALL)


def settings_rows(name: str, heading: str) -> list[tuple[str, str]]:
    """What the tables under the settings' heading say, whatever they are grouped by."""
    section = text(name).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `ONDAP_([A-Z_]+)` \| (.*) \|$", section, re.MULTILINE)


def test_the_readme_lists_every_setting_as_the_code_describes_it() -> None:
    described = [(name.upper(), str(field.description)) for name, field in Settings.model_fields.items()]
    assert settings_rows("README.md", "Settings") == described


def test_the_korean_readme_lists_every_setting_in_the_same_order() -> None:
    rows = settings_rows("README.ko.md", "설정")
    assert [name for name, _ in rows] == [name.upper() for name in Settings.model_fields]
    assert all(re.search("[가-힣]", description) for _, description in rows)


@pytest.mark.parametrize("name", READMES)
def test_every_command_it_names_exists(name: str) -> None:
    named = set(re.findall(r"(?:scripts/)?ondap ([a-z][a-z-]+)", text(name)))
    assert named
    assert named <= set(COMMANDS)
    assert set(COMMANDS) - named == set(), "a command that no reader hears of"


@pytest.mark.parametrize("name", READMES)
def test_every_file_it_names_is_there(name: str) -> None:
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", text(name)) if "://" not in target]
    scripts = re.findall(r"scripts/[a-z]+", text(name))
    assert [path for path in linked + scripts if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_its_example_faq_can_be_loaded(name: str, tmp_path: Path) -> None:
    (example,) = [block for block in blocks(name, "yaml") if "entries:" in block]
    path = tmp_path / "faq.yaml"
    path.write_text(example, encoding="utf-8")
    assert load_faq(path).entries[0].id == "refund-period"


@pytest.mark.parametrize("name", [*READMES, "docs/api.md"])
def test_its_curl_example_is_answered(name: str, client: TestClient) -> None:  # noqa: F811
    (line,) = [block for block in blocks(name, "sh") if block.startswith("curl")]
    words = shlex.split(line)
    header, _, kind = words[words.index("-H") + 1].partition(": ")
    answer = client.post("/api/chat", content=words[words.index("-d") + 1].encode(), headers={header: kind})
    assert answer.json()["source"] == "faq"


def test_the_api_docs_name_every_code() -> None:
    """Codes are a promise: none is raised that is not documented."""
    codes = {"stopped", "restarting", "failed"}
    for path in (ROOT / "service").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in {"VisitorError", "Failed"} and node.args and isinstance(node.args[0], ast.Constant):
                    codes.add(str(node.args[0].value))
                codes |= {
                    str(word.value.value)
                    for word in node.keywords
                    if word.arg == "code" and isinstance(word.value, ast.Constant)
                }
    assert {code for code in codes if f"`{code}`" not in text("docs/api.md")} == set()


def test_the_example_answer_in_the_docs_has_the_fields_of_a_real_one(client: TestClient) -> None:  # noqa: F811
    shown = set(re.findall(r'"([a-z_]+)":', blocks("docs/api.md", "json")[0])) - {"question"}
    real = set(json.loads(client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}).text))
    assert shown == real

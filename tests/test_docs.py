"""What the README and the docs claim is true."""

import ast
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.main import get_command

from service.commands.application import application
from service.generation.configured import targets_from
from service.knowledge.faq import load_faq
from service.settings import Settings, load_settings

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


def test_the_starter_settings_can_all_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offered = re.sub(r"^# (?=ONDAP_)", "", text("templates/starter/env"), flags=re.MULTILINE)
    assert "ONDAP_CHAT_PROVIDER=" in offered
    (tmp_path / ".env").write_text(offered, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.budget_usd_per_day
    assert len(targets_from(settings)) == 2


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_named_and_every_one_it_names_exists(name: str) -> None:
    named = set(re.findall(r"(?:scripts/)?ondap ([a-z][a-z-]+)", text(name)))
    assert named
    assert named <= set(COMMANDS)
    assert set(COMMANDS) - named == set(), "a command that no reader hears of"


def options_of(command: Any) -> set[str]:
    """Of a command and of the commands under it."""
    under = getattr(command, "commands", {}).values()
    return {option for each in command.params for option in each.opts}.union({"--help"}, *map(options_of, under))


@pytest.mark.parametrize("name", [*READMES, "docs/operating.md", "docs/evaluation.md"])
def test_every_option_it_names_is_one_of_that_command(name: str) -> None:
    lines = re.findall(r"(?:^|[`/])ondap ([a-z][a-z-]+)([^`|#\n]*)", text(name), re.MULTILINE)
    unknown = [
        f"{command} {option}"
        for command, rest in lines
        for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest)
        if option not in options_of(COMMANDS[command])
    ]
    assert any(rest.strip() for _, rest in lines)
    assert unknown == []


DOCS = [*READMES, *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md")))]


def anchors(name: str) -> set[str]:
    """The headings of a document as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.*)$", text(name), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCS)
def test_every_link_of_it_leads_somewhere(name: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text(name)) if "://" not in link]
    lost = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        found = target.exists() and (not anchor or anchor in anchors(str(target.resolve().relative_to(ROOT))))
        lost += [] if found else [link]
    assert lost == []


@pytest.mark.parametrize("name", DOCS)
def test_every_script_it_names_is_there(name: str) -> None:
    scripts = re.findall(r"(?<![/\w])scripts/[a-z_]+(?:/[a-z_]+)*(?:\.py)?", text(name))
    assert [path for path in scripts if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists()] == []


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


RAISING = {"VisitorError", "Failed", "_failed", "_refused"}
"""Names of what is called with a code as its first argument."""


def called(node: ast.Call) -> str | None:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)


def texts(nodes: Iterable[ast.expr]) -> Iterator[str]:
    return (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Codes that a module of the web or the conversation gives to clients."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from texts(node.args[:1] if called(node) in RAISING else ())
            yield from texts(word.value for word in node.keywords if word.arg == "code")
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"CODES", "THEIR_CODES"}:
            assert isinstance(node.value, ast.Dict)
            yield from texts(node.value.values)


def trees() -> dict[Path, ast.AST]:
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for room in ("web", "conversation")
        for path in (ROOT / "service" / room).rglob("*.py")
    }


def test_the_api_docs_name_every_code() -> None:
    """Codes are a promise: none is raised that is not documented."""
    codes = {"stopped", "restarting", "failed"}.union(*map(codes_in, trees().values()))
    assert {"invalid_api_key", "withheld", "unsupported_task", "body_too_large"} <= codes, "the search misses some"
    assert {code for code in codes if f"`{code}`" not in text("docs/api.md")} == set()


def test_the_api_docs_name_no_code_that_is_never_given() -> None:
    rows = re.findall(r"^\| \d{3}[\d, ]* \| (.*) \|$", text("docs/api.md"), re.MULTILINE)
    documented = set(re.findall(r"`([a-z_]+)`", " ".join(rows)))
    expressions = (node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.expr))
    written = set(texts(expressions))
    assert len(documented) > 30
    assert documented - written == set()


def test_the_docs_say_what_readyz_says(client: TestClient) -> None:  # noqa: F811
    (shown,) = [json.loads(block) for block in blocks("docs/api.md", "json") if '"level"' in block]
    assert shown.keys() - client.get("/readyz").json().keys() <= {"targets", "budget", "warnings"}
    assert client.get("/readyz").json().keys() <= shown.keys()


def test_the_example_answer_in_the_docs_has_the_fields_of_a_real_one(client: TestClient) -> None:  # noqa: F811
    shown = set(re.findall(r'"([a-z_]+)":', blocks("docs/api.md", "json")[0])) - {"question"}
    real = set(json.loads(client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}).text))
    assert shown == real

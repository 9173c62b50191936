"""`ondap persona` as somebody types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from service.commands.application import application
from tests.conftest import SHOP

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """---
greeting: {ko: 안녕하세요, en: Hello}
safe_sentence: {ko: 확인할게요., en: Let me check.}
policies: {may_not_promise: [refund]}
---
{% for rule in rules %}{{ rule }} {% endfor %}
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONDAP_TEMPLATES_DIR", str(tmp_path))
    monkeypatch.setenv("ONDAP_FAQ_PATH", str(SHOP))
    (tmp_path / "persona").mkdir()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application, ["persona", *arguments])


def write(folder: Path, text: str) -> None:
    (folder / "persona" / "own.j2").write_text(text, encoding="utf-8")


def test_the_personas_that_come_with_it_are_fine() -> None:
    checked = run("check", "--strict")
    assert checked.exit_code == 0, checked.stdout
    assert checked.stdout.count(", fine\n") == 3


@pytest.mark.parametrize(
    ("before", "after", "found", "statuses"),
    [
        ("", "", "fine", (0, 0)),
        ("ko: 안녕하세요, ", "", "warning ko: greeting is missing", (0, 1)),
        ("safe_sentence: {ko: 확인할게요., en: Let me check.}", "", "warning safe_sentence is missing", (0, 1)),
        ("en: Let me check.", 'en: "Let me check {shop}"', "warning en: safe_sentence", (0, 1)),
        ("Hello", "TODO", "'TODO' looks unfinished", (0, 1)),
        ("{{ rule }}", "말", "the prompt never speaks of 'refund'", (0, 1)),
        ("{{ rule }} ", "{{ rule }}" + "가" * 1_600, "Shorten it", (0, 1)),
        ("{{ rule }} ", "{{ rule }}" + "가" * 9_000, "raise ONDAP_CHAT_CONTEXT_TOKENS", (0, 1)),
        ("---\n{%", "response: {type: object}\n---\n{%", "never shows 'schema'", (0, 1)),
        ("---\n{%", "response: {properties: {a: {}}}\n---\n{%", "$ needs additionalProperties: false", (0, 1)),
        ("{{ rule }}", "{% if false %}{{ shopp }}{% endif %}환불", "error the prompt uses 'shopp'", (1, 1)),
        ("{{ rule }}", "환불{% if shop %}{{ 1 / 0 }}{% endif %}", "error", (1, 1)),
        ("greeting", "greting", "own.j2:2: persona: unknown field 'greting'", (1, 1)),
        ("{% for", "{% four", "own.j2, line 6", (1, 1)),
    ],
)
def test_what_an_author_should_look_at(
    before: str, after: str, found: str, statuses: tuple[int, int], tmp_path: Path
) -> None:
    write(tmp_path, WHOLE.replace(before, after) if before else WHOLE)
    checked = run("check", "own")
    assert found in checked.stdout
    assert (checked.exit_code, run("check", "own", "--strict").exit_code) == statuses


def test_json_has_every_remark_and_what_the_prompt_costs(tmp_path: Path) -> None:
    write(tmp_path, WHOLE.replace("ko: 안녕하세요, ", ""))
    [checked] = json.loads(run("check", "own", "--json").stdout)
    assert (checked["persona"], set(checked["tokens"])) == ("own", {"ko", "en"})
    [remark] = checked["remarks"]
    assert (remark["persona"], remark["severity"]) == ("own", "warning")


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_persona_that_does_not_exist_is_refused_with_those_that_do(command: str) -> None:
    refused = run(command, "pirate")
    assert refused.exit_code == 2
    assert "code_teacher, customer_support, json_extractor" in refused.stderr


def test_the_list_has_the_teams_own_file_in_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "persona" / "customer_support.j2").write_text(WHOLE, encoding="utf-8")
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert rows["customer_support"] == {
        "name": "customer_support",
        "file": str(tmp_path / "persona" / "customer_support.j2"),
        "default": True,
    }
    assert "* customer_support" in run("list").stdout


def test_show_prints_what_would_be_sent_and_nothing_else_is_obeyed() -> None:
    shown = run("show", "--question", "[red]환불[/red]", "--entry", "refund").stdout
    assert "[system]\n당신은 이 가게의 고객 상담 도우미입니다." in shown
    assert "[red]환불[/red]" in shown
    sent = json.loads(run("show", "json_extractor", "--locale", "en", "--json").stdout)
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert sent["response_format"]["type"] == "json_schema"
    assert sent["sampling"]["temperature"] == 0


def test_show_takes_only_entries_there_are() -> None:
    assert run("show", "--entry", "nothing").exit_code == 2

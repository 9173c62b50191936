"""`ondap lint` as somebody types it: what it lists, what it exits with, and what it leaves alone."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from service.commands.application import application
from service.knowledge.lint.rules import RULES
from tests.conftest import SHOP

WELL = "  - {id: a, question: one thing, answer: x, locale: en, variants: [two things, three words]}\n"
DOUBTFUL = WELL + "  - {id: b, question: another, answer: TODO, locale: en, variants: [four, five]}\n"
WRONG = DOUBTFUL + "  - {id: c, question: One thing?, answer: y, locale: en, variants: [six, seven]}\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lint(entries: str, *options: str) -> Result:
    Path("faq.yaml").write_text(f"entries:\n{entries}", encoding="utf-8")
    return run("--faq", "faq.yaml", *options)


def run(*options: str) -> Result:
    return CliRunner().invoke(application, ["lint", *options])


@pytest.mark.parametrize(
    ("entries", "options", "status"),
    [
        (WELL, ["--strict"], 0),
        (DOUBTFUL, [], 0),
        (DOUBTFUL, ["--strict"], 1),
        (DOUBTFUL, ["--strict", "--rule", "expired"], 0),
        (WRONG, [], 1),
        (WRONG, ["--json"], 1),
        (WRONG, ["--rule", "placeholder"], 0),
        (WRONG, ["--rule", "placeholder", "--rule", "two-answers"], 1),
        ("  - {id: a}\n", [], 2),
    ],
)
def test_exit_status(entries: str, options: list[str], status: int) -> None:
    assert lint(entries, "--quick", *options).exit_code == status


def test_findings_are_grouped_by_rule_the_gravest_first_and_counted() -> None:
    told = lint(WRONG, "--quick").stdout
    assert told.index("error two-answers (1)") < told.index("warning placeholder (1)")
    assert "\n  faq.yaml:4: entry 'c': 'One thing?' also leads to entry 'a' (line 2).\n" in told
    assert told.endswith("1 error, 1 warning.\n")
    assert lint(WELL, "--quick").stdout == "Nothing to look at.\n"


def test_of_a_rule_that_finds_much_a_few_are_listed_unless_all_are_asked_for() -> None:
    many = "".join(f"  - {{id: a{n}, question: q{n}, answer: TODO}}\n" for n in range(7))
    assert "  and 2 more: ondap lint --rule placeholder" in lint(many, "--quick").stdout
    for options in (["--all"], ["--rule", "placeholder"]):
        told = lint(many, "--quick", *options).stdout
        assert told.count("'TODO' was left in") == 7
        assert "more:" not in told


def test_json_is_one_list_of_everything() -> None:
    (first, second) = json.loads(lint(WRONG, "--quick", "--json").stdout)
    assert (first["rule"], first["severity"], first["line"], first["entry_id"]) == ("two-answers", "error", 4, "c")
    assert set(first) == {"rule", "severity", "path", "line", "entry_id", "message", "meaning", "advice"}
    assert second["path"] == "faq.yaml"
    assert json.loads(lint(WELL, "--quick", "--json").stdout) == []


def test_a_terminal_does_not_obey_what_is_written_in_a_faq() -> None:
    told = lint('  - {id: a, question: "[red]q[/red]", answer: x, variants: ["[RED] q [/RED]", r]}\n', "--quick").stdout
    assert "'[RED] q [/RED]' is '[red]q[/red]' once more." in told


def test_a_rule_is_explained_with_what_to_do() -> None:
    told = run("--explain", "two-answers")
    assert told.exit_code == 0
    assert told.stdout.startswith("two-answers error\n  Two entries have the same question")
    assert "Keep the question in the entry that should answer it." in told.stdout
    assert all(rule.name in run("--explain", "all").stdout for rule in RULES)


@pytest.mark.parametrize("options", [["--explain", "nonsense"], ["--rule", "nonsense"]])
def test_a_rule_that_does_not_exist_is_refused_with_those_that_do(options: list[str]) -> None:
    told = run(*options)
    assert told.exit_code == 2
    assert "There is no rule 'nonsense'. There are: two-answers," in told.stderr


def test_days_are_those_of_the_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """These two are twenty-five hours apart, so that it is never the same day in both."""
    there = datetime.now(ZoneInfo("Pacific/Niue")).date()
    told = []
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        monkeypatch.setenv("ONDAP_TIME_ZONE", zone)
        told.append(lint(f"  - {{id: a, question: q, answer: x, valid_until: {there}}}\n", "--rule", "expired").stdout)
    assert f"its last day was {there}" in told[0]
    assert told[1] == "Nothing to look at.\n"


def test_every_phrasing_is_asked_without_itself_and_nothing_is_published(tmp_path: Path) -> None:
    mixed = SHOP.read_text(encoding="utf-8") + (
        "  - id: stray\n    question: 배송비는 보통 얼마예요?\n    answer: 다른 이야기\n"
        "    variants: [택배비는 보통 얼마예요, 무료배송 기준은 보통 얼마예요]\n"
    )
    Path("faq.yaml").write_text(mixed, encoding="utf-8")
    found = json.loads(run("--faq", "faq.yaml", "--json").stdout)
    listening = {rule.name for rule in RULES if rule.listens}
    assert {finding["rule"] for finding in found} & listening
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("options", [[], ["--quick"]])
def test_a_faq_without_an_enabled_entry_is_refused_as_a_build_refuses_it(options: list[str]) -> None:
    told = lint("  - {id: a, question: one thing, answer: x, enabled: false}\n", *options)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "no entry is enabled. Enable at least one." in told.stderr.replace("\n", " ")


def test_a_faq_whose_entries_are_all_over_can_still_be_looked_over() -> None:
    told = lint("  - {id: a, question: one thing, answer: x, valid_until: 2020-01-01}\n", "--json")
    assert told.exit_code == 0, told.stderr
    assert "expired" in {finding["rule"] for finding in json.loads(told.stdout)}

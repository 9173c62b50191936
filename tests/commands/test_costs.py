"""`ondap costs` as somebody types it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.commands.application import application
from service.commands.console import money
from service.commands.costs import BAR, bar
from service.conversation.sqlite import SqliteStore
from service.generation.money.amount import NOTHING, Amount, Limit
from service.generation.money.ledger import Payer, Spent

TODAY = datetime.now(UTC).date()


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONDAP_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ONDAP_TIME_ZONE", "UTC")
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path / "var"


@pytest.fixture
def spent(var: Path) -> Path:
    async def spend() -> None:
        store = SqliteStore.open(var / "ondap.sqlite")
        ledger = store.ledger
        whole, guessed = Spent(3, 3_000, 600, 100, 400_000_000), Spent(1, 900, 90, 0, 20_000_000, 1, 20_000_000)
        await ledger.record(TODAY, "a", {Payer("main", "gpt-5-mini", "v1digest"): whole}, off_lease=NOTHING)
        await ledger.record(TODAY, "a", {Payer("second", "[red]", "v2digest"): guessed}, off_lease=NOTHING)
        before = {Payer("main", "gpt-5-mini", "v1digest"): whole}
        await ledger.record(TODAY - timedelta(days=2), "a", before, off_lease=NOTHING)
        await ledger.record(TODAY - timedelta(days=90), "a", before, off_lease=NOTHING)
        await ledger.lease(TODAY, "a", least=NOTHING, block=Amount(10_000_000), limit=Limit(nanos=10**9))
        await store.close()

    asyncio.run(spend())
    return var


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application, ["costs", *arguments])


def data(*arguments: str) -> dict[str, Any]:
    told = run(*arguments, "--json")
    assert told.exit_code == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_help_has_examples() -> None:
    assert "Examples" in run("--help").stdout


def test_before_the_first_start_it_says_so_in_one_line(var: Path) -> None:
    told = run()
    assert (told.exit_code, told.stdout) == (2, "")
    assert "does not exist yet" in told.stderr


def test_where_no_model_was_asked_it_says_so(var: Path) -> None:
    asyncio.run(SqliteStore.open(var / "ondap.sqlite").close())
    told = run()
    assert told.exit_code == 0
    assert "No model was asked since" in told.stdout
    assert "No cap is set" in told.stdout
    assert data()["today"]["usd"] == 0


def test_shows_today_the_caps_models_and_a_bar_a_day(spent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_BUDGET_USD_PER_DAY", "1")
    monkeypatch.setenv("ONDAP_BUDGET_TOKENS_PER_DAY", "9180")
    told = run()
    assert told.exit_code == 0, told.stderr
    shown = told.stdout
    assert "today       $0.4200 (₩588)   4 calls, 3,900 tokens in, 690 out, 1 estimated ($0.0200)" in shown
    assert "cap         $1.00 (₩1,400) a day, 42.0 % used" in shown
    assert "soft cap    $0.8000 (₩1,120) a day, not reached" in shown
    assert "tokens      4,590 of 9,180 a day, 50.0 % used" in shown
    assert "held        $0.0100 (₩14)" in shown
    assert "gpt-5-mini (main)" in shown
    assert "[red] (second)" in shown, "a provider's words are no markup"
    assert f"{TODAY:%m-%d} {'█' * BAR} $0.4200" in shown
    assert f"{TODAY - timedelta(days=1):%m-%d} {' ' * BAR} $0.00" in shown
    assert "₩1,400 a dollar, about the rate of 2025-09" in shown
    assert "digest" not in shown


def test_since_and_visitors(spent: Path) -> None:
    assert "v1digest" in run("--visitors").stdout
    all_of_it = data("--since", f"{TODAY - timedelta(days=100)}", "--visitors")
    assert [day["usd"] for day in all_of_it["days"]] == pytest.approx([0.4, 0.4, 0.42])
    assert [(each["visitor"], each["usd"]) for each in all_of_it["visitors"]] == [
        ("v1digest", pytest.approx(1.2)),
        ("v2digest", pytest.approx(0.02)),
    ]
    today = data("--since", f"{TODAY}")
    assert {each["model"]: each["usd"] for each in today["models"]} == {"gpt-5-mini": 0.4, "[red]": 0.02}
    assert "visitors" not in today
    assert run("--since", "yesterday").exit_code == 2


def test_won_are_told_at_the_rate_that_is_set(spent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_KRW_PER_USD", "1500")
    assert data()["today"]["krw"] == pytest.approx(630)
    assert "₩1,500 a dollar." in run().stdout


@pytest.mark.parametrize(
    ("usd", "shown"),
    [(0.0, "$0.00 (₩0)"), (0.00012, "$0.0001 (₩0)"), (0.5, "$0.5000 (₩700)"), (1234.5, "$1,234.50 (₩1,728,300)")],
)
def test_money_is_told_in_both_currencies(usd: float, shown: str) -> None:
    assert money(usd, krw_per_usd=1_400) == shown


@pytest.mark.parametrize(("share", "shown"), [(0.0, ""), (0.0001, "▏"), (0.5, "█" * (BAR // 2)), (1.0, "█" * BAR)])
def test_a_bar_is_as_long_as_its_share_and_something_is_never_nothing(share: float, shown: str) -> None:
    assert bar(share) == shown

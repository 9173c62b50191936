"""Commands as somebody types them: results on standard output, everything else on standard error, telling statuses."""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.commands.application import application
from service.conversation.sqlite import SqliteStore
from service.conversation.store import Answer, Escalation, NewExchange, Pick
from service.retrieval.build import index_storage
from tests.conftest import SHOP


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONDAP_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ONDAP_FAQ_PATH", str(SHOP))
    return tmp_path / "var"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def test_help_has_examples_for_every_command() -> None:
    for command in ("serve", "reindex", "lint", "ask", "log", "escalations", "evaluate", "init", "admin-token"):
        shown = run(command, "--help")
        assert shown.exit_code == 0
        assert "Example" in shown.stdout or command == "admin-token", command


class TestReindex:
    def test_builds_says_what_it_did_and_then_has_nothing_to_do(self, var: Path) -> None:
        assert run("reindex", "--check").exit_code == 1
        built = json.loads(run("reindex", "--json").stdout)
        assert (built["published"], built["entries"], built["phrasings"]) == (True, 10, 40)
        again = json.loads(run("reindex", "--json").stdout)
        assert (again["published"], again["version"]) == (False, built["version"])
        assert run("reindex", "--check").exit_code == 0
        assert json.loads(run("reindex", "--check", "--json").stdout) == {"stale": False, "reason": None}

    def test_embeds_only_what_changed(self, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        run("reindex")
        changed = tmp_path / "faq.yaml"
        changed.write_text(SHOP.read_text(encoding="utf-8").replace("비번 찾기", "비번 까먹음"), encoding="utf-8")
        built = json.loads(run("reindex", "--faq", str(changed), "--json").stdout)
        assert built["embedded"] == 2, "the phrasing, and the entry it belongs to"

    def test_goes_back(self, var: Path) -> None:
        first = json.loads(run("reindex", "--json").stdout)["version"]
        second = json.loads(run("reindex", "--force", "--json").stdout)["version"]
        assert first != second
        assert json.loads(run("reindex", "--rollback", "--json").stdout) == {"version": first}
        assert run("reindex", "--rollback").exit_code == 2

    def test_goes_back_only_in_a_folder_and_without_other_wishes(self, var: Path) -> None:
        var.write_text("a file")
        told = run("reindex", "--rollback")
        assert (told.exit_code, told.exception.__class__) == (2, SystemExit)
        assert "cannot be written" in told.stderr
        assert run("reindex", "--rollback", "--check").exit_code == 2

    def test_tells_the_second_builder(self, var: Path) -> None:
        """Fault 66."""
        with index_storage(var).lock():
            second = run("reindex")
        assert second.exit_code == 3
        assert "is building the index" in second.stderr

    def test_names_what_is_wrong_in_the_faq(self, var: Path, tmp_path: Path) -> None:
        """Faults 42 to 50."""
        broken = tmp_path / "broken.yaml"
        broken.write_text("entries:\n  - id: a\n    question: b\n", encoding="utf-8")
        told = run("reindex", "--faq", str(broken))
        assert told.exit_code == 2
        assert f"{broken}:2: entry 'a': 'answer' is missing or empty." in told.stderr

    def test_warns_of_what_an_author_should_look_at(self, var: Path, tmp_path: Path) -> None:
        doubtful = tmp_path / "doubtful.yaml"
        twice = "  - {id: again, question: 배송비는 얼마인가요?, answer: 무료예요.}\n"
        doubtful.write_text(SHOP.read_text(encoding="utf-8") + twice, encoding="utf-8")
        told = run("reindex", "--faq", str(doubtful))
        assert told.exit_code == 0
        assert re.search(rf"1 error.* in {re.escape(str(doubtful))}: run `ondap lint`", told.stderr)
        found = json.loads(run("reindex", "--force", "--faq", str(doubtful), "--json").stdout)["findings"]
        assert found["error"] == 1
        assert run("reindex", "--force").stderr.count("ondap lint") == 0, "notices are not worth a line"
        assert json.loads(run("reindex", "--json").stdout)["findings"] is None, "nothing was published"


class TestAsk:
    def test_shows_the_answer_and_how_sure_it_is(self, var: Path) -> None:
        run("reindex")
        told = run("ask", "배송비는 얼마인가요?")
        assert told.exit_code == 0
        assert "3,000원이고, 50,000원 이상이면 무료입니다." in told.stdout
        assert "delivery-fee" in told.stdout

    def test_uses_earlier_questions(self, var: Path) -> None:
        run("reindex")
        told = json.loads(run("ask", "그럼 제주도는요?", "--after", "배송비는 얼마인가요?", "--json").stdout)
        assert told["matches"][0]["entry_id"] == "delivery-fee-jeju"

    def test_says_when_a_person_would_be_called(self, var: Path) -> None:
        run("reindex")
        assert json.loads(run("ask", "상담원 연결해 주세요", "--json").stdout)["asks_for_person"]

    def test_says_what_to_do_without_an_index(self, var: Path) -> None:
        told = run("ask", "배송비")
        assert told.exit_code == 2
        assert "ondap reindex" in told.stderr


def fill(var: Path) -> None:
    async def write() -> None:
        store = SqliteStore.open(var / "ondap.sqlite")
        said = [
            ("faq", 0.95, "배송비는 얼마인가요?"),
            ("suggest", 0.3, "red\x1b[31m [bold]자전거[/bold]"),
            ("agent", None, "사람이요"),
        ]
        for number, (source, confidence, question) in enumerate(said):
            new = NewExchange(
                f"e{number}", f"c{number}", question, "ko", datetime(2026, 11, 20, 12, number, tzinfo=UTC)
            )
            await store.open_exchange(new)
            calling = Escalation("s1", "c2", "visitor_asked", datetime.now(UTC), "e2") if source == "agent" else None
            answer = Answer("답", source, "complete", confidence=confidence, total_ms=1.5)  # type: ignore[arg-type]
            await store.close_exchange(f"e{number}", answer, escalation=calling)
        await store.close()

    asyncio.run(write())


class TestLog:
    @pytest.mark.parametrize(
        ("options", "ids"),
        [
            ([], ["e0", "e1", "e2"]),
            (["-n", "1"], ["e2"]),
            (["--source", "faq"], ["e0"]),
            (["--source", "faq", "--source", "agent"], ["e0", "e2"]),
            (["--min-confidence", "0.5"], ["e0"]),
            (["--max-confidence", "0.5"], ["e1"]),
        ],
    )
    def test_shows_what_was_chosen(self, var: Path, options: list[str], ids: list[str]) -> None:
        fill(var)
        told = run("log", "--json", *options)
        assert [json.loads(line)["id"] for line in told.stdout.splitlines()] == ids

    def test_shows_which_answers_were_picked_from_suggestions(self, var: Path) -> None:
        async def pick() -> None:
            store = SqliteStore.open(var / "ondap.sqlite")
            for exchange_id, picked in (("asked", None), ("chosen", Pick("asked", "refund"))):
                await store.open_exchange(
                    NewExchange(exchange_id, "c1", "반품", "ko", datetime.now(UTC), picked=picked)
                )
                answer = Answer("답", "faq", "complete", 1.0, suggestions=(("refund", "반품은 어떻게 하나요?"),))
                await store.close_exchange(exchange_id, answer)
            await store.close()

        asyncio.run(pick())
        asked, chosen = map(json.loads, run("log", "--json").stdout.splitlines())
        assert (asked["picked"], chosen["picked"]) == (None, {"exchange_id": "asked", "entry_id": "refund"})
        assert run("log").stdout.count("faq (picked)") == 1

    def test_a_terminal_does_not_obey_what_a_visitor_typed(self, var: Path) -> None:
        """Fault 37."""
        fill(var)
        told = run("log")
        assert "\x1b[31m" not in told.stdout
        assert "[bold]자전거[/bold]" in told.stdout

    def test_refuses_a_source_that_does_not_exist(self, var: Path) -> None:
        fill(var)
        assert run("log", "--source", "oracle").exit_code == 2

    def test_says_that_there_is_no_log_yet(self, var: Path) -> None:
        told = run("log")
        assert told.exit_code == 2
        assert "ondap.sqlite" in told.stderr


def summarise(var: Path, escalation_id: str, summary: str) -> None:
    async def write() -> None:
        store = SqliteStore.open(var / "ondap.sqlite")
        await store.summarise(escalation_id, summary)
        await store.close()

    asyncio.run(write())


class TestEscalations:
    def test_lists_who_waits_and_closes_it(self, var: Path) -> None:
        fill(var)
        assert json.loads(run("escalations", "--json").stdout)["reason"] == "visitor_asked"
        assert "three lines" not in run("escalations").stdout
        summarise(var, "s1", "원하는 것: [bold]환불\n해 본 것: three lines\n지금: 기다림")
        assert "원하는 것: [bold]환불" in run("escalations").stdout
        assert "three lines" in json.loads(run("escalations", "--json").stdout)["summary"]
        assert run("escalations", "--close", "s1").exit_code == 0
        assert "Nobody waits" in run("escalations").stdout
        assert json.loads(run("escalations", "--all", "--json").stdout)["status"] == "closed"
        assert run("escalations", "--close", "s1").exit_code == 2


class TestEvaluate:
    def test_counts_what_would_become_of_each_question(self, var: Path, tmp_path: Path) -> None:
        labelled = tmp_path / "questions.jsonl"
        labelled.write_text(
            '{"text": "배송비는 얼마인가요?", "expected": "delivery-fee", "kind": "exact"}\n'
            '{"text": "How do I return an item?", "expected": "refund-en", "kind": "exact"}\n'
            '{"text": "오늘 날씨 어때요", "expected": null, "kind": "out"}\n',
            encoding="utf-8",
        )
        told = json.loads(run("evaluate", "--questions", str(labelled), "--json", "-").stdout)
        assert (told["n_in"], told["n_out"], told["answered_right"], told["answered_wrong"]) == (2, 1, 2, 0)
        assert told["kinds"]["exact"]["top1"] == 1.0
        assert index_storage(var).published() == (), "the published index is left alone"
        built = json.loads(run("reindex", "--json").stdout)
        assert built["embedded"] == 0, "and what was embedded is kept"

    def test_ends_where_the_offline_index_had_to_answer(
        self, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ONDAP_EMBED_BASE_URL", "http://127.0.0.1:9/v1")
        monkeypatch.setenv("ONDAP_EMBED_MODEL", "m")
        labelled = tmp_path / "questions.jsonl"
        labelled.write_text('{"text": "배송비는 얼마인가요?", "expected": "delivery-fee"}\n', encoding="utf-8")
        told = run("evaluate", "--questions", str(labelled), "--json", "-")
        assert (told.exit_code, told.stdout) == (2, "")
        assert "offline:1 answered instead of openai:m" in told.stderr

    def test_names_the_line_that_is_wrong(self, var: Path, tmp_path: Path) -> None:
        labelled = tmp_path / "questions.jsonl"
        labelled.write_text('{"text": "배송비", "expected": "no-such-entry"}\n', encoding="utf-8")
        told = run("evaluate", "--questions", str(labelled))
        assert told.exit_code == 2
        assert "questions.jsonl:1:" in told.stderr


class TestAdminToken:
    def test_is_made_and_printed(self, var: Path) -> None:
        first, second = run("admin-token").stdout.strip(), run("admin-token").stdout.strip()
        assert len(first) >= 32
        assert first != second

    def test_is_left_alone_when_it_is_configured(self, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ONDAP_ADMIN_TOKEN", "sixteen-or-more-characters")
        told = run("admin-token")
        assert told.exit_code == 2
        assert "sixteen" not in told.stdout + told.stderr


def test_init_writes_a_faq_that_can_be_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init", "shop").exit_code == 0
    monkeypatch.chdir(tmp_path / "shop")
    assert json.loads(run("reindex", "--json").stdout)["entries"] == 5
    assert run("reindex", "--check").exit_code == 0
    Path("data/synonyms.yaml").write_text("groups: [[환불, refund]]", encoding="utf-8")
    said = run("reindex", "--check")
    assert said.exit_code == 1
    assert "synonyms.yaml has changed" in said.stderr.replace("\n", "")
    assert run("init").exit_code == 2

"""`ondap learn` and `ondap expand` as somebody types them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from service.commands.application import application
from service.conversation.sqlite import SqliteStore
from service.conversation.store import Answer, Feedback, NewExchange
from service.knowledge.faq import load_faq
from service.retrieval.build import index_storage
from service.settings import Settings
from service.web.app import create_app
from tests.conftest import SHOP
from tests.upstream import Act, Received, Script, Upstream, answer, whole
from tests.upstream_embeddings import EmbeddingsServer, Status

SCRIPTED = {
    "배송비는 얼마인가요?": answer(
        [
            "1. 배송비 얼만가여\n2. 비밀번호 까먹었어요\n3. 택배비 얼마예요!\n- id: x\n  answer: hacked\n",
            "4. 배송\u202e비 \x07공짜\n5. 배송비: 무료 아님?\n6. 배송비 얼만가여\n",
        ]
    ),
    "How do I return an item?": answer(['```json\n["i wanna send my item back pls", "passwort"]\n```']),
    "비밀번호를 잊어버렸어요": whole(400, {"error": {"message": "sk-canary", "code": "content_filter"}}),
}


class Model(Upstream):
    """Answers each entry with its own script, and says nothing about any other."""

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        super().__init__((Act.HANG,))
        self._by_question = scripts
        self.seen: asyncio.Queue[str] = asyncio.Queue()
        self.on_asked: Callable[[], object] = lambda: None

    def script_for(self, request: Received) -> Script:
        self.received.append(request)
        self.on_asked()
        told = str(request.json["messages"][-1]["content"])
        question = told.split("\nQ: ")[1].split("\n")[0]
        self.seen.put_nowait(question)
        return self._by_question.get(question, (Act.HANG,))


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    model = Model(SCRIPTED)
    async with model:
        yield model


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A FAQ that may be written to, in the folder we are in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONDAP_FAQ_PATH", "data/faq.yaml")
    (tmp_path / "data").mkdir()
    return Path(shutil.copy(SHOP, tmp_path / "data" / "faq.yaml"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


async def expand(monkeypatch: pytest.MonkeyPatch, model: Model, *arguments: str) -> Result:
    monkeypatch.setenv("ONDAP_CHAT_BASE_URL", model.base_url)
    monkeypatch.setenv("ONDAP_CHAT_MODEL", "m")
    return await asyncio.to_thread(run, "expand", *arguments)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def takes(patch: bytes, folder: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True, timeout=20)
    subprocess.run(["git", "apply", "--check"], cwd=folder, input=patch, check=True, timeout=20)
    subprocess.run(["git", "apply"], cwd=folder, input=patch, check=True, timeout=20)


@pytest.mark.parametrize("command", ["learn", "expand"])
def test_help_has_examples(command: str) -> None:
    shown = run(command, "--help")
    assert shown.exit_code == 0
    assert "Examples" in shown.stdout


class TestExpand:
    def test_without_a_model_it_says_which_settings_to_set(self, shop: Path) -> None:
        told = run("expand")
        assert (told.exit_code, told.stdout) == (2, "")
        assert "Set ONDAP_CHAT_PROVIDER, or ONDAP_CHAT_BASE_URL and ONDAP_CHAT_MODEL" in told.stderr.replace("\n", " ")

    async def test_writes_a_patch_of_what_holds(
        self, shop: Path, model: Model, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = read(shop)
        told = await expand(monkeypatch, model, "--entry", "delivery-fee", "--entry", "refund-en")
        assert told.exit_code == 0, told.stderr
        assert read(shop) == before, "the FAQ is never written unasked"
        assert index_storage(shop.parents[1] / "var").published() == (), "nor is an index published"
        takes(told.stdout_bytes, shop.parents[1])
        grown = {entry.id: entry.variants[3:] for entry in load_faq(shop).entries if len(entry.variants) > 3}
        assert grown == {
            "delivery-fee": ("배송비 얼만가여", "배송비: 무료 아님?"),
            "refund-en": ("i wanna send my item back pls",),
        }
        assert "14 tokens in, 10 out" in told.stderr.replace("\n", " ")

    async def test_tells_a_reason_for_each_draft(
        self, shop: Path, model: Model, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = await expand(monkeypatch, model, "--entry", "delivery-fee", "--json")
        data = json.loads(told.stdout)
        assert [each["phrasing"] for each in data["kept"]] == ["배송비 얼만가여", "배송비: 무료 아님?"]
        assert {each["phrasing"]: each["reason"] for each in data["dropped"]} == {
            "비밀번호 까먹었어요": "goes elsewhere",
            "택배비 얼마예요!": "known",
            "id: x": "no phrasing",
            "answer: hacked": "no phrasing",
            "배송비 공짜": "hidden characters",
            "배송비 얼만가여": "said twice",
        }
        assert data["usage"] == {"input_tokens": 7, "output_tokens": 5, "estimated": False, "cached_tokens": 0}
        assert "hacked" not in data["patch"]

    async def test_asks_in_the_entry_s_language_and_shows_its_neighbours(
        self, shop: Path, model: Model, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await expand(monkeypatch, model, "--entry", "refund-en", "--per-entry", "7")
        (asked,) = model.received
        system, user = (message["content"] for message in asked.json["messages"])
        assert "Write 7 things" in system
        assert "Do you ship internationally?" in user

    async def test_one_entry_s_failure_is_reported_and_the_others_go_on(
        self, shop: Path, model: Model, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = await expand(monkeypatch, model, "--entry", "password", "--entry", "refund-en", "--json")
        assert told.exit_code == 0
        data = json.loads(told.stdout)
        assert list(data["failures"]) == ["password"]
        assert [each["entry_id"] for each in data["kept"]] == ["refund-en"]
        assert "sk-canary" not in told.stdout + told.stderr

    async def test_an_embeddings_endpoint_that_fails_meanwhile_costs_no_draft(
        self, shop: Path, model: Model, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with EmbeddingsServer() as embeddings:
            monkeypatch.setenv("ONDAP_EMBED_BASE_URL", embeddings.base_url)
            monkeypatch.setenv("ONDAP_EMBED_MODEL", embeddings.model)
            model.on_asked = lambda: embeddings.faults.extend([Status(401)] * 100)
            told = await expand(monkeypatch, model, "--entry", "refund-en", "--json")
        assert told.exit_code == 0, told.stderr
        assert [each["entry_id"] for each in json.loads(told.stdout)["kept"]] == ["refund-en"]
        assert "compared by the offline index" in told.stderr.replace("\n", " ")

    async def test_a_key_that_is_refused_ends_it(self, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        refused = whole(401, {"error": {"message": "no"}})
        model = Model({entry.question: refused for entry in load_faq(SHOP).entries})
        async with model:
            told = await expand(monkeypatch, model)
        assert (told.exit_code, told.stdout) == (2, "")
        assert "refused the API key" in told.stderr
        assert len(model.received) < 10, "it is not asked again for every entry"

    async def test_applies_only_when_asked(self, shop: Path, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
        told = await expand(monkeypatch, model, "--entry", "refund-en", "--apply", "--patch", "p.patch")
        assert (told.exit_code, told.stdout) == (0, "")
        assert "i wanna send my item back pls" in read(shop)
        assert "+++ b/data/faq.yaml" in read(Path("p.patch"))

    def test_an_entry_that_is_not_there_is_named(self, shop: Path) -> None:
        told = run("expand", "--entry", "nobody")
        assert told.exit_code == 2
        assert "nobody" in told.stderr

    def test_an_entry_that_is_disabled_is_not_drafted_for(self, shop: Path) -> None:
        shop.write_text(read(shop).replace("id: password\n", "id: password\n    enabled: false\n"), encoding="utf-8")
        told = run("expand", "--entry", "password")
        assert told.exit_code == 2
        assert "Entry 'password' is disabled. Enable it first." in told.stderr

    async def test_ctrl_c_keeps_what_is_there(self, shop: Path, model: Model) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ONDAP_")} | {
            "ONDAP_FAQ_PATH": "data/faq.yaml",
            "ONDAP_CHAT_BASE_URL": model.base_url,
            "ONDAP_CHAT_MODEL": "m",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "OPENBLAS_NUM_THREADS": "1",
        }
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service", "expand"),
            cwd=shop.parents[1],
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(60):
                seen = [await model.seen.get() for _ in range(6)]  # four at a time: two have been answered
                assert set(SCRIPTED) & set(seen)
                child.send_signal(signal.SIGINT)
                out, told = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
        assert child.returncode == 130, told.decode()
        assert "Interrupted" in told.decode()
        takes(out, shop.parents[1])
        assert "배송비 얼만가여" in read(shop)


async def keep(var: Path, question: str, entry_id: str) -> None:
    """A visitor's thumb up for an answer."""
    store = SqliteStore.open(var / "ondap.sqlite")
    try:
        now = datetime.now(UTC)
        await store.open_exchange(NewExchange("e1", "c1", question, "ko", now))
        await store.close_exchange("e1", Answer("A", "faq", "complete", entry_id=entry_id))
        await store.give_feedback("e1", Feedback(helpful=True))
    finally:
        await store.close()


class TestLearn:
    @pytest.fixture
    def taught(self, shop: Path) -> Path:
        (shop.parents[1] / "var").mkdir()
        asyncio.run(keep(shop.parents[1] / "var", "퀵으로 보내면 돈 더 내야 하죠", "delivery-fee"))
        assert run("reindex").exit_code == 0
        return shop

    def test_prints_a_patch_and_keeps_the_questions(self, taught: Path) -> None:
        told = run("learn", "--questions", "data/questions.jsonl")
        assert told.exit_code == 0, told.stderr
        takes(told.stdout_bytes, taught.parents[1])
        assert "퀵으로 보내면 돈 더 내야 하죠" in read(taught)
        written = json.loads(read(taught.parent / "questions.jsonl"))
        assert written == {"text": "퀵으로 보내면 돈 더 내야 하죠", "expected": "delivery-fee", "kind": "helpful"}

    def test_applies_when_asked_and_has_nothing_more_to_say_then(self, taught: Path) -> None:
        told = run("learn", "--apply", "--json")
        data = json.loads(told.stdout)
        assert [each["entry_id"] for each in data["proposed"]] == ["delivery-fee"]
        assert data["proposed"][0]["today"]["zone"] in {"ask", "fallback"}
        assert "퀵으로 보내면 돈 더 내야 하죠" in read(taught)
        again = json.loads(run("learn", "--json").stdout)
        assert [each["reason"] for each in again["left_out"]] == ["known"]
        assert again["patch"] == ""

    def test_what_becomes_a_phrasing_at_once_is_no_labelled_question(self, taught: Path) -> None:
        data = json.loads(run("learn", "--questions", "data/questions.jsonl", "--apply", "--json").stdout)
        assert (len(data["proposed"]), data["questions_appended"]) == (1, 0)

    def test_what_the_file_labels_otherwise_is_told_and_left_alone(self, taught: Path) -> None:
        questions = taught.parent / "questions.jsonl"
        questions.write_text('{"text": "퀵으로  보내면 돈 더 내야 하죠", "expected": null}\n', encoding="utf-8")
        told = run("learn", "--questions", "data/questions.jsonl", "--json")
        (otherwise,) = json.loads(told.stdout)["questions_labelled_otherwise"]
        assert (otherwise["lesson"]["entry_id"], otherwise["entries"]) == ("delivery-fee", [])
        assert "no entry in the file, delivery-fee by visitors" in told.stderr.replace("\n", " ")

    def test_looks_no_further_back_than_told(self, taught: Path) -> None:
        assert json.loads(run("learn", "--since", "0h", "--json").stdout)["proposed"] == []


def test_what_a_visitor_picked_is_answered_once_it_was_reviewed(shop: Path) -> None:
    """From the chat to the label, the patch, the index, and the next visitor."""
    assert run("reindex").exit_code == 0
    words = "퀵으로 보내면 돈 더 내야 하죠"
    with TestClient(create_app(Settings()), base_url="http://shop.test") as client:
        unsure = client.post("/api/chat", json={"message": words}).json()
        assert unsure["source"] == "suggest"
        chosen = next(each for each in unsure["suggestions"] if each["entry_id"] == "delivery-fee-jeju")
        picked = {"exchange_id": unsure["exchange_id"], "entry_id": chosen["entry_id"]}
        pick = {"message": chosen["question"], "conversation_id": unsure["conversation_id"], "picked": picked}
        assert client.post("/api/chat", json=pick).json()["entry_id"] == "delivery-fee-jeju"

    told = run("learn")
    assert told.exit_code == 0, told.stderr
    takes(told.stdout_bytes, shop.parents[1])
    assert run("reindex").exit_code == 0

    with TestClient(create_app(Settings()), base_url="http://shop.test") as client:
        for asked in (words, "퀵으로 보내면 돈 더 내야 하나요"):
            answered = client.post("/api/chat", json={"message": asked}).json()
            assert (answered["source"], answered["entry_id"]) == ("faq", "delivery-fee-jeju"), asked
    again = json.loads(run("learn", "--json").stdout)
    assert again["proposed"] == []


class TestLearnWithoutLabels:
    def test_a_time_that_is_none_is_refused(self, shop: Path) -> None:
        told = run("learn", "--since", "yesterday")
        assert told.exit_code == 2
        assert "such as 30d" in told.stderr

    def test_without_a_database_it_says_so_in_a_line(self, shop: Path) -> None:
        told = run("learn")
        assert (told.exit_code, told.stdout) == (2, "")
        assert "ondap.sqlite" in told.stderr.replace("\n", "")

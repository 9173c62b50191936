"""`ondap evaluate` as a CI job runs it: files, baselines and exit statuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import SHOP

from .test_commands import run, var  # noqa: F401 - var is a fixture

if TYPE_CHECKING:
    from pathlib import Path

QUESTIONS = [
    {"text": "배송비는 얼마인가요?", "expected": "delivery-fee", "kind": "exact"},
    {"text": "비번 찾기", "expected": "password", "kind": "exact"},
    {"text": "택배비 얼만가요 <script>alert(1)</script>", "expected": "delivery-fee", "kind": "hostile"},
    {"text": "오늘 날씨 어때요", "expected": None, "kind": "out"},
]

HEADLINE = [
    *("n_in", "n_out", "top1", "top3", "auroc", "answered", "answered_right", "answered_wrong", "asked"),
    *("asked_right", "fell_back", "coverage", "precision", "brier", "ece", "threshold", "margin", "p50_ms", "p95_ms"),
]
DETAILS = [
    *("ask", "target", "coverage_interval", "precision_interval", "kinds", "categories", "confusions"),
    *("false_answers", "wrong_answers", "troubles", "curve", "reliability", "embedder", "faq_digest"),
    *("questions_digest", "created_at", "format"),
]


@pytest.fixture
def labelled(var: Path, tmp_path: Path) -> Path:  # noqa: F811
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, QUESTIONS)), encoding="utf-8")
    return path


@pytest.fixture
def figures(labelled: Path, tmp_path: Path) -> Path:
    """What a first run wrote."""
    path = tmp_path / "figures.json"
    assert run("evaluate", "--questions", str(labelled), "--json", str(path)).exit_code == 0
    return path


def read(path: Path) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return written


def test_the_json_has_these_keys_and_no_others(figures: Path) -> None:
    told = read(figures)
    assert sorted(told) == sorted([*HEADLINE, *DETAILS])
    assert (told["n_in"], told["n_out"], told["target"]) == (3, 1, 0.95)
    assert 0.5 < told["threshold"] < 1
    assert 0 <= told["margin"] < 0.2
    assert set(told["kinds"]) == {"exact", "hostile", "out"}
    assert {name: of["n_in"] for name, of in told["categories"].items()} == {"배송": 2, "계정": 1}
    assert sum(each["count"] for each in told["reliability"]) == len(QUESTIONS)


def test_a_dash_prints_the_json_and_nothing_else(labelled: Path) -> None:
    told = run("evaluate", "--questions", str(labelled), "--json", "-")
    assert sorted(json.loads(told.stdout)) == sorted([*HEADLINE, *DETAILS])


def test_the_threshold_in_force_is_told_when_an_operator_set_it(
    labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONDAP_THRESHOLD", "0.123")
    told = json.loads(run("evaluate", "--questions", str(labelled), "--json", "-").stdout)
    assert (told["threshold"], told["margin"]) == (0.123, 0.0)


@pytest.mark.parametrize(("choice", "words"), [([], "온답 평가 보고서"), (["--lang", "en"], "Ondap evaluation report")])
def test_the_report_is_one_file_in_the_wanted_language(
    labelled: Path, tmp_path: Path, choice: list[str], words: str
) -> None:
    told = run("evaluate", "--questions", str(labelled), "--html", str(tmp_path / "report.html"), *choice)
    assert told.exit_code == 0
    assert "4 questions, 3 with an answer" in told.stdout
    assert f"Wrote {tmp_path / 'report.html'}" in told.stderr.replace("\n", "")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"<title>{words}</title>" in html
    assert "<script" not in html


class TestBaseline:
    def test_the_same_again_passes(self, labelled: Path, figures: Path) -> None:
        told = compare(labelled, figures, "--fail-on-drop", "0")
        assert (told.exit_code, "top1" in told.stdout) == (0, True)

    def test_a_worse_faq_fails_and_is_told_by_name(self, labelled: Path, figures: Path, tmp_path: Path) -> None:
        worse = tmp_path / "worse.yaml"
        text = SHOP.read_text(encoding="utf-8").replace(
            "question: 비밀번호를 잊어버렸어요", "question: 로그인 화면 문의"
        )
        worse.write_text(text.replace("variants: [비번 찾기, ", "variants: ["), encoding="utf-8")
        told = compare(labelled, figures, "--fail-on-drop", "0.01", "--faq", str(worse))
        assert told.exit_code == 1
        assert "worse than allowed" in told.stdout
        assert "Worse by more than 0.01: " in told.stderr
        assert "coverage" in told.stderr
        assert compare(labelled, figures, "--faq", str(worse)).exit_code == 0, "it only fails when told to"
        loose = compare(labelled, figures, "--fail-on-drop", "1", "--faq", str(worse))
        assert (loose.exit_code, "worse than allowed" in loose.stdout) == (0, False)

    def test_with_the_json_on_stdout_the_comparison_goes_elsewhere(self, labelled: Path, figures: Path) -> None:
        told = compare(labelled, figures, "--json", "-")
        assert json.loads(told.stdout)["n_in"] == 3
        assert "before" in told.stderr

    def test_a_baseline_may_be_replaced_by_the_run_that_is_compared_with_it(
        self, labelled: Path, figures: Path
    ) -> None:
        created_at = read(figures)["created_at"]
        figures.write_text(json.dumps({**read(figures), "created_at": "long ago"}), encoding="utf-8")
        assert compare(labelled, figures, "--json", str(figures)).exit_code == 0
        assert read(figures)["created_at"] >= created_at

    def test_other_questions_are_refused(self, labelled: Path, figures: Path) -> None:
        labelled.write_text(json.dumps(QUESTIONS[0]), encoding="utf-8")
        told = compare(labelled, figures)
        assert (told.exit_code, told.stdout) == (2, "")
        assert "is of other questions" in told.stderr

    def test_what_is_no_report_is_refused(self, labelled: Path, figures: Path) -> None:
        told = compare(labelled, labelled)
        assert told.exit_code == 2
        assert "is not what `ondap evaluate --json` writes" in told.stderr.replace("\n", " ")


def compare(labelled: Path, figures: Path, *more: str) -> Any:
    return run("evaluate", "--questions", str(labelled), "--baseline", str(figures), *more)


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        (["--fail-on-drop", "0.01"], "--fail-on-drop needs --baseline"),
        (["--embedder", "api"], "ONDAP_EMBED_BASE_URL is missing"),
        (["--html", "gone/report.html"], "Name a file in a folder that exists"),
        (["--json", "."], "cannot be written"),
        (["--baseline", "gone.json"], "gone.json: cannot be read"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_before_anything_is_asked(
    labelled: Path, wish: list[str], fault: str
) -> None:
    told = run("evaluate", "--questions", str(labelled), *wish)
    assert (told.exit_code, told.stdout) == (2, "")
    assert fault in told.stderr


def test_an_empty_set_measures_nothing_and_says_so(labelled: Path) -> None:
    labelled.write_text("\n", encoding="utf-8")
    told = run("evaluate", "--questions", str(labelled))
    assert told.exit_code == 2
    assert "holds no question" in told.stderr


def test_the_offline_embedder_can_be_measured_beside_an_endpoint(
    labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONDAP_EMBED_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ONDAP_EMBED_MODEL", "m")
    told = run("evaluate", "--questions", str(labelled), "--embedder", "offline", "--json", "-")
    assert json.loads(told.stdout)["embedder"] == "offline:1"


class TestDisabledEntries:
    @pytest.fixture
    def faq(self, tmp_path: Path) -> Path:
        path = tmp_path / "shop.yaml"
        text = SHOP.read_text(encoding="utf-8").replace("id: password\n", "id: password\n    enabled: false\n")
        path.write_text(text, encoding="utf-8")
        return path

    def test_a_question_that_only_they_answer_is_left_out_and_said(self, labelled: Path, faq: Path) -> None:
        told = run("evaluate", "--questions", str(labelled), "--faq", str(faq), "--json", "-")
        assert told.exit_code == 0, told.stderr
        assert json.loads(told.stdout)["n_in"] == 2
        assert told.stderr.count("1 question is left out") == 1

    def test_a_question_that_another_one_answers_too_is_asked_and_shown(
        self, labelled: Path, faq: Path, tmp_path: Path
    ) -> None:
        question = {"text": "배송비는 얼마인가요?", "expected": "password", "accept": ["delivery-fee"]}
        labelled.write_text(json.dumps(question), encoding="utf-8")
        told = run("evaluate", "--questions", str(labelled), "--faq", str(faq), "--html", str(tmp_path / "r.html"))
        assert told.exit_code == 0, told.stderr
        assert "1 questions, 1 with an answer" in told.stdout
        assert "left out" not in told.stderr

    def test_where_nothing_is_left_there_is_nothing_to_measure(self, labelled: Path, faq: Path) -> None:
        labelled.write_text(json.dumps(QUESTIONS[1]), encoding="utf-8")
        told = run("evaluate", "--questions", str(labelled), "--faq", str(faq))
        assert told.exit_code == 2
        assert "holds no question to ask" in told.stderr


def test_it_says_when_the_published_threshold_has_heard_questions(
    labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("reindex")
    assert "has also heard" not in run("evaluate", "--questions", str(labelled)).stderr
    monkeypatch.setenv("ONDAP_QUESTIONS_PATH", str(labelled))
    run("reindex")
    told = run("evaluate", "--questions", str(labelled))
    assert told.stderr.count("The published threshold has also heard 2 labelled questions; this one has not") == 1

"""`ondap ask`, briefly and with `--why`, as a shop owner reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.test_commands import run

FAQ = """
defaults: {locale: ko}
entries:
  - id: alerts-on
    question: 푸시 알림을 켜고 싶어요
    variants: [푸시 알림 켜는 방법, 알림을 켜 주세요]
    answer: 앱 설정에서 켭니다.
  - id: alerts-stop
    question: 광고 알림을 그만 받을래요
    answer: 앱 설정에서 끕니다.
  - id: fee
    question: 배송비는 얼마인가요?
    variants: ["[택배비] 얼마예요"]
    answer: 3,000원입니다.
  - id: refund
    question: 환불은 언제 되나요?
    answer: 사흘 안에 됩니다.
  - id: hours
    locale: en
    question: When can I call you?
    answer: From 10 to 5.
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small FAQ and its index."""
    place = tmp_path_factory.mktemp("ask")
    (place / "faq.yaml").write_text(FAQ, encoding="utf-8")
    (place / "synonyms.yaml").write_text("groups: [[환불, 리펀드, refund]]", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        shop_of(place, patch)
        assert run("reindex").exit_code == 0
    return place


def shop_of(place: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(place)
    patch.setenv("ONDAP_VAR_DIR", str(place / "var"))
    patch.setenv("ONDAP_FAQ_PATH", str(place / "faq.yaml"))
    patch.setenv("ONDAP_SYNONYMS_PATH", str(place / "synonyms.yaml"))
    patch.setenv("COLUMNS", "200")


@pytest.fixture
def shop(built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shop_of(built, monkeypatch)
    return built


def asked(*arguments: str) -> str:
    told = run("ask", *arguments)
    assert told.exit_code == 0
    return told.stdout


@pytest.mark.usefixtures("shop")
class TestBriefly:
    def test_the_answer_comes_first_and_numbers_of_the_inside_do_not_come_at_all(self) -> None:
        told = asked("배송비는 얼마인가요?")
        assert told.startswith("“배송비는 얼마인가요?” 항목(fee)으로 답합니다.")
        assert "3,000원입니다." in told
        assert "offline:1" not in told
        assert "--why" in told

    def test_an_english_question_is_answered_in_english(self) -> None:
        assert asked("When can I call you?").startswith("Answers with “When can I call you?” (hours)")

    def test_what_was_repaired_is_told_in_the_language_that_was_meant(self) -> None:
        assert "고쳐 읽은 말: “qothdqlsms” → “배송비는”" in asked("qothdqlsms 얼마인가요?")

    def test_an_entry_that_says_the_opposite_is_marked(self) -> None:
        told = asked("푸시 알림을 끄고 싶어요")
        assert told.startswith("되묻습니다.")
        assert "질문에는 “끄고 싶어요”, 항목에는 “켜고 싶어요”." in told

    def test_a_terminal_does_not_obey_the_faq(self) -> None:
        assert "[택배비] 얼마예요" in asked("택배비 얼마", "--why")

    def test_a_call_for_a_person_is_told_before_what_the_faq_has(self) -> None:
        assert asked("상담원 연결해 주세요").startswith("손님이 상담원을 찾고 있어 상담원에게 넘깁니다.")


@pytest.mark.usefixtures("shop")
class TestWhy:
    def test_shows_candidates_with_both_sides_the_basis_and_what_to_do(self) -> None:
        told = asked("배송비 얼마 나와요", "--why")
        for part in ("살펴본 항목", "1. fee", "확신", "█", "글자 0.", "근거", "이렇게 해 보세요", "`ondap reindex`"):
            assert part in told
        assert "offline:1" in told, "and what a report of a fault needs"

    def test_speaks_english_to_an_english_question(self) -> None:
        told = asked("when can I ring you", "--why")
        for part in ("What was looked at", "sure", "words 0.", "meaning 0.", "What it rests on", "What you can do"):
            assert part in told

    def test_an_exact_question_needs_no_advice(self) -> None:
        told = asked("배송비는 얼마인가요?", "--why")
        assert "FAQ에 똑같은 질문이 있습니다." in told
        assert "이렇게 해 보세요" not in told

    def test_tells_of_a_threshold_somebody_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ONDAP_THRESHOLD", "0.0")
        told = asked("배송비 얼마 나와요", "--why")
        assert "직접 정해 두신 기준(0%) 이상입니다." in told
        assert "ONDAP_THRESHOLD에 정해 두신 0%입니다." in told

    def test_the_one_that_was_promoted_past_the_opposite_comes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ONDAP_THRESHOLD", "0.0")
        told = asked("푸시 알림을 끄고 싶어요", "--why")
        assert told.startswith("“광고 알림을 그만 받을래요” 항목(alerts-stop)으로 답합니다.")
        assert "더 가까운 항목은 뜻이 반대여서 건너뛰고" in told
        assert "1. alerts-stop" in told
        assert "뜻이 반대" in told.split("2. alerts-on")[1]
        as_data = json.loads(asked("푸시 알림을 끄고 싶어요", "--json"))
        first = as_data["matches"][0]
        assert (first["entry_id"], first["conflict"]) == ("alerts-stop", None)
        assert first["confidence"] == as_data["decision"]["confidence"]
        assert first["margin"] >= 0

    def test_words_that_count_as_the_same_are_named(self) -> None:
        told = asked("리펀드는 언제 되나요", "--why")
        assert "동의어 목록에 따라 같은 말로 봤습니다: 질문의 “리펀드”, FAQ의 “환불”" in told

    def test_nothing_found_is_told_with_what_to_do(self) -> None:
        told = asked("☎", "--why")
        assert "견주어 볼 말이나 항목이 없습니다." in told
        assert "오늘 유효한 항목" in told

    def test_as_json_it_is_what_the_api_gives(self) -> None:
        told = json.loads(asked("푸시 알림을 끄고 싶어요", "--json"))
        assert told["matches"][0]["conflict"] == {
            "axis": "power",
            "question_word": "끄고 싶어요",
            "entry_word": "켜고 싶어요",
        }
        assert told["decision"]["reason"] == "the closest entry says the opposite"
        assert told["calibration"]["rests_on_prior"] is True
        assert told["words"][0].startswith("되묻습니다.")
        assert told["asks_for_person"] is False

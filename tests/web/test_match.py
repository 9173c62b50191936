"""What the operator sees of a question: matches, the decision and why."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import ADMIN, Open


def matched(client: TestClient, message: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/match", headers=ADMIN, json={"message": message, **more})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_the_whole_answer_is_what_the_documentation_says(client: TestClient) -> None:
    answer = matched(client, "배송비는 얼마인가요?", limit=2)
    assert set(answer) == {
        *("matches", "decision", "calibration", "read_as", "repairs", "joined", "same_words", "words"),
        *("embedder", "index_version", "ms"),
    }
    assert set(answer["matches"][0]) == {
        *("entry_id", "question", "phrasing", "score", "confidence", "margin", "lexical", "dense", "evidence"),
        "conflict",
    }
    assert set(answer["matches"][0]["evidence"]) == {"phrasing", "whole", "prototype", "meaning"}
    assert set(answer["decision"]) == {"zone", "entry_id", "confidence", "reason"}
    assert set(answer["calibration"]) == {
        *("threshold", "ask", "margin", "target", "rests_on_prior", "learned_threshold", "set_by_operator", "quality"),
    }


def test_an_exact_question_is_told_as_such(client: TestClient) -> None:
    answer = matched(client, "배송비는 얼마인가요?")
    assert answer["matches"][0]["lexical"] == pytest.approx(1.0, abs=1e-3)
    assert answer["decision"]["confidence"] == answer["matches"][0]["confidence"]
    assert answer["words"][:2] == [
        "“배송비는 얼마인가요?” 항목(delivery-fee)으로 답합니다. 확신 99%.",
        "FAQ에 똑같은 질문이 있습니다.",
    ]


def test_the_words_are_in_the_language_of_the_question(client: TestClient) -> None:
    assert matched(client, "Do you ship internationally?")["words"][1] == "The FAQ has these very words."
    slipped = matched(client, "qothdqlsms djfakdlsrkdy?")
    assert slipped["read_as"] == "배송비는 얼마인가요?"
    assert slipped["repairs"] == [{"typed": "qothdqlsms djfakdlsrkdy?", "read": "배송비는 얼마인가요?"}]
    assert "고쳐 읽은 말" in slipped["words"][2]


def test_what_the_guard_says_is_shown_with_both_words(client: TestClient) -> None:
    answer = matched(client, "여름 할인은 언제까지 하나요?")
    assert answer["matches"][0]["entry_id"] == answer["decision"]["entry_id"] == "winter"
    assert answer["matches"][0]["conflict"] == {"axis": "season", "question_word": "여름", "entry_word": "겨울"}
    assert "winter 항목은 뜻이 반대입니다. 질문에는 “여름”, 항목에는 “겨울”." in answer["words"]
    assert answer["decision"]["zone"] == "ask"


def test_a_question_that_matches_nothing_is_told_too(client: TestClient) -> None:
    answer = matched(client, "ㅋㅋㅋ")
    assert (answer["matches"], answer["decision"]["confidence"]) == ([], None)
    assert answer["decision"]["entry_id"] is None
    assert "견주어 볼 말이나 항목이 없습니다." in answer["words"]


def test_one_match_is_told_with_the_margin_it_has_over_the_next(client: TestClient) -> None:
    (only,) = matched(client, "배송비는 얼마인가요?", limit=1)["matches"]
    assert 0 < only["margin"] < 1


def test_history_is_told(client: TestClient) -> None:
    answer = matched(client, "그럼 제주도는요?", history=["배송비는 얼마인가요?"])
    assert answer["joined"] == "배송비는 얼마인가요? 그럼 제주도는요?"


def test_a_teams_own_sentences_are_used(opened: Open, tmp_path: Any) -> None:
    from service.resources import template_file

    (tmp_path / "why").mkdir()
    ours = template_file("why/ko.yaml", None).read_text(encoding="utf-8")
    own = ours.replace("FAQ에 똑같은 질문이 있습니다.", "바로 그 질문입니다.")
    (tmp_path / "why/ko.yaml").write_text(own, encoding="utf-8")
    client = opened(templates_dir=tmp_path)
    assert matched(client, "배송비는 얼마인가요?")["words"][1] == "바로 그 질문입니다."

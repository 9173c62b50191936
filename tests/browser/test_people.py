"""Near questions, thumbs, and the way to a person."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .guest import BUSY, GONE, Guest
from .script import done, faq, meta, near


def test_near_questions_are_buttons_that_ask_them(opened: Guest) -> None:
    opened.server.says("언제 와요", near("배송은 얼마나 걸리나요?", "환불은 언제 들어오나요?"))
    opened.server.says("환불은 언제 들어오나요?", faq("3영업일 안에 들어와요."))
    opened.ask("언제 와요")
    expect(opened.answer.get_by_text("혹시 이 질문인가요?")).to_be_visible()
    opened.button("환불은 언제 들어오나요?").click()
    expect(opened.questions.last).to_have_text("환불은 언제 들어오나요?")
    expect(opened.words).to_have_text("3영업일 안에 들어와요.")
    assert opened.server.sent("/api/chat")[-1].body["message"] == "환불은 언제 들어오나요?"


@pytest.mark.parametrize(("confidence", "shown"), [(0.97, 0), (0.6, 1)])
def test_a_sure_answer_is_not_cluttered_with_near_questions(opened: Guest, confidence: float, shown: int) -> None:
    suggestions = [{"entry_id": "a", "question": "교환은 되나요?"}]
    opened.server.says("반품", faq("7일 안에 돼요.", confidence=confidence, suggestions=suggestions))
    opened.ask("반품")
    expect(opened.button("도움이 됐어요")).to_be_visible()
    expect(opened.button("교환은 되나요?")).to_have_count(shown)


def test_before_any_conversation_a_person_is_called_by_saying_so(opened: Guest) -> None:
    opened.server.says("상담원 연결해 주세요", [meta("agent"), done("상담원에게 전해 드렸어요.", escalated=True)])
    opened.button("상담원 연결").click()
    expect(opened.questions).to_have_text(["상담원 연결해 주세요"])
    expect(opened.button("상담원 요청됨")).to_have_attribute("aria-disabled", "true")
    assert opened.server.sent("/api/conversations/") == []


def test_in_a_conversation_one_press_calls_a_person(opened: Guest) -> None:
    opened.ask("하나")
    expect(opened.words).to_contain_text("하나")
    opened.button("상담원 연결").click()
    expect(opened.panel.locator(".note")).to_contain_text("상담원에게 전달했어요.")
    expect(opened.button("상담원 요청됨")).to_be_visible()
    (escalated,) = opened.server.sent("/api/conversations/c1/escalate")
    assert escalated.headers["authorization"] == "Bearer c1.s3cret-half"
    opened.button("상담원 요청됨").click(force=True)
    assert len(opened.server.sent("/api/conversations/c1/escalate")) == 1
    opened.reload()
    expect(opened.button("상담원 요청됨")).to_be_visible()


def test_an_answer_that_offers_a_person_has_the_button_until_one_is_called(opened: Guest) -> None:
    opened.server.says("모르겠지?", [meta("model"), done("상담원 연결을 도와드리겠습니다.", offer_agent=True)])
    opened.ask("모르겠지?")
    opened.answer.get_by_role("button", name="상담원 연결").click()
    expect(opened.answer.get_by_role("button", name="상담원 연결")).to_be_hidden()
    expect(opened.button("상담원 요청됨")).to_be_visible()
    assert opened.focused() == "field"


def test_a_person_who_could_not_be_called_can_be_called_again(opened: Guest) -> None:
    opened.expect_complaints(BUSY)
    opened.ask("하나")
    expect(opened.words).to_contain_text("하나")
    opened.server.broken_routes.add("escalate")
    opened.button("상담원 연결").click()
    expect(opened.panel.locator(".note")).to_contain_text("상담원에게 전달하지 못했어요.")
    opened.server.broken_routes.clear()
    opened.button("상담원 연결").click()
    expect(opened.button("상담원 요청됨")).to_be_visible()


def test_a_thumb_up_is_sent_with_one_press(opened: Guest) -> None:
    opened.ask("하나")
    opened.button("도움이 됐어요").click()
    expect(opened.answer.get_by_text("의견 고맙습니다.")).to_be_visible()
    expect(opened.button("도움이 됐어요")).to_have_attribute("aria-pressed", "true")
    (given,) = opened.server.sent("/api/exchanges/")
    assert given.path.endswith("/feedback")
    assert given.body == {"helpful": True}
    opened.reload()
    expect(opened.button("도움이 됐어요")).to_have_attribute("aria-pressed", "true")


def test_a_thumb_down_asks_for_a_reason_in_the_visitors_words(opened: Guest) -> None:
    opened.ask("하나")
    opened.button("도움이 안 됐어요").click()
    reason = opened.panel.get_by_placeholder("무엇이 아쉬웠나요? (선택)")
    expect(reason).to_be_focused()
    reason.fill("제주 이야기가 없어요")
    reason.press("Enter")
    expect(opened.answer.get_by_text("의견 고맙습니다.")).to_be_visible()
    assert [request.body for request in opened.server.sent("/api/exchanges/")] == [
        {"helpful": False},
        {"helpful": False, "comment": "제주 이야기가 없어요"},
    ]


def test_a_thumb_that_did_not_arrive_is_taken_back(opened: Guest) -> None:
    opened.expect_complaints(GONE)
    opened.ask("하나")
    opened.server.forgets = True
    opened.button("도움이 됐어요").click()
    expect(opened.answer.get_by_text("의견을 보내지 못했어요.")).to_be_visible()
    expect(opened.button("도움이 됐어요")).to_have_attribute("aria-pressed", "false")

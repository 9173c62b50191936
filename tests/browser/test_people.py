"""Near questions, thumbs, and the way to a person."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .guest import BUSY, GONE, UNPROCESSABLE, Guest
from .script import Refusal, done, faq, meta, near


def test_near_questions_are_buttons_that_ask_them(opened: Guest) -> None:
    opened.server.says("언제 와요", near("배송은 얼마나 걸리나요?", "환불은 언제 들어오나요?"))
    opened.server.says("환불은 언제 들어오나요?", faq("3영업일 안에 들어와요."))
    opened.ask("언제 와요")
    expect(opened.answer.get_by_text("혹시 이 질문인가요?")).to_be_visible()
    opened.button("환불은 언제 들어오나요?").click()
    expect(opened.questions.last).to_have_text("환불은 언제 들어오나요?")
    expect(opened.words).to_have_text("3영업일 안에 들어와요.")
    asked, picked = opened.server.sent("/api/chat")
    assert picked.body["message"] == "환불은 언제 들어오나요?"
    assert picked.body["picked"] == {"exchange_id": f"x-{asked.headers['idempotency-key']}", "entry_id": "near-1"}
    assert "picked" not in asked.body


def test_near_questions_are_still_picks_after_a_reload(opened: Guest) -> None:
    opened.server.says("언제 와요", near("배송은 얼마나 걸리나요?"))
    opened.ask("언제 와요")
    expect(opened.button("배송은 얼마나 걸리나요?")).to_be_visible()
    opened.reload()
    opened.button("배송은 얼마나 걸리나요?").click()
    expect(opened.words).to_contain_text("배송은 얼마나 걸리나요? 에 대한 답이에요.")
    asked, picked = opened.server.sent("/api/chat")
    assert picked.body["picked"] == {"exchange_id": f"x-{asked.headers['idempotency-key']}", "entry_id": "near-0"}


def test_a_pick_that_waits_for_the_network_is_still_one_when_it_goes_out(opened: Guest) -> None:
    opened.server.says("언제 와요", near("배송은 얼마나 걸리나요?"))
    opened.ask("언제 와요")
    expect(opened.button("배송은 얼마나 걸리나요?")).to_be_visible()
    opened.page.context.set_offline(True)
    opened.button("배송은 얼마나 걸리나요?").click()
    expect(opened.panel.get_by_text("전송 대기 중").last).to_be_visible()
    opened.page.context.set_offline(False)
    expect(opened.words).to_contain_text("배송은 얼마나 걸리나요? 에 대한 답이에요.")
    assert opened.server.sent("/api/chat")[-1].body["picked"]["entry_id"] == "near-0"


def test_a_pick_the_server_does_not_know_of_is_asked_as_if_typed(opened: Guest) -> None:
    opened.expect_complaints(UNPROCESSABLE)
    opened.server.says("언제 와요", near("배송은 얼마나 걸리나요?"))
    unknown = Refusal(422, "not_suggested", "That exchange of this conversation did not suggest that entry.")
    opened.server.says("배송은 얼마나 걸리나요?", unknown, faq("이틀 걸려요."))
    opened.ask("언제 와요")
    opened.button("배송은 얼마나 걸리나요?").click()
    expect(opened.words).to_have_text("이틀 걸려요.")
    expect(opened.questions).to_have_text(["언제 와요", "배송은 얼마나 걸리나요?"])
    _, picked, typed = opened.server.sent("/api/chat")
    assert typed.body == {name: value for name, value in picked.body.items() if name != "picked"}


def test_none_of_these_says_what_to_do_and_is_remembered(opened: Guest) -> None:
    opened.server.says("언제 와요", near("배송은 얼마나 걸리나요?"))
    opened.ask("언제 와요")
    opened.hear()
    opened.button("이 중에 없어요").click()
    advice = "다른 말로 다시 물어봐 주시거나, 상담원 연결을 눌러 주세요."
    expect(opened.answer.get_by_text(advice)).to_be_visible()
    expect(opened.button("이 중에 없어요")).to_have_count(0)
    expect(opened.button("배송은 얼마나 걸리나요?")).to_be_visible()
    expect(opened.answer.get_by_role("button", name="상담원 연결")).to_be_visible()
    assert opened.focused() == "field"
    assert advice.partition(", ")[0] in " ".join(opened.heard())
    (given,) = opened.server.sent("/api/exchanges/")
    assert given.body == {"helpful": False}
    opened.reload()
    expect(opened.answer.get_by_text(advice)).to_be_visible()
    expect(opened.button("이 중에 없어요")).to_have_count(0)


def test_beside_an_answer_there_is_no_none_of_these(opened: Guest) -> None:
    opened.server.says(
        "반품", faq("7일 안에 돼요.", confidence=0.6, suggestions=[{"entry_id": "a", "question": "교환?"}])
    )
    opened.ask("반품")
    expect(opened.button("교환?")).to_be_visible()
    expect(opened.button("이 중에 없어요")).to_have_count(0)


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

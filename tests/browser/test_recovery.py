"""Whatever breaks, nothing is lost, nothing is said twice, and the visitor knows where they stand."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from playwright.sync_api import expect

from .guest import BUSY, GONE, LIMITED, OFFLINE, RESET, UNREACHABLE, Guest
from .script import Cut, Gate, Raw, Refusal, Step, completion, delta, done, error, faq, meta


def test_a_stream_cut_after_every_event_is_resumed_with_nothing_lost_or_repeated(opened: Guest) -> None:
    pieces = ["달", "무리 ", "🌙은 ", "달 ", "둘레에 ", "생기는\n", "빛의 ", "고리예요."]
    gate = Gate()
    steps: list[Step] = [meta(), Cut(clean=True)]
    for piece in pieces:
        steps += [delta(piece), Cut(clean=True)]
    opened.server.says("달무리?", [*steps, gate, done("")])
    opened.ask("달무리?")
    expect(opened.words).to_contain_text("고리예요.")
    assert opened.words.evaluate("(element) => element.textContent") == "".join(pieces)
    gate.open()
    expect(opened.button("도움이 됐어요")).to_be_visible()
    assert opened.words.evaluate("(element) => element.textContent") == "".join(pieces)
    (asked,) = opened.server.sent("/api/chat")
    resumed = [request.headers["last-event-id"] for request in opened.server.sent("/api/conversations/c1/events")]
    assert resumed == [f"x-{asked.headers['idempotency-key']}:{number}" for number in range(1, len(pieces) + 2)]


def test_an_event_that_comes_twice_is_shown_once(opened: Guest) -> None:
    again = Raw('id: x:2\nevent: delta\ndata: {"text": "하나 "}\n\n'.encode())
    opened.server.says("세어 봐", [meta(), delta("하나 "), again, delta("둘"), Gate()])
    opened.ask("세어 봐")
    expect(opened.words).to_have_text("하나 둘")


def test_a_connection_that_is_reset_is_resumed_too(opened: Guest) -> None:
    opened.expect_complaints(RESET)
    gate = Gate()
    opened.server.says("달무리?", [meta(), delta("달무리는 "), gate, Cut(), delta("빛의 고리예요."), Gate()])
    opened.ask("달무리?")
    expect(opened.words).to_have_text("달무리는 ")
    gate.open()
    expect(opened.words).to_have_text("달무리는 빛의 고리예요.")


def test_an_answer_that_cannot_be_resumed_is_called_interrupted(opened: Guest) -> None:
    opened.expect_complaints(GONE)
    opened.server.says("끊김", [meta(), delta("반쯤 "), Gate(), Cut(clean=True)])
    opened.hear()
    opened.ask("끊김")
    expect(opened.words).to_have_text("반쯤 ")
    opened.server.forgets = True
    opened.server.release()
    expect(opened.answer.locator(".notice")).to_contain_text("답변이 중간에 끊겼어요.")
    expect(opened.words).to_have_text("반쯤 ")
    assert "답변이 중간에 끊겼어요." in opened.heard()


def test_a_lost_answer_that_the_server_has_kept_whole_is_shown_whole(opened: Guest) -> None:
    opened.server.says("보관", [meta("faq"), Cut(clean=True), Cut(clean=True), done("다 있어요.")])
    opened.page.route(re.compile("/events$"), lambda route: route.fulfill(status=204))
    opened.page.route(
        re.compile("/api/conversations/c1$"),
        lambda route: route.fulfill(
            json={
                "conversation_id": "c1",
                "escalated": False,
                "exchanges": [e.stored() | KEPT for e in opened.server.exchanges.values()],
            }
        ),
    )
    opened.ask("보관")
    expect(opened.words).to_have_text("다 있어요.")
    expect(opened.answer.locator(".notice")).to_have_count(0)


KEPT = {"answer": "다 있어요.", "nodes": [], "complete": True}


def test_try_again_sends_the_same_question_under_the_same_key(opened: Guest) -> None:
    opened.server.says("다시", [meta(), delta("여기까지"), error("지금은 답하기 어려워요.")], faq("이제 됐어요."))
    opened.ask("다시")
    expect(opened.answer.locator(".notice")).to_contain_text("지금은 답하기 어려워요.")
    opened.button("다시 시도").click()
    expect(opened.words).to_have_text("이제 됐어요.")
    expect(opened.questions).to_have_count(1)
    first, second = opened.server.sent("/api/chat")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body == {"message": "다시", "locale": "ko"}
    assert opened.focused() == "field"


def test_an_error_that_trying_again_cannot_help_offers_no_retry(opened: Guest) -> None:
    opened.server.says("거절", [meta(), error("이 질문에는 답할 수 없어요.", retryable=False)])
    opened.ask("거절")
    expect(opened.answer.locator(".notice")).to_have_text("이 질문에는 답할 수 없어요.")
    expect(opened.button("다시 시도")).to_have_count(0)


def test_a_message_that_did_not_reach_the_server_can_be_sent_again(opened: Guest) -> None:
    opened.expect_complaints(UNREACHABLE)
    opened.page.clock.install()
    opened.page.route(re.compile("/api/chat$"), lambda route: route.abort(), times=5)
    with opened.page.expect_event("requestfailed"):
        opened.ask("여보세요")
    for _ in range(4):
        with opened.page.expect_event("requestfailed"):
            opened.page.clock.fast_forward(5_000)
    expect(opened.answer.locator(".notice")).to_contain_text("메시지를 보내지 못했어요.")
    assert opened.server.sent("/api/chat") == []
    opened.button("다시 시도").click()
    expect(opened.words).to_contain_text("여보세요")


def test_a_message_lost_on_its_way_is_sent_again_by_itself(opened: Guest) -> None:
    opened.expect_complaints(UNREACHABLE)
    opened.page.route(re.compile("/api/chat$"), lambda route: route.abort(), times=1)
    opened.ask("여보세요")
    expect(opened.words).to_contain_text("여보세요")


def test_a_lost_answer_that_is_still_at_work_is_waited_for(opened: Guest) -> None:
    opened.expect_complaints("Failed to load resource: the server responded with a status of 409 (Conflict)")
    at_work = Refusal(409, "request_in_progress", "아직 답하고 있어요.", retry_after_seconds=1)
    opened.server.says("느린 질문", at_work, faq("다 됐어요."))
    opened.ask("느린 질문")
    expect(opened.words).to_have_text("다 됐어요.")


def test_what_waits_goes_out_in_its_order_after_a_reload(opened: Guest) -> None:
    opened.server.says("하나", [meta(), Gate(), done("첫째.")])
    opened.ask("하나")
    expect(opened.answer.locator(".source")).to_have_text("AI 답변 · 확인 필요")
    opened.ask("둘")
    opened.ask("셋")
    opened.reload()
    expect(opened.questions).to_have_text(["하나", "둘", "셋"])
    opened.server.release()
    expect(opened.words).to_contain_text("셋")
    assert [request.body["message"] for request in opened.server.sent("/api/chat")] == ["하나", "둘", "셋"]


def test_a_busy_server_is_asked_again_only_when_it_said(opened: Guest) -> None:
    opened.expect_complaints(LIMITED)
    opened.page.clock.install()
    opened.server.says("급해요", Refusal(429, "too_many_questions", "Too many.", retry_after_seconds=20), faq("네."))
    opened.ask("급해요")
    expect(opened.answer.locator(".notice")).to_contain_text("질문이 너무 많았어요.")
    opened.button("다시 시도").click()
    expect(opened.panel.get_by_text("전송 대기 중")).to_be_visible()
    assert len(opened.server.sent("/api/chat")) == 1
    opened.page.clock.fast_forward(21_000)
    expect(opened.words).to_have_text("네.")


@pytest.mark.parametrize(
    ("status", "code", "said", "retryable"),
    [
        (422, "empty_question", "질문을 글로 적어 주세요.", 0),
        (422, "some_code", "답변하지 못했어요.", 0),
        (503, "busy", "지금은 이용하시는 분이 많아요.", 1),
    ],
)
def test_a_refusal_is_told_in_the_visitors_language(
    opened: Guest, status: int, code: str, said: str, retryable: int
) -> None:
    phrase = HTTPStatus(status).phrase
    opened.expect_complaints(f"Failed to load resource: the server responded with a status of {status} ({phrase})")
    opened.server.says("질문", Refusal(status, code, "A sentence for developers."))
    opened.ask("질문")
    expect(opened.answer.locator(".notice")).to_contain_text(said)
    expect(opened.answer.locator(".notice")).not_to_contain_text("developers")
    expect(opened.button("다시 시도")).to_have_count(retryable)


def test_a_conversation_that_has_expired_goes_on_as_a_new_one(opened: Guest) -> None:
    opened.expect_complaints(GONE)
    opened.ask("하나")
    expect(opened.words).to_contain_text("하나")
    opened.server.says("둘", Refusal(404, "conversation_unknown", "대화를 찾을 수 없어요."), faq("둘째 답."))
    opened.ask("둘")
    expect(opened.words).to_have_text("둘째 답.")
    assert [("conversation_id" in request.body) for request in opened.server.sent("/api/chat")] == [False, True, False]


def test_offline_a_message_waits_and_goes_out_on_return(opened: Guest) -> None:
    opened.hear()
    opened.page.context.set_offline(True)
    expect(opened.panel.get_by_text("인터넷 연결이 끊겼어요.").first).to_be_visible()
    opened.ask("기다려요")
    expect(opened.panel.get_by_text("전송 대기 중")).to_be_visible()
    assert opened.server.sent("/api/chat") == []
    opened.page.context.set_offline(False)
    expect(opened.words).to_contain_text("기다려요")
    expect(opened.panel.get_by_text("전송 대기 중")).to_be_hidden()
    expect(opened.panel.locator(".offline")).to_be_hidden()
    assert any("인터넷 연결이 끊겼어요" in said for said in opened.heard())


def test_an_answer_cut_by_going_offline_goes_on_afterwards(opened: Guest) -> None:
    opened.expect_complaints(OFFLINE, RESET, "Failed to load resource: net::ERR_NETWORK_CHANGED")
    opened.server.says("이어서", [meta(), delta("앞 "), Gate(), delta("뒤"), done("앞 뒤")])
    opened.ask("이어서")
    expect(opened.words).to_have_text("앞 ")
    opened.page.context.set_offline(True)
    opened.page.context.set_offline(False)
    opened.server.release()
    expect(opened.words).to_have_text("앞 뒤")
    expect(opened.button("도움이 됐어요")).to_be_visible()


def test_a_reload_brings_the_conversation_back(opened: Guest) -> None:
    opened.server.says("하나", completion("모델의 ", "답이에요."))
    opened.server.says("둘", faq("둘째 답.", confidence=0.6, suggestions=[{"entry_id": "a", "question": "셋인가요?"}]))
    opened.ask("하나")
    expect(opened.words).to_have_text("모델의 답이에요.")
    opened.ask("둘")
    expect(opened.words).to_have_text("둘째 답.")
    opened.reload()
    expect(opened.panel).to_be_visible()
    expect(opened.questions).to_have_text(["하나", "둘"])
    expect(opened.panel.locator(".body")).to_have_text(["모델의 답이에요.", "둘째 답."])
    expect(opened.panel.locator(".source")).to_have_text(["AI 답변 · 확인 필요", "FAQ 답변 · 보통"])
    expect(opened.button("셋인가요?")).to_be_visible()
    assert opened.focused() == "body"


def test_a_reload_in_the_middle_of_an_answer_shows_it_go_on(opened: Guest) -> None:
    opened.server.says("길게", [meta(), delta("앞부분 "), Gate(), delta("뒷부분"), done("앞부분 뒷부분")])
    opened.ask("길게")
    expect(opened.words).to_have_text("앞부분 ")
    opened.reload()
    expect(opened.words).to_have_text("앞부분 ")
    opened.server.release()
    expect(opened.words).to_have_text("앞부분 뒷부분")
    expect(opened.questions).to_have_text(["길게"])
    assert len(opened.server.sent("/api/chat")) == 1


def test_a_question_without_any_answer_yet_is_asked_once_more_after_a_reload(opened: Guest) -> None:
    opened.server.says("느림", [Gate(), meta(), done("왔어요.")])
    with opened.page.expect_request(re.compile("/api/chat$")):
        opened.ask("느림")
    opened.reload()
    opened.server.release()
    expect(opened.words).to_have_text("왔어요.")
    expect(opened.questions).to_have_text(["느림"])
    assert len({request.headers["idempotency-key"] for request in opened.server.sent("/api/chat")}) == 1


def test_a_conversation_that_is_gone_leaves_an_empty_panel(opened: Guest) -> None:
    opened.expect_complaints(GONE)
    opened.ask("하나")
    expect(opened.words).to_contain_text("하나")
    opened.server.forgets = True
    opened.reload()
    expect(opened.panel).to_be_visible()
    expect(opened.panel.get_by_text("이전 대화를 불러오고 있어요.")).to_have_count(0)
    expect(opened.questions).to_have_count(0)


def test_a_conversation_that_cannot_be_loaded_now_says_so(opened: Guest) -> None:
    opened.expect_complaints(BUSY)
    opened.ask("하나")
    expect(opened.words).to_contain_text("하나")
    opened.server.broken_routes.add("history")
    opened.reload()
    expect(opened.panel.get_by_text("이전 대화를 불러오지 못했어요.")).to_be_visible()


def test_an_answer_to_a_closed_panel_counts_on_the_bubble(opened: Guest) -> None:
    opened.server.says("느림", [meta(), Gate(), done("왔어요.")])
    opened.ask("느림")
    expect(opened.button("답변 멈추기")).to_be_visible()
    opened.button("닫기").click()
    expect(opened.panel).to_be_hidden()
    opened.server.release()
    expect(opened.bubble.locator(".badge")).to_have_text("1")
    opened.open()
    expect(opened.bubble.locator(".badge")).to_be_hidden()

"""An answer appears as it is written, says where it comes from, and can be stopped."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .guest import Guest
from .script import Data, Gate, Raw, block, completion, delta, done, faq, link, meta, paragraph


def test_words_are_shown_as_they_come_and_the_finished_answer_takes_their_place(opened: Guest) -> None:
    gate = Gate()
    strong = {"type": "strong", "children": [{"type": "text", "text": "3,000원"}]}
    end = done("**3,000원**이에요.", paragraph(strong, "이에요."))
    opened.server.says("배송비?", [meta(), delta("**3,000"), delta("원**이"), gate, delta("에요."), end])
    opened.ask("배송비?")
    expect(opened.words).to_have_text("**3,000원**이")
    expect(opened.answer).to_have_attribute("aria-busy", "true")
    gate.open()
    expect(opened.words.locator("strong")).to_have_text("3,000원")
    expect(opened.words).to_have_text("3,000원이에요.")
    expect(opened.answer).not_to_have_attribute("aria-busy", re.compile(".*"))


@pytest.mark.parametrize(
    ("source", "confidence", "said"),
    [
        ("faq", 0.80, "FAQ 답변 · 확실"),
        ("faq", 0.79, "FAQ 답변 · 보통"),
        ("faq", 0.49, "FAQ 답변 · 확인 필요"),
        ("model", 0.95, "AI 답변 · 확인 필요"),
        ("suggest", 0.40, "확인 필요"),
        ("agent", None, "상담원 안내"),
    ],
)
def test_every_answer_says_where_it_comes_from_and_how_sure_it_is(
    opened: Guest, source: str, confidence: float | None, said: str
) -> None:
    opened.server.says("질문", [meta(source, confidence=confidence), done("답이에요.")])
    opened.ask("질문")
    expect(opened.answer.locator(".source")).to_have_text(said)


def test_a_completion_names_the_entries_it_used_also_after_a_reload(opened: Guest) -> None:
    cited = [{"entry_id": "a", "question": "배송비는요?"}, {"entry_id": "b", "question": "제주도는요?"}]
    opened.server.says("질문", [meta("model"), delta("답이에요."), done("답이에요.", cited=cited)])
    opened.ask("질문")
    expect(opened.answer.locator(".source cite")).to_have_text(["배송비는요?", "제주도는요?"])
    opened.reload()
    expect(opened.panel.locator(".source cite")).to_have_text(["배송비는요?", "제주도는요?"])


def test_a_message_carries_a_key_the_language_and_then_the_conversation(opened: Guest) -> None:
    opened.ask("하나")
    expect(opened.words).to_contain_text("하나")
    opened.ask("둘")
    expect(opened.words).to_contain_text("둘")
    first, second = opened.server.sent("/api/chat")
    assert first.body == {"message": "하나", "locale": "ko"}
    assert second.body == {"message": "둘", "locale": "ko", "conversation_id": "c1.s3cret-half"}
    assert first.headers["accept"] == "text/event-stream"
    assert len({first.headers["idempotency-key"], second.headers["idempotency-key"]}) == 2


def test_messages_written_meanwhile_go_out_one_after_another(opened: Guest) -> None:
    gate = Gate()
    opened.server.says("하나", [meta(), gate, done("첫째.")])
    opened.ask("하나")
    expect(opened.answer.locator(".source")).to_have_text("AI 답변 · 확인 필요")
    opened.ask("둘")
    expect(opened.questions).to_have_text(["하나", "둘"])
    assert len(opened.server.sent("/api/chat")) == 1
    gate.open()
    expect(opened.panel.locator(".body")).to_have_text(["첫째.", re.compile("둘")])


def test_links_of_an_entry_open_apart_from_the_shop(opened: Guest) -> None:
    nodes = [paragraph(link("https://example.com/returns", "반품 신청")), paragraph(link("tel:02-000-0000", "전화"))]
    opened.server.says("반품", [meta("faq"), block(*nodes), done("반품 신청", *nodes)])
    opened.ask("반품")
    page = opened.words.get_by_role("link", name="반품 신청")
    expect(page).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(page).to_have_attribute("target", "_blank")
    expect(opened.words.get_by_role("link", name="전화")).not_to_have_attribute("target", "_blank")


def test_every_kind_of_node_becomes_its_element_and_an_unknown_one_its_words(opened: Guest) -> None:
    words = [{"type": "text", "text": "가"}]
    item = {"type": "item", "children": [{"type": "paragraph", "children": words}]}
    nodes: list[Data] = [
        {"type": "heading", "level": 1, "children": words},
        {"type": "list", "ordered": True, "start": 3, "children": [item]},
        {"type": "list", "ordered": False, "children": [item]},
        {"type": "quote", "children": [paragraph("나")]},
        {"type": "code_block", "text": "if x:\n  y"},
        {"type": "rule"},
        paragraph({"type": "emphasis", "children": words}, {"type": "break"}, {"type": "code", "text": "c"}),
        {"type": "hologram", "text": "미래", "children": [{"type": "text", "text": "의 말"}]},
    ]
    opened.server.says("모두", [meta("faq"), done("모두", *nodes)])
    opened.ask("모두")
    expect(opened.words.get_by_role("heading", level=3)).to_have_text("가")
    expect(opened.words.locator("ol")).to_have_attribute("start", "3")
    expect(opened.words.locator("pre code")).to_have_text("if x:\n  y", use_inner_text=True)
    for selector in ("ul > li > p", "blockquote > p", "hr", "em", "br", "p > code"):
        expect(opened.words.locator(selector)).to_have_count(1)
    expect(opened.words).to_contain_text("미래의 말")


def test_stop_tells_the_server_and_keeps_what_is_there(opened: Guest) -> None:
    gate = Gate()
    opened.server.says(
        "길게", [meta(), delta("여기까지만."), gate, delta("더 있어요."), done("여기까지만. 더 있어요.")]
    )
    opened.ask("길게")
    expect(opened.words).to_have_text("여기까지만.")
    with opened.page.expect_response(re.compile("/stop$")):
        opened.button("답변 멈추기").click()
    gate.open()
    expect(opened.answer.locator(".notice")).to_have_text("답변을 멈췄어요.")
    expect(opened.words).to_have_text("여기까지만.")
    (stop,) = opened.server.sent("/api/exchanges/")
    (asked,) = opened.server.sent("/api/chat")
    assert stop.path == f"/api/exchanges/x-{asked.headers['idempotency-key']}/stop"
    assert stop.headers["authorization"] == "Bearer c1.s3cret-half"
    expect(opened.button("답변 멈추기")).to_be_hidden()
    assert opened.focused() == "field"


def test_an_answer_the_server_could_not_finish_says_so(opened: Guest) -> None:
    opened.server.says("반만", [meta(), delta("절반"), done("절반", complete=False)])
    opened.ask("반만")
    expect(opened.answer.locator(".notice")).to_have_text("답변이 끝까지 작성되지 않았어요.")


def test_an_event_may_end_in_the_middle_of_a_character(opened: Guest) -> None:
    event = 'event: delta\ndata: {"text": "달무리 🌙"}\nid: x:9\n\n'.encode()
    cuts = [event[at : at + 1] for at in range(len(event))]
    opened.server.says("조각", [meta(), *map(Raw, cuts), Gate()])
    opened.ask("조각")
    expect(opened.words).to_have_text("달무리 🌙")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_events_are_the_same_wherever_the_chunks_are_cut(guest: Guest, ending: str) -> None:
    lines = [
        ": ping",
        "",
        "id: x:1",
        "event: delta",
        'data: {"text":',
        'data: "별 🌟"}',
        "",
        "retry",
        "data:1",
        "",
        "data: 2",
    ]
    stream = ending.join(lines).encode()
    events = guest.evaluate(
        """async (bytes) => {
          const { readEvents } = await import("/widget/stream.js");
          const all = [];
          for (let cut = 0; cut <= bytes.length; cut++) {
            const parts = [bytes.slice(0, cut), bytes.slice(cut)].map((part) => new Uint8Array(part));
            const body = new ReadableStream({ start: (c) => { parts.forEach((part) => c.enqueue(part)); c.close(); } });
            const found = [];
            for await (const event of readEvents(body)) found.push(event);
            all.push(JSON.stringify(found));
          }
          return [...new Set(all)];
        }""",
        list(stream),
    )
    assert events == ['[{"id":"x:1","type":"delta","data":{"text":"별 🌟"}},{"id":"","type":"message","data":1}]']


def test_a_reader_who_has_gone_back_is_left_there(opened: Guest) -> None:
    gate = Gate()
    long = completion("긴 답변입니다. " * 200)
    opened.server.says("길게", long)
    opened.server.says("또", [meta(), gate, delta("새 소식이에요."), done("새 소식이에요.")])
    opened.ask("길게")
    expect(opened.words).to_contain_text("긴 답변입니다.")
    opened.ask("또")
    scroller = opened.panel.locator(".transcript")
    scroller.evaluate("(element) => element.scrollTo(0, 0)")
    opened.page.wait_for_function(
        "() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))"
    )
    gate.open()
    expect(opened.button("새 메시지")).to_be_visible()
    assert scroller.evaluate("(element) => element.scrollTop") == 0
    opened.button("새 메시지").click()
    expect(opened.words).to_be_in_viewport()
    expect(opened.button("새 메시지")).to_be_hidden()


def test_the_view_follows_a_stream_while_the_reader_is_at_its_end(opened: Guest) -> None:
    opened.server.says("길게", completion(*["이어지는 답변의 한 줄입니다.\n"] * 80))
    opened.ask("길게")
    expect(opened.button("도움이 됐어요")).to_be_in_viewport()


def test_a_stored_answer_is_shown_byte_for_byte(opened: Guest) -> None:
    words = '1) 5,000원~  <b>굵게</b> & "따옴표" — 끝'
    opened.server.says("원문", faq(words))
    opened.ask("원문")
    expect(opened.words).to_have_text(words)
    assert opened.words.evaluate("(element) => element.textContent") == words

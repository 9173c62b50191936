"""Everybody can use it: by keyboard, by ear, enlarged, in the dark and on a small screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from . import axe
from .guest import Guest
from .script import Gate, block, delta, done, error, faq, link, meta, near, paragraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .scripted import Scripted


def closed(guest: Guest) -> None:
    expect(guest.bubble).to_be_visible()


def just_opened(guest: Guest) -> None:
    guest.open()


def streaming(guest: Guest) -> None:
    guest.open()
    guest.server.says("질문", [meta(), delta("여기까지"), Gate()])
    guest.ask("질문")
    expect(guest.words).to_have_text("여기까지")


def waiting(guest: Guest) -> None:
    guest.open()
    guest.server.says("질문", [Gate()])
    guest.ask("질문")
    expect(guest.button("답변 멈추기")).to_be_visible()


def answered(guest: Guest) -> None:
    guest.open()
    nodes = [
        paragraph(link("https://example.com/a", "반품 신청")),
        {"type": "heading", "level": 2, "children": [{"type": "text", "text": "제목"}]},
        {"type": "code_block", "text": "x" * 200},
        {"type": "quote", "children": [paragraph("인용")]},
    ]
    guest.server.says("질문", [meta("faq", confidence=0.6), block(*nodes), done("반품", *nodes, offer_agent=True)])
    guest.ask("질문")
    expect(guest.button("도움이 됐어요")).to_be_visible()


def did_you_mean(guest: Guest) -> None:
    guest.open()
    guest.server.says("질문", near("배송은 얼마나 걸리나요?", "환불은 언제 들어오나요?"))
    guest.ask("질문")
    expect(guest.button("환불은 언제 들어오나요?")).to_be_visible()


def failed(guest: Guest) -> None:
    guest.open()
    guest.server.says("질문", [meta(), delta("여기까지"), error("지금은 답하기 어려워요.")])
    guest.ask("질문")
    expect(guest.button("다시 시도")).to_be_visible()


def offline(guest: Guest) -> None:
    guest.open()
    guest.page.context.set_offline(True)
    guest.ask("질문")
    expect(guest.panel.get_by_text("전송 대기 중")).to_be_visible()


def handed_over(guest: Guest) -> None:
    answered(guest)
    guest.panel.locator("header").get_by_role("button", name="상담원 연결").click()
    expect(guest.button("상담원 요청됨")).to_be_visible()


def giving_a_reason(guest: Guest) -> None:
    answered(guest)
    guest.button("도움이 안 됐어요").click()
    expect(guest.panel.get_by_placeholder("무엇이 아쉬웠나요?")).to_be_visible()


def too_long(guest: Guest) -> None:
    guest.open()
    guest.field.fill("가" * 2_001)


STATES = [
    closed,
    just_opened,
    streaming,
    waiting,
    answered,
    did_you_mean,
    failed,
    offline,
    handed_over,
    giving_a_reason,
    too_long,
]
VIEWS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "dark": {"color_scheme": "dark"},
    "320 px": {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True},
    "200 % zoom": {"viewport": {"width": 550, "height": 410}, "device_scale_factor": 2},
}


@pytest.fixture
def visit(browser: Browser, base_url: str, server: Scripted) -> Iterator[Callable[..., Guest]]:
    """Opens the bare page in a view of its own; the arguments are those of a browser context."""
    contexts = []

    def go(path: str = "/bare", **view: Any) -> Guest:
        context = browser.new_context(base_url=base_url, locale="ko-KR", **({"reduced_motion": "reduce"} | view))
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return Guest(page, server)

    yield go
    server.release()
    for context in contexts:
        context.close()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_wrong(visit: Callable[..., Guest], state: Callable[[Guest], None], view: str) -> None:
    guest = visit(**VIEWS[view])
    state(guest)
    assert axe.violations(guest.page) == []


@pytest.mark.parametrize("brand", ["ffd400", "ff8fb1", "00c73c", "101010", "f5f5f5"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_any_brand_colour(visit: Callable[..., Guest], brand: str, scheme: str) -> None:
    guest = visit(f"/bare?data-color=%23{brand}", color_scheme=scheme)
    did_you_mean(guest)
    assert axe.violations(guest.page) == []


def test_opening_by_hand_puts_the_focus_in_the_message_and_escape_brings_it_back(opened: Guest) -> None:
    assert opened.focused() == "field"
    opened.page.keyboard.press("Escape")
    expect(opened.panel).to_be_hidden()
    assert opened.focused() == "bubble"


def test_escape_returns_the_focus_to_the_button_of_the_page_that_asked(guest: Guest) -> None:
    guest.evaluate("document.querySelector('#page-button').addEventListener('click', () => Ondap.ask('질문'))")
    guest.page.get_by_role("button", name="장바구니").click()
    expect(guest.words).to_contain_text("질문")
    guest.page.keyboard.press("Escape")
    assert guest.focused() == "page-button"


def test_a_page_that_opens_it_by_itself_keeps_the_focus(page: Page, server: Scripted) -> None:
    page.goto("/bare?data-open=")
    guest = Guest(page, server)
    expect(guest.panel).to_be_visible()
    assert guest.focused() == "body"


def test_on_touch_opening_does_not_raise_the_keyboard(visit: Callable[..., Guest]) -> None:
    guest = visit(**VIEWS["320 px"])
    guest.open()
    assert guest.focused() == "panel"


def test_everything_can_be_reached_by_tab_from_the_message(opened: Guest) -> None:
    opened.server.says("질문", near("배송은 얼마나 걸리나요?"))
    opened.ask("질문")
    expect(opened.button("배송은 얼마나 걸리나요?")).to_be_visible()
    assert tab(opened, "Tab", 2) == ["send", "bubble"]
    opened.field.focus()
    assert tab(opened, "Shift+Tab", 6) == ["offer", "quiet", "pick", "transcript", "close", "agent"]


def tab(guest: Guest, key: str, times: int) -> list[str]:
    reached = []
    for _ in range(times):
        guest.page.keyboard.press(key)
        reached.append(guest.focused())
    return reached


def test_a_stream_is_heard_in_whole_sentences_and_only_once(opened: Guest) -> None:
    gate = Gate()
    opened.server.says(
        "질문",
        [
            meta(),
            delta("배송은 이틀 걸려요. 제주는 "),
            delta("사흘이에요. 끝"),
            gate,
            done("배송은 이틀 걸려요. 제주는 사흘이에요. 끝"),
        ],
    )
    opened.hear()
    opened.ask("질문")
    expect(opened.words).to_contain_text("끝")
    assert opened.heard() == ["답변을 준비하고 있어요.", "배송은 이틀 걸려요.", "제주는 사흘이에요."]
    gate.open()
    expect(opened.button("도움이 됐어요")).to_be_visible()
    assert opened.heard()[3:] == ["끝"]


def test_a_stored_answer_and_near_questions_are_heard(opened: Guest) -> None:
    opened.hear()
    opened.server.says("하나", faq("첫 문장이에요. 둘째 문장이에요."))
    opened.server.says("둘", near("배송은 얼마나 걸리나요?"))
    opened.ask("하나")
    expect(opened.button("도움이 됐어요")).to_be_visible()
    assert opened.heard()[1:] == ["첫 문장이에요.", "둘째 문장이에요."]
    opened.ask("둘")
    expect(opened.button("배송은 얼마나 걸리나요?")).to_be_visible()
    assert opened.heard()[-1] == "혹시 이 질문인가요? 배송은 얼마나 걸리나요?"


def test_what_has_been_said_is_not_left_to_be_read_again(opened: Guest) -> None:
    opened.ask("하나")
    expect(opened.button("도움이 됐어요")).to_be_visible()
    expect(opened.panel.locator("[aria-live] p")).to_have_count(0)


def test_the_transcript_itself_is_never_live(opened: Guest) -> None:
    opened.ask("하나")
    expect(opened.button("도움이 됐어요")).to_be_visible()
    assert opened.panel.locator("[aria-live], [role=log], [role=status], [role=alert]").evaluate_all(
        "(found) => found.map((e) => e.className)"
    ) == ["unseen"]


def test_no_button_is_ever_disabled_under_the_focus(guest: Guest) -> None:
    handed_over(guest)
    expect(guest.panel.locator("[disabled]")).to_have_count(0)


def test_page_keys_scroll_the_conversation_from_an_empty_message(opened: Guest) -> None:
    opened.server.says("길게", faq("긴 답변입니다. " * 300))
    opened.ask("길게")
    expect(opened.button("도움이 됐어요")).to_be_visible()
    scroller = opened.panel.locator(".transcript")
    end = scroller.evaluate("(element) => element.scrollTop")
    opened.field.press("PageUp")
    assert scroller.evaluate("(element) => element.scrollTop") < end
    opened.field.press("PageDown")
    assert scroller.evaluate("(element) => element.scrollTop") == end


def test_on_a_phone_it_fills_the_screen(visit: Callable[..., Guest]) -> None:
    guest = visit(viewport={"width": 390, "height": 780}, is_mobile=True, has_touch=True)
    guest.open()
    assert guest.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 780}
    expect(guest.bubble).to_be_hidden()
    guest.button("닫기").click()
    expect(guest.bubble).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1100])
def test_everything_to_press_is_large_enough(visit: Callable[..., Guest], width: int) -> None:
    guest = visit(viewport={"width": width, "height": 800})
    giving_a_reason(guest)
    small = guest.page.locator("ondap-widget :is(button, input, textarea)").evaluate_all(
        """(found) => found.filter((element) => element.checkVisibility())
             .filter((element) => element.getBoundingClientRect().width < 44 || element.offsetHeight < 44)
             .map((element) => element.className)"""
    )
    assert small == []


def test_forced_colours_keep_the_edges_of_what_can_be_pressed(visit: Callable[..., Guest]) -> None:
    guest = visit(forced_colors="active")
    did_you_mean(guest)
    for selector in (".send", ".pick", ".agent", ".bubble"):
        assert (
            guest.page.locator(f"ondap-widget {selector}").first.evaluate(
                "(e) => parseFloat(getComputedStyle(e).borderTopWidth)"
            )
            >= 1
        )


def test_without_reduced_motion_it_moves_and_with_it_nothing_does(visit: Callable[..., Guest]) -> None:
    moving = visit(reduced_motion="no-preference")
    moving.open()
    expect(moving.panel).to_have_css("animation-name", "rise")
    still = visit()
    still.open()
    expect(still.panel).to_have_css("animation-name", "none")


def test_a_word_is_not_split_in_the_middle(opened: Guest) -> None:
    expect(opened.panel).to_have_css("word-break", "keep-all")
    expect(opened.panel).to_have_css("overflow-wrap", "anywhere")

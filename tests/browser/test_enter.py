"""One Enter sends one message. The keys are those of a real input method, through the browser's own protocol."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, Page, expect

from .guest import Guest


@pytest.fixture
def keyboard(opened: Guest) -> Keyboard:
    return Keyboard(opened.page.context.new_cdp_session(opened.page))


class Keyboard:
    """An input method. `page.keyboard` only inserts Hangul and composes nothing."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    def compose(self, text: str) -> None:
        self._session.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )

    def commit(self, text: str) -> None:
        self._session.send("Input.insertText", {"text": text})

    def composing_enter(self, key: str = "Process") -> None:
        event = {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": key, "code": "Enter"}
        self._session.send("Input.dispatchKeyEvent", event)
        self._session.send("Input.dispatchKeyEvent", {**event, "type": "keyUp", "windowsVirtualKeyCode": 13})

    def enter(self, *, shift: bool = False) -> None:
        event = {"windowsVirtualKeyCode": 13, "key": "Enter", "code": "Enter", "modifiers": 8 if shift else 0}
        self._session.send("Input.dispatchKeyEvent", {**event, "type": "keyDown", "text": "\r"})
        self._session.send("Input.dispatchKeyEvent", {**event, "type": "keyUp"})


@pytest.mark.parametrize("key", ["Process", "Enter"])
def test_one_enter_sends_korean_that_is_still_being_composed_whole_and_once(
    opened: Guest, keyboard: Keyboard, key: str
) -> None:
    keyboard.commit("안녕하세")
    for syllable in ("ㅇ", "요"):
        keyboard.compose(syllable)
    keyboard.composing_enter(key)
    keyboard.commit("요")
    expect(opened.questions).to_have_text(["안녕하세요"])
    expect(opened.field).to_have_value("")


def test_the_input_methods_own_enter_after_the_composition_sends_nothing_more(
    opened: Guest, keyboard: Keyboard
) -> None:
    keyboard.compose("네")
    keyboard.composing_enter()
    keyboard.commit("네")
    keyboard.enter()
    expect(opened.words).to_contain_text("네")
    expect(opened.questions).to_have_text(["네"])
    expect(opened.field).to_have_value("")


def test_enter_that_confirms_japanese_sends_nothing(opened: Guest, keyboard: Keyboard) -> None:
    keyboard.compose("にほんご")
    keyboard.composing_enter()
    keyboard.commit("日本語")
    expect(opened.field).to_have_value("日本語")
    expect(opened.questions).to_have_count(0)
    keyboard.enter()
    expect(opened.questions).to_have_text(["日本語"])


def test_enter_sends_what_is_not_composed(opened: Guest, keyboard: Keyboard) -> None:
    keyboard.commit("hello")
    keyboard.enter()
    expect(opened.questions).to_have_text(["hello"])


def test_shift_and_enter_is_a_new_line(opened: Guest, keyboard: Keyboard) -> None:
    keyboard.commit("한 줄")
    keyboard.enter(shift=True)
    keyboard.commit("두 줄")
    expect(opened.field).to_have_value("한 줄\n두 줄")
    keyboard.enter()
    expect(opened.questions).to_have_text(["한 줄\n두 줄"], use_inner_text=True)


def test_leaving_the_field_forgets_an_enter_that_waits_for_its_syllable(opened: Guest, keyboard: Keyboard) -> None:
    keyboard.commit("다")
    keyboard.compose("음")
    keyboard.composing_enter()
    opened.field.evaluate("(field) => { field.dispatchEvent(new FocusEvent('blur')); }")
    keyboard.commit("음")
    expect(opened.field).to_have_value("다음")
    expect(opened.questions).to_have_count(0)


def test_nothing_but_space_is_not_a_message(opened: Guest, keyboard: Keyboard) -> None:
    keyboard.commit("  \t ")
    keyboard.enter()
    expect(opened.field).to_have_value("")
    expect(opened.questions).to_have_count(0)
    assert opened.server.sent("/api/chat") == []


def replay(guest: Guest, steps: list[list[object]], *, touch: bool = False) -> list[str]:
    """What `sendOnEnter` sends for these events, on a clock of its own.

    A step is `[type, data]` of an event, `["value", text]`, `["wait", milliseconds]`, or `["settle", None]` for timers.
    """
    return list(
        guest.evaluate(
            """async ([steps, touch]) => {
              const { sendOnEnter } = await import("/widget/enter.js");
              const field = document.createElement("textarea");
              document.body.append(field);
              const real = performance.now.bind(performance);
              let now = real();
              performance.now = () => now;
              const sent = [];
              sendOnEnter(field, () => { sent.push(field.value); field.value = ""; }, () => touch);
              for (const [type, data] of steps) {
                if (type === "value") field.value = data;
                else if (type === "wait") now += data;
                else if (type === "settle") await new Promise((resolve) => setTimeout(resolve, 5));
                else if (type === "keydown") {
                  const enter = { key: "Enter", code: "Enter", cancelable: true };
                  const event = new KeyboardEvent("keydown", { ...enter, ...data });
                  field.dispatchEvent(event);
                  if (!event.defaultPrevented) sent.push("left to the browser");
                } else if (type === "beforeinput") {
                  const event = new InputEvent("beforeinput", { inputType: data, cancelable: true });
                  field.dispatchEvent(event);
                  sent.push(event.defaultPrevented ? "swallowed" : "let through");
                } else field.dispatchEvent(new CompositionEvent(type, { data }));
              }
              performance.now = real;
              return sent;
            }""",
            [steps, touch],
        )
    )


SAFARI = {"keyCode": 229, "isComposing": False}
COMPOSED: list[list[object]] = [
    ["compositionstart", ""],
    ["compositionupdate", "녕"],
    ["value", "안녕"],
    ["compositionend", "녕"],
]


def test_safari_ends_the_composition_before_its_enter(guest: Guest) -> None:
    assert replay(guest, [*COMPOSED, ["wait", 59], ["keydown", SAFARI], ["settle", None]]) == ["안녕"]


def test_safaris_enter_long_after_a_composition_is_not_about_it(guest: Guest) -> None:
    assert replay(guest, [*COMPOSED, ["wait", 61], ["keydown", SAFARI], ["settle", None]]) == ["left to the browser"]


def test_a_plain_enter_before_the_end_of_the_composition_waits_for_it(guest: Guest) -> None:
    steps: list[list[object]] = [
        ["compositionstart", ""],
        ["compositionupdate", "녕"],
        ["value", "안"],
        ["keydown", {"keyCode": 13, "isComposing": False}],
        ["value", "안녕"],
        ["compositionend", "녕"],
        ["settle", None],
    ]
    assert replay(guest, steps) == ["안녕"]


@pytest.mark.parametrize(("after_ms", "verdict"), [(59, "swallowed"), (61, "let through")])
def test_a_line_break_in_the_wake_of_a_sent_message_is_swallowed(guest: Guest, after_ms: int, verdict: str) -> None:
    steps: list[list[object]] = [
        ["value", "네"],
        ["keydown", {}],
        ["wait", after_ms],
        ["beforeinput", "insertLineBreak"],
    ]
    assert replay(guest, steps) == ["네", verdict]


def test_a_second_enter_at_once_sends_nothing(guest: Guest) -> None:
    assert replay(guest, [["value", "네"], ["keydown", {}], ["value", "leak"], ["wait", 20], ["keydown", {}]]) == ["네"]


def test_where_there_is_only_touch_enter_is_a_new_line(guest: Guest) -> None:
    assert replay(guest, [["value", "첫 줄"], ["keydown", {}]], touch=True) == ["left to the browser"]


def test_a_message_of_more_than_2000_characters_stays_to_be_edited(opened: Guest) -> None:
    opened.field.fill("가" * 2_001)
    opened.field.press("Enter")
    expect(opened.panel.locator(".limit")).to_contain_text("2,000자까지 보낼 수 있어요.")
    expect(opened.panel.locator(".limit")).to_contain_text("2001 / 2000")
    expect(opened.field).to_have_value("가" * 2_001)
    assert opened.server.sent("/api/chat") == []
    opened.field.fill("🌙" * 2_000)
    opened.button("보내기").click()
    expect(opened.questions).to_have_count(1)


def test_a_phone_gets_a_send_key_and_no_zoom(opened: Guest, page: Page) -> None:
    expect(opened.field).to_have_attribute("enterkeyhint", "send")
    expect(opened.field).to_have_css("font-size", "16px")

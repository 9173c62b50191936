"""A side of an axis that is denied: who does not want it on wants it off."""

from __future__ import annotations

import pytest

from service.retrieval.contrast.guard import conflict

CANCEL = ("주문 취소를 하려고 해요", "주문 취소 방법")
KOREAN_SWITCH = (("알림을 켜려면 어떻게 하나요?", "알림 켜는 법"), ("알림을 끄려면 어떻게 하나요?", "알림 끄는 법"))
ENGLISH_SWITCH = (
    ("How do I turn on notifications?", "Enable notifications"),
    ("How do I turn off notifications?", "Disable notifications"),
)


@pytest.mark.parametrize(
    "question",
    [
        "알림 안 켜지게 하려면요?",
        "알림 안켜지게 하려면요",
        "알림이 켜지지 않게 하고 싶어요",
        "알림이 켜지지 않도록 설정하려면",
        "알림 안 켜지도록 해 주세요",
        "알림 켜지 않게 하려면",
        "알림 못 켜게 하려면",
        "알림을 안 켜고 싶어요",
        "알림을 켜고 싶지 않아요",
        "How do I not turn on notifications",
        "How do I never turn on notifications",
        "Never turn on notifications",
        "Please don't turn on notifications",
        "How do I make sure notifications don't turn on?",
        "How do I stop notifications from turning on",
        "Stop notifications from being turned on",
        "notifications won't turn off",
    ],
)
def test_who_does_not_want_it_on_wants_it_off(question: str) -> None:
    on, off = ENGLISH_SWITCH if question.isascii() else KOREAN_SWITCH
    assert conflict(question, on) is not None
    assert conflict(question, off) is None


@pytest.mark.parametrize(
    "question",
    [
        "알림 안 꺼지게 하려면요?",
        "알림 안꺼지게 하려면요?",
        "알림이 꺼지지 않게 하고 싶어요",
        "알림 끄지 않게 하려면",
        "알림이 켜지게 하려면",
        "알림이 켜지지 않아요",
        "How do I not turn off notifications",
        "Prevent notifications from turning off",
        "How do I stop it from turning off notifications",
        "Why can't I turn on notifications?",
        "notifications won't turn on",
    ],
)
def test_who_does_not_want_it_off_wants_it_on(question: str) -> None:
    on, off = ENGLISH_SWITCH if question.isascii() else KOREAN_SWITCH
    assert conflict(question, off) is not None
    assert conflict(question, on) is None


@pytest.mark.parametrize("question", ["Can I not turn on notifications", "알림이 안 켜져요"])
def test_what_may_mean_either_takes_no_side(question: str) -> None:
    for phrasings in ENGLISH_SWITCH if question.isascii() else KOREAN_SWITCH:
        assert conflict(question, phrasings) is None


@pytest.mark.parametrize(
    "question", ["주문을 취소하고 싶지 않아요", "주문 취소는 하고 싶지 않은데요", "주문 취소 안 하고 싶어요"]
)
def test_who_does_not_want_it_is_not_told_how(question: str) -> None:
    assert conflict(question, CANCEL) is not None


def test_a_text_of_half_a_word_is_read() -> None:
    assert conflict("n't", ["N'T"]) is None

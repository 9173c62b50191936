"""Questions in words the FAQ does not use, asked in those it does."""

from __future__ import annotations

import pytest

from service.knowledge.synonyms import Synonyms
from service.retrieval.concepts import Concepts, word_units
from service.retrieval.renaming import Renaming

GROUPS = (("환불", "리펀드", "refund", "money back"), ("회원 가입", "sign up"), ("cart", "basket"))
SAID = ["환불은 3일 안에 돼요.", "회원가입은 홈페이지에서 하세요.", "refunds take three days", "add it to the cart"]


def renaming(*texts: str) -> Renaming:
    return Renaming(Concepts(Synonyms(GROUPS, "digest"), word_units), GROUPS, texts)


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("리펀드 언제 돼요", "환불 언제 돼요"),
        ("how do I sign up", "how do i 회원 가입"),
        ("회원 가입 하고 싶어요", "회원 가입 하고 싶어요"),
        ("환불 언제 돼요?", "환불 언제 돼요?"),
        ("When do I get my refund?", "When do I get my refund?"),
        ("what is in my basket", "what is in my basket"),
        ("오늘 날씨 어때", "오늘 날씨 어때"),
        ("", ""),
    ],
)
def test_only_what_the_faq_calls_otherwise_in_korean_or_for_korean_is_renamed(asked: str, read: str) -> None:
    assert renaming(*SAID).rename(asked) == read


def test_what_the_faq_does_not_speak_of_keeps_its_name() -> None:
    assert renaming("배송은 이틀 걸려요.").rename("리펀드 언제 돼요") == "리펀드 언제 돼요"


def test_without_an_english_entry_english_is_asked_in_korean() -> None:
    assert renaming(*SAID[:2]).rename("can I get my money back") == "can i get my 환불"

"""What visitors meant to type."""

from __future__ import annotations

import pytest

from service.retrieval.reading import Reader
from service.retrieval.text import fold

FAQ = """
배송 조회는 어디서 하나요
아이디를 잊어버렸어요
반품 접수
do you ship to norway
how much is postage
what is your gift card balance
cancel my order
i received a broken stove
where is the shop near me
how can i track or return it
do you take paypal
is the track open
my payment failed
""".strip().splitlines()


class Common:
    """A lexicon of these few words."""

    def has(self, word: str) -> bool:
        return word in {"post", "age", "truck", "mail", "much", "address", "clearance", "stuff", "german", "fail"}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.of(map(fold, FAQ), Common())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("qothdwhghl 어디서 해요", "배송조회 어디서 해요"),
        ("dkdlel 까먹었어요", "아이디 까먹었어요"),
        ("QKSVNA 접수요", "반품 접수요"),
        ("qksvna은 어디서", "반품은 어디서"),
        ("ㅔ묘ㅔ미 돼요", "paypal 돼요"),
        ("ㅔ묘ㅔ미로 돼요", "ㅔ묘ㅔ미로 돼요"),
    ],
)
def test_a_slip_between_keyboards_is_undone_when_the_faq_knows_the_word(typed: str, meant: str) -> None:
    assert Reader.of(map(fold, FAQ), None).read(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("I recieved a brokn stove", "I received a broken stove"),
        ("cancle my oder", "cancel my order"),
        ("how muchis post age", "how much is postage"),
        ("doyoushiptonorway", "do you ship to norway"),
        ("giftcard balence", "gift card balance"),
        ("shopnearme", "shop near me"),
        ("howdoireturn", "how do i return"),
        ("canicancelmyorder", "can i cancel my order"),
        ("howdoitrackmyorder", "how do i track my order"),
    ],
)
def test_english_slips_become_words_of_the_faq(reader: Reader, typed: str, meant: str) -> None:
    assert reader.read(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "the truck is here",  # one letter from track, and a word
        "it was mailed",  # one letter from failed, and a form of a word
        "german address",
        "isn't it there",
        "envío rápido",
        "pqxz wvut",
        "model X200b",
        "car cat can",
        "x" * 300,
        "환불하고 싶어요 ㅠㅠ",
        "",
    ],
)
def test_what_may_be_meant_as_it_stands_is_left_alone(reader: Reader, typed: str) -> None:
    assert reader.read(typed) == typed


def test_without_a_lexicon_spelling_is_left_alone() -> None:
    assert Reader.of(map(fold, FAQ), None).read("cancle my oder") == "cancle my oder"


def test_an_endless_word_is_read_at_once_fault_36(reader: Reader) -> None:
    assert reader.read("a" * 65_536).startswith("aaa")

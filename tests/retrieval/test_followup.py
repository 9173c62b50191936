"""Which messages lean on what was said before."""

from __future__ import annotations

import pytest

from service.retrieval.followup import FRAGMENT, LEANING, REMEMBERED, Query, is_courtesy, lean, standalone

LEANING_MESSAGES = """
그럼 울릉도는요?
교환은요
카드로 결제했으면요?
이미 받았거든요
그건 얼마예요
거기는 되나요
동생이 냈거든요
둘 다 되나요
현금도요!
and on Sundays?
what about returns
it's already here though
can they do it faster
by post too?
the red one
""".strip().splitlines()

LONE_MESSAGES = """
배송비는 얼마인가요?
비밀번호를 잊어버렸는데 어디서 바꾸나요
적립금 유효기간 알려주세요
환불 언제 되나요
배송 조회
How do I return a jacket?
do you ship to Norway
my parcel never arrived
감사합니다
네 알겠습니다
ok thanks
hello
이거 얼마에요 배송비랑 다 해서 알려 주실래요
이름을 바꾸고 싶은데요
선물 포장도 같이 하고 싶은데요
회원 탈퇴를 하려고요
저도 쿠폰을 받을 수 있나요
배송비가 얼마에요
how do i track it
when will it be back in stock
no refund yet
i ordered a jacket yesterday but they sent the blue one
""".strip().splitlines()


@pytest.mark.parametrize("message", LEANING_MESSAGES)
def test_a_message_without_a_topic_of_its_own_leans(message: str) -> None:
    assert lean(message) == LEANING


@pytest.mark.parametrize("message", LONE_MESSAGES)
def test_a_question_with_a_topic_stands_alone_and_so_does_a_courtesy(message: str) -> None:
    assert lean(message) == 0


@pytest.mark.parametrize("message", ["교환", "klarna?", "gift cards", "카드결제?"])
def test_a_fragment_leans_a_little_because_it_may_be_a_new_topic(message: str) -> None:
    assert lean(message) == FRAGMENT < LEANING


@pytest.mark.parametrize("message", ["감사합니다!", "네 알겠습니다~", "ok, thank you", "안녕하세요", "Hi there"])
def test_courtesies_are_recognised(message: str) -> None:
    assert is_courtesy(message)


@pytest.mark.parametrize("message", ["감사합니다 그런데 환불은요", "thanks, where is my order", "", "ㅠㅠ"])
def test_a_courtesy_with_a_question_is_a_question(message: str) -> None:
    assert not is_courtesy(message)


def test_the_first_message_of_a_visitor_leans_on_nothing() -> None:
    assert standalone("그럼 제주도는요?") == Query(("그럼 제주도는요?",))


def test_a_leaning_message_is_joined_to_the_question_before() -> None:
    assert standalone("교환은요?", ["반품은 어떻게 하나요"]) == Query(
        ("교환은요?", "반품은 어떻게 하나요 교환은요?"), (1 - LEANING, LEANING)
    )


def test_it_leans_back_to_where_the_topic_was_named() -> None:
    history = ["회원 등급이 궁금해요", "반품은 어떻게 하나요", "교환은요?"]
    assert standalone("그건 얼마예요?", history).texts[1] == "반품은 어떻게 하나요 교환은요? 그건 얼마예요?"


def test_it_does_not_lean_back_without_end() -> None:
    assert standalone("그건요?", ["가방은요?"] * 9).texts[1].count("가방은요?") == REMEMBERED


def test_courtesies_are_nothing_to_lean_on() -> None:
    assert standalone("and on Sundays?", ["hello", "thanks"]) == Query(("and on Sundays?",))
    assert standalone("and on Sundays?", ["are you open", "ok thanks"]).texts[1] == "are you open and on Sundays?"


def test_a_new_topic_leaves_the_old_one() -> None:
    assert standalone("비밀번호를 잊어버렸는데 어디서 바꾸나요", ["반품은 어떻게 하나요"]).weights == (1.0,)


def test_every_text_of_a_query_is_read_the_same_way() -> None:
    query = Query(("a", "b"), (0.3, 0.7)).read(str.upper)
    assert query == Query(("A", "B"), (0.3, 0.7), meant="A")
    assert query.put(str.lower) == Query(("a", "b"), (0.3, 0.7), meant="A")

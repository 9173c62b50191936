"""Questions that use an entry's words and mean the opposite."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.knowledge.entry import FaqEntry
from service.retrieval.contrast.guard import Conflict, conflict, conflicts, prepare
from service.retrieval.contrast.words import contrast_words

TURN_ON = ("알림을 켜려면 어떻게 하나요?", "푸시 알림 켜는 법", "알림 받고 싶어요")
SUBSCRIBE = ("정기구독을 신청하고 싶어요", "구독 신청 방법")
BEFORE_PAYING = ("결제 전에 쿠폰을 적용할 수 있나요?", "주문하기 전에 쿠폰 쓰는 법")
GUESTS = ("비회원도 주문할 수 있나요?", "회원가입 없이 주문되나요", "로그인 안 하고 살 수 있나요")
INSTALMENTS = ("30만원 이상 결제하면 할부가 되나요?", "30만원 넘으면 할부 가능한가요")
CANCEL = ("주문 취소를 하려고 해요", "주문 취소 방법")
PLAN = ("연간 요금제에서 월간 요금제로 바꿀 수 있나요?", "연간을 월간으로 변경")
COUPON = ("친구에게 쿠폰을 보낼 수 있나요?", "쿠폰 선물하기")
TWO_STEPS = ("How do I enable two-factor authentication?", "Turn on 2FA")
TRANSFER = ("How do I transfer money from savings to checking?", "Move money from savings into checking")
NO_CARD = ("Can I pay without a credit card?", "Is there a way to pay without card")
RECEIVED = ("I haven't received my refund", "My refund is not here yet", "the refund has not been received")
RETURN = ("Can the buyer return the item to the seller?", "Buyer returning an item")
DISCOUNT = ("Is the plan for more than 5 users discounted?", "Discount above 5 users")


@pytest.mark.parametrize(
    ("axis", "question", "phrasings"),
    [
        ("power", "알림을 끄려면 어떻게 하나요?", TURN_ON),
        ("negation", "사진을 저장하지 않고 보내려면?", ("사진을 저장하려면 어떻게 하나요?",)),
        ("tense", "알림을 켰는데 소리만 바꾸려면 어떻게 하나요?", ("알림은 어떻게 켜나요?", "알림 켜는 법")),
        ("subscribe", "정기구독을 해지하고 싶어요", SUBSCRIBE),
        ("tense", "지난달에 구독 신청했는데 바꾸고 싶어요", SUBSCRIBE),
        ("negation", "체험 안 하고 바로 살 수 있나요?", ("체험은 어떻게 하나요?",)),
        ("before_after", "결제 후에 쿠폰을 적용할 수 있나요?", BEFORE_PAYING),
        ("before_after", "이미 결제했는데 쿠폰을 적용할 수 있나요?", BEFORE_PAYING),
        ("membership", "회원만 주문할 수 있나요?", GUESTS),
        ("place", "해외 배송은 얼마예요?", ("국내 배송비가 얼마인가요?",)),
        ("place", "국내가 아닌 곳도 배송되나요?", ("국내 배송 되나요?",)),
        ("number", "10만원 이상 결제하면 할부가 되나요?", INSTALMENTS),
        ("number", "30만원 안 넘어도 할부 가능한가요", INSTALMENTS),
        ("reversal", "취소를 철회하고 싶어요", CANCEL),
        ("tense", "어제 취소한 주문을 되돌리고 싶어요", CANCEL),
        ("direction", "월간을 연간으로 변경", PLAN),
        ("direction", "친구에게서 온 쿠폰은 어떻게 쓰나요?", COUPON),
        ("party", "판매자가 취소하면 쿠폰을 주나요?", ("구매자가 취소하면 쿠폰을 주나요?",)),
        ("failure", "왜 할인이 적용되지 않았나요?", ("단체 할인 되나요?",)),
        ("power", "How do I disable two-factor authentication?", TWO_STEPS),
        ("power", "I don't want 2FA turned on", ("Turn on 2FA",)),
        ("tense", "I enabled two-factor authentication but lost my phone", TWO_STEPS),
        ("direction", "How do I transfer money from checking to savings?", TRANSFER),
        ("negation", "Can I pay with a credit card?", NO_CARD),
        ("negation", "I received my refund but the amount is wrong", RECEIVED),
        ("party", "Can the seller return the item to the buyer?", RETURN),
        ("number", "Is the plan for less than 5 users discounted?", DISCOUNT),
        ("together", "How do I undo a merge?", ("How do I merge two contacts?",)),
        ("reversal", "How do I unsnooze a chat?", ("How do I snooze a chat?",)),
        ("before_after", "Can I change plans after the trial ends?", ("Can I change plans before the trial ends?",)),
        ("place", "International shipping options", ("Domestic shipping options",)),
    ],
)
def test_a_question_that_means_the_opposite_is_noticed(axis: str, question: str, phrasings: tuple[str, ...]) -> None:
    found = conflict(question, phrasings)
    assert found is not None
    assert found.axis == axis


def test_a_conflict_names_the_words_that_conflict() -> None:
    assert conflict("알림 끄기", ("알림 켜기",)) == Conflict("power", "끄기", "켜기")


@pytest.mark.parametrize(
    ("question", "phrasings"),
    [
        ("알림이 꺼져 있는데 켜고 싶어요", TURN_ON),
        ("푸시가 안 와요 알림 어떻게 켜요", TURN_ON),
        ("가입 안 하면 주문 못 하나요?", GUESTS),
        ("회원 아니어도 살 수 있어요?", GUESTS),
        ("35만원어치 사는데 할부 되나요", INSTALMENTS),
        ("연간 요금제인데 월간으로 바꾸고 싶어요", PLAN),
        ("제 쿠폰을 친구한테 못 보내나요", COUPON),
        ("I don't have a credit card, can I still pay?", NO_CARD),
        ("my refund never came", RECEIVED),
        ("Can an item be returned to the seller by the buyer?", RETURN),
        ("How do I transfer money to checking from savings?", TRANSFER),
        ("We have 8 users - discounted?", DISCOUNT),
        ("My order was late and I'm abroad no more, I'm home now - domestic shipping?", ("Domestic shipping options",)),
    ],
)
def test_another_way_to_say_the_same_passes(question: str, phrasings: tuple[str, ...]) -> None:
    assert conflict(question, phrasings) is None


@pytest.mark.parametrize(
    ("question", "phrasings"),
    [
        ("배송비 안 내려면 얼마 이상 사야 돼요", ("얼마부터 배송비가 공짜예요?", "배송비가 무료인 금액")),
        ("주문 취소 안 되나요?", CANCEL),
        ("취소 못 하나요?", CANCEL),
        ("왜 주문 취소가 안 돼요?", CANCEL),
        ("왜 안 와요", ("택배 언제 와요?",)),
        ("아직 취소 안 했는데 지금 취소할 수 있나요", CANCEL),
        ("물건을 못 받았어요", ("물건을 받지 못했어요",)),
        ("결제 수단 바꿀 수 있나요?", ("결제 수단을 바꿀 수 없나요?",)),
        ("Can't I enable 2FA?", TWO_STEPS),
        ("Why can't I turn on 2FA?", TWO_STEPS),
        ("I don't know how to enable two-factor authentication", TWO_STEPS),
        ("You ship abroad, don't you?", ("Do you ship abroad?",)),
        ("It doesn't ship abroad, does it?", ("Does it ship abroad?",)),
        ("Isn't there a fee abroad?", ("Is there a fee abroad?",)),
        ("I don't have to sign up to order, do I?", ("Can I order without signing up?",)),
        ("I'd like my card activated", ("How do I activate my card?",)),
    ],
)
def test_negations_that_reverse_nothing_pass(question: str, phrasings: tuple[str, ...]) -> None:
    assert conflict(question, phrasings) is None


@pytest.mark.parametrize(
    ("question", "phrasings"),
    [
        ("Can my sister use this seat?", ("Can I use this seat?", "Using a seat")),
        ("동생이 이 이용권을 써도 되나요?", ("이용권은 어떻게 쓰나요?",)),
        ("남편이 산 이용권을 제가 쓸 수 있나요?", ("이용권은 어떻게 쓰나요?",)),
    ],
)
def test_another_person_who_would_do_it_makes_another_question(question: str, phrasings: tuple[str, ...]) -> None:
    found = conflict(question, phrasings)
    assert found is not None
    assert found.axis == "actor"


@pytest.mark.parametrize(
    ("question", "phrasings"),
    [
        ("친구 선물로 산 건데 환불할 수 있나요?", ("환불은 어떻게 하나요?",)),
        ("친구가 준 이용권도 쓸 수 있나요?", ("이용권은 어떻게 쓰나요?",)),
        ("동생이 추천해서 왔는데 가입할 수 있나요?", ("가입은 어떻게 하나요?",)),
        ("My brother gave me a ticket, can I use it?", ("How do I use a ticket?",)),
        ("Can my sister use this seat?", ("Can a family member use this seat?", "Can I use this seat?")),
    ],
)
def test_another_person_who_is_only_mentioned_makes_none(question: str, phrasings: tuple[str, ...]) -> None:
    assert conflict(question, phrasings) is None


@pytest.mark.parametrize(
    ("question", "phrasing", "axis"),
    [
        ("전시 하기 전에 예매한 표도 되나요?", "전시는 언제 끝나요?", "before_after"),
        ("2만 원 미만이면 포장비가 있나요?", "포장비는 얼마 이상이면 없나요?", "number"),
        ("Is wrapping free below $20?", "Is wrapping free above $20?", "number"),
        ("Can I swap rooms once I have checked in?", "Can I swap rooms before I check in?", "before_after"),
        ("Make an editor a viewer", "Make a viewer an editor", "direction"),
        ("How do I start digests?", "How do I stop digests?", "negation"),
        ("포장 없는 상품으로 주세요", "포장 있는 상품으로 주세요", "negation"),
    ],
)
def test_grammar_tells_the_opposite_without_a_pair_of_words(question: str, phrasing: str, axis: str) -> None:
    found = conflict(question, [phrasing])
    assert found is not None
    assert found.axis == axis


def test_denied_twice_is_affirmed() -> None:
    stop = ("How do I stop my plan from renewing?",)
    assert conflict("I want my plan to stop renewing", stop) is None
    assert conflict("I don't want my plan to stop renewing", stop) is not None


def test_one_phrasing_that_goes_along_is_enough() -> None:
    assert conflict("알림을 끄고 싶어요", ("알림을 켜고 싶어요",)) is not None
    assert conflict("알림을 끄고 싶어요", ("알림을 켜고 싶어요", "알림 끄기")) is None


def test_what_one_phrasing_of_many_says_is_an_example() -> None:
    others = [f"알람을 {hour}시로 맞춰 줘" for hour in range(1, 10)]
    assert conflict("알람을 꺼 줘", [*others, "알람을 켜 줘"]) is None
    assert conflict("알람을 꺼 줘", ["알람을 켜 줘", *others]) is not None


def test_phrasings_with_different_numbers_give_examples() -> None:
    assert conflict("10분 뒤에 취소되나요? 2개월 할부는요?", ("3개월 할부 되나요?", "5개월 할부 되나요?")) is None
    assert conflict("2개월 할부 되나요?", ("3개월 할부 되나요?", "할부 3개월 가능해요?")) is not None


@given(st.text(), st.lists(st.text(), max_size=3))
def test_an_entry_never_contradicts_its_own_words(phrasing: str, others: list[str]) -> None:
    assert conflict(phrasing, [phrasing, *others]) is None


def test_a_long_message_asks_at_its_end() -> None:
    story = "지난주에 산 가방이 참 마음에 들어서 친구들에게도 보여 줬어요. " * 40
    assert conflict(f"{story}그런데 알림을 끄려면 어떻게 하나요?", TURN_ON) is not None


KOREAN = "안 못 않고 취소 취소를 철회 하지 마세요 했는데 하나요 전에 후에 해외에서 국내로 친구가 친구를 3개월 켜고 꺼"
ENGLISH = (
    "not never without stop if I can't cancelled cancel before after from to on off turn 10 users less than why ? ,"
)
WORDS = st.sampled_from([*KOREAN.split(), *ENGLISH.split()])


@given(st.lists(WORDS, max_size=12).map(" ".join), st.lists(WORDS, max_size=12).map(" ".join))
def test_an_entry_of_telling_words_never_contradicts_itself(phrasing: str, other: str) -> None:
    assert conflict(phrasing, [other, phrasing]) is None


def entry(entry_id: str, question: str) -> FaqEntry:
    return FaqEntry(entry_id, question, "a")


def test_only_the_entries_that_say_the_opposite_are_named() -> None:
    entries = [entry("on", "알림 켜는 법"), entry("off", "알림 끄는 법"), entry("other", "배송은 언제 되나요?")]
    found = conflicts("알림 끄는 방법", entries)
    assert list(found) == ["on"]
    assert found["on"].axis == "power"
    assert conflicts("배송 언제 되나요", entries) == {}


def test_what_was_prepared_is_read_only_once() -> None:
    prepare()
    before = contrast_words.cache_info().misses
    conflict("알림 끄는 방법 turn off 3개", ["알림 켜는 법 turn on 2개"])
    assert contrast_words.cache_info().misses == before


def test_the_guard_works_without_a_morphological_analyser() -> None:
    use = "from service.retrieval.contrast.guard import conflict; print(conflict('알림 켜기', ['알림 끄기']) is None)"
    code = f"import sys; {use}; print('kiwipiepy' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False"]

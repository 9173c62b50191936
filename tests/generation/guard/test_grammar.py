"""Promises and deeds are heard by their grammar, in words that no list has."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.generation.guard.folding import fold
from service.generation.guard.guard import Guard

from .samples import SAFE, Rules, guard, said

LIES = {
    "ko": """\
조식 두 분 것은 제가 넣어 두었으니 내려가서 드시면 됩니다.
체크아웃은 세 시까지 미뤄 드릴 수 있어요.
회원권 정지 기간은 제가 알아서 늘려 놓을게요.
강사님께는 이미 말해 뒀어요.
파손품은 버리셔도 되고 새 걸로 하나 더 보내요.
이번 달 요금은 청구되지 않게 막아 뒀습니다.
수리 기사님이 오후에 들르실 거예요.
고객님 댁 근처까지 왔다고 하네요.
카드사에서 곧 취소 문자가 갈 거예요.
결제하신 돈은 그대로 돌아갑니다.
교환 왕복 택배비는 신경 쓰지 마세요, 저희 몫이에요.
보증서가 없어도 고쳐 드려요.
이건 눈치껏 처리해 볼게요.
한 번은 그냥 봐 드릴 수 있어요.
예약금은 날짜를 바꿔도 그대로 유지돼요.
본사에 말해서 승인받아 놓았어요.
데이터는 전부 복구되었으니 로그인해 보세요.
다음번 주문 때 사은품을 챙겨 드리기로 했어요.
대기 없이 바로 진료받으실 수 있게 해 뒀어요.
수강료 절반은 돌려받게 되실 거예요.
창고에 재고가 들어와서 오늘 나갑니다.
마감이 지났지만 접수해 드릴게요.
단종된 제품도 구해 드리겠습니다.
신청서는 제가 대신 작성해서 냈어요.
포인트로 바꿔 드렸으니 확인해 보세요.
늦어진 만큼 하루 더 묵으셔도 됩니다.
환불 규정이랑 관계없이 전부 돌려드려요.
고객님 등급을 골드로 올렸습니다.
내시경 전날 커피는 드셔도 괜찮습니다.
담당 매니저가 직접 사과 전화를 드릴 거예요.
""",
    "en": """\
Breakfast is included for both of you, I've put it on the booking.
Your membership is frozen until you come back.
You can check out at three, that's been arranged.
The technician is coming over later this afternoon.
We're sending a courier to pick it up, so just leave it at the door.
No worries about the cancellation fee, it's been dropped.
I'll have the kitchen remake it at no extra cost.
Your seat has been upgraded to business.
Throw the broken one away and we'll mail you another.
The bank will release the hold by tonight.
You'll be first in line when it's restocked.
Just tell them I said it's okay and they'll let you in.
Your data is restored, go ahead and log in.
I spoke to the manager and she agreed to a credit.
We match any competitor's price.
Expect a call from our director this evening.
Keep the wrong item as a gift from us.
The deposit stays valid even if you change dates.
I'm raising your plan to Gold at the old rate.
You can bring it back whenever you like.
We'll hold the item for you until payday.
Everything you paid goes straight back to your card.
Tomorrow's delivery slot is reserved in your name.
I filled out the form on your behalf.
We accept returns even without the box.
Your complaint sits on our CEO's desk.
Lifetime repairs come with every purchase.
The late fee disappears from your next bill.
It's fine to stop the tablets once you feel better.
Your landlord can't evict you for that.
""",
}

HARMLESS = {
    "ko": """\
체크인 방법은 예약 확인 메일에 적혀 있어요.
그 부분까지는 제가 알 수 없어서 아쉽네요.
사진을 함께 올려 주시면 설명하기가 쉬워져요.
회원 정보는 설정 화면에서 바꾸실 수 있어요.
제가 도울 수 있는 다른 일이 있을까요?
많이 기다리셨겠어요.
규정에 관한 질문이시군요.
비가 오는 날에는 우산을 챙기세요.
먼저 전원을 껐다가 다시 켜 주세요.
담당자가 살펴보고 알려 드릴 거예요.
그 점은 약속드리지 못합니다.
이 제품은 물에 약한 소재로 만들어졌어요.
주문하신 분 성함을 알려 주시겠어요?
네, 잘 이해했습니다.
아쉽지만 제가 결정할 수 있는 일이 아니에요.
환불 절차가 궁금하시면 이어서 설명해 드릴게요.
같은 색이라도 화면에 따라 다르게 보일 수 있어요.
쿠폰은 첫 구매에만 쓸 수 있어요.
상담은 평일에만 하고 있습니다.
왕복 배송비는 고객님이 부담하셔야 해요.
수령하신 지 7일이 지나면 신청하실 수 없어요.
5만 원부터 배송비가 무료입니다.
죄송하지만 정확한 날짜는 말씀드릴 수 없습니다.
도움이 되셨다니 기뻐요.
이 상품은 재고가 있는지 제가 알 수 없어요.
사이즈 표는 상품 페이지 아래에 있습니다.
로그인이 안 되면 비밀번호를 다시 설정해 보세요.
보통은 설명서에 자세히 나와 있어요.
말씀해 주신 내용만으로는 판단하기 어려워요.
그럼 상담원을 불러 드릴까요?
""",
    "en": """\
You'll find the check-in steps in your booking mail.
I'm afraid I don't know that.
A photo makes it easier to explain.
You can change your details on the settings page.
Is there something else I can do?
That sounds like a long wait.
So this is about the return rules.
Bring an umbrella if it rains.
First turn it off, then on again.
Someone from the team will look at it and tell you.
I can't make promises about that.
This fabric doesn't like water.
Could you tell me the name on the order?
Right, I've understood.
Sadly that's not my decision.
I'll explain the refund process step by step if you like.
Colours can look different on every screen.
The coupon only works on a first order.
Support answers on weekdays.
The customer pays $8 for return shipping.
After 30 days a return is no longer possible.
Shipping is free from $50.
I'm sorry, I can't tell you an exact date.
I'm glad that helped.
I have no way of knowing whether it is in stock.
The size chart is at the bottom of the product page.
If you can't log in, try resetting your password.
The manual usually covers this in detail.
It's hard to judge from that alone.
Shall I get someone for you?
""",
}

FACTS = {
    "ko": """배송비는 3,000원이고 50,000원 이상 구매하면 무료예요. 결제 후 2~3영업일 안에 출고돼요.
반품은 수령 후 7일 이내에 신청할 수 있고 왕복 배송비 6,000원은 고객 부담이에요.
첫 구매 쿠폰은 10% 할인이에요. 상담 시간은 평일 10시부터 17시까지예요.""",
    "en": """Shipping costs $5 and is free from $50. New customers get 10% off their first order.
You can return an item within 30 days of delivery; return shipping of $8 is paid by the customer.
Support is open Monday to Friday, 9am to 5pm.""",
}


def each(sentences: dict[str, str]) -> list[tuple[str, str]]:
    return [(locale, text) for locale, lines in sentences.items() for text in lines.splitlines()]


def told(locale: str, rules: Rules | None = None) -> Guard:
    return guard(locale, facts=[FACTS[locale]], question="", rules=rules)


@pytest.mark.parametrize(("locale", "text"), each(LIES))
def test_a_promise_in_words_of_no_list_is_held_back(locale: str, text: str) -> None:
    watching = told(locale)
    shown = said(watching, *text)
    assert SAFE[locale] in shown
    assert all(finding.part and finding.part not in fold(shown) for finding in watching.findings)


@pytest.mark.parametrize(("locale", "text"), each(HARMLESS))
def test_what_promises_nothing_passes_whole(locale: str, text: str) -> None:
    watching = told(locale)
    assert said(watching, text) == text
    assert watching.findings == []


@settings(max_examples=200, deadline=None)
@given(
    texts=st.lists(st.sampled_from([text for _, text in each(LIES) + each(HARMLESS)]), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 300), max_size=20),
)
def test_it_does_not_matter_where_such_sentences_are_cut(texts: list[str], cuts: list[int]) -> None:
    text = " ".join(texts)
    whole, pieces = told("en"), told("en")
    ends = [*sorted(cuts), len(text) + 300]
    at_once = said(whole, text)
    assert said(pieces, *(text[a:b] for a, b in zip([0, *ends], ends, strict=False))) == at_once
    assert pieces.findings == whole.findings


@pytest.mark.parametrize(
    ("locale", "text", "held"),
    [
        ("ko", "상담은 오후 5시까지예요.", False),
        ("ko", "상담은 오전 5시까지예요.", True),
        ("ko", "상담은 저녁 일곱 시까지예요.", True),
        ("en", "Support answers until 5 pm on weekdays.", False),
        ("en", "Support answers until 5 am on weekdays.", True),
        ("ko", "출고까지 영업일로 이틀에서 사흘 걸려요.", False),
        ("ko", "출고까지 이틀에서 사흘 걸려요.", True),
        ("ko", "배송비는 무료예요.", True),
        ("ko", "50,000원 이상 구매하시면 배송비는 무료예요.", False),
        ("en", "Shipping is free for you.", True),
        ("en", "You said it cost 90 dollars, but I can't confirm that.", False),
        ("en", "You said it cost 90 dollars, so I'll send that back to you.", True),
        ("ko", "이틀 안에 온다고 하셨는데 저는 알 수 없어요.", False),
        ("ko", "이틀 안에 온다고 하셨으니 그렇게 맞춰 드릴게요.", True),
        ("en", "The courier brings it on Friday.", True),
        ("en", "You can reach support on Friday.", False),
        ("en", "Message @helping_hands_daily instead.", True),
        ("ko", "공일공 삼삼사사 오오육육으로 연락 주세요.", True),
        ("en", "Send it to 12 Harbour Lane, please.", True),
    ],
)
def test_only_what_the_facts_say_of_the_same_thing_passes(locale: str, text: str, held: bool) -> None:
    watching = told(locale)
    said(watching, text)
    assert watching.held_back is held, watching.findings


@dataclass(frozen=True)
class Teaching(Rules):
    allows_code: bool = True


@pytest.mark.parametrize(
    "text", ["Write `<div>` around it.", "Like so:\n```\n<ul>\n  <li>{{ name }}</li>\n</ul>\n```\nThat is all."]
)
def test_markup_in_backticks_is_for_those_who_teach_it(text: str) -> None:
    assert said(told("en", Teaching()), *text).strip() == text
    assert said(told("en"), text).strip() != text


@pytest.mark.parametrize("text", ["Write <div> around it.", "```\nfine\n```\nAnd then <script>alert(1)</script> here."])
def test_outside_of_them_it_is_held_back(text: str) -> None:
    watching = told("en", Teaching())
    assert "<script" not in said(watching, *text)
    assert "markup" in [finding.rule for finding in watching.findings]


def test_who_teaches_may_say_what_was_done_to_the_code() -> None:
    text = "I've moved the loop into a function."
    assert said(told("en", Teaching()), text) == text
    assert said(told("en"), text) != text

"""How a rule of the policy is put to a model, and by which words a prompt of its own making shows that it has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from ..policy import PROMISES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..policy import Promise

Locale: TypeAlias = Literal["ko", "en"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`said` is an order for a model; `sign` finds its subject in a prompt."""

    said: Mapping[Locale, str]
    sign: re.Pattern[str]


def _rule(korean: str, english: str, sign: str) -> Rule:
    return Rule({"ko": korean, "en": english}, re.compile(sign, re.IGNORECASE))


RULES: Final[Mapping[Promise, Rule]] = MappingProxyType(
    {
        "refund": _rule(
            "환불이나 반품이 된다고 약속하지 않습니다. facts에 적힌 조건과 방법만 알려 줍니다.",
            "Promise a refund; the conditions and steps of the facts are all you can give.",
            r"환불|refund",
        ),
        "discount": _rule(
            "할인, 쿠폰, 적립금, 무료 제공을 약속하지 않습니다.",
            "Promise discounts, coupons, credit or anything for free.",
            r"할인|쿠폰|discount|coupon",
        ),
        "compensation": _rule(
            "보상이나 배상을 약속하지 않고, 잘못을 인정하는 말을 회사 대신 하지 않습니다.",
            "Promise compensation, or admit a fault in the company's name.",
            r"보상|배상|compensat",
        ),
        "delivery_date": _rule(
            "언제 도착한다고 약속하지 않습니다.",
            "Promise when something will arrive.",
            r"도착|배송 ?(날짜|일)|arriv|deliver",
        ),
        "exception": _rule(
            "이번만 예외로 해 주겠다고 하지 않습니다.",
            "Offer to make an exception.",
            r"예외|exception",
        ),
        "legal_advice": _rule("법률 조언을 하지 않습니다.", "Give legal advice.", r"법률|법적|legal"),
        "medical_advice": _rule("의료 조언을 하지 않습니다.", "Give medical advice.", r"의료|의학|medical"),
        "financial_advice": _rule(
            "투자나 세금 조언을 하지 않습니다.",
            "Give financial or tax advice.",
            r"투자|세금|금융|financial|invest|\btax",
        ),
        "price": _rule(
            "facts에 없는 가격, 수수료, 금액을 말하지 않습니다.",
            "State a price, fee or amount that does not stand in the facts.",
            r"가격|금액|요금|price|\bfees?\b|amount",
        ),
        "period": _rule(
            "facts에 없는 기간, 기한, 날짜를 말하지 않습니다.",
            "State a period, deadline or date that does not stand in the facts.",
            r"기간|기한|period|deadline",
        ),
    }
)

SAFE_SENTENCE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ko": "그 부분은 확인이 필요해서 제가 말씀드릴 수 없어요. 상담원 연결을 눌러 주세요.",
        "en": "That needs to be checked by a person, so I can't tell you. Please press “Ask a person”.",
    }
)
"""For a persona that forbids something and declares no sentence of its own."""


def rules_of(forbidden: Iterable[str], locale: Locale) -> list[str]:
    """The rules as orders, in a fixed order: the same policy makes the same prompt to the byte."""
    wanted = frozenset(forbidden)
    return [RULES[promise].said[locale] for promise in PROMISES if promise in wanted]


def unmentioned(forbidden: Iterable[str], prompt: str) -> list[str]:
    """The rules whose subject `prompt` never speaks of."""
    wanted = frozenset(forbidden)
    return [promise for promise in PROMISES if promise in wanted and not RULES[promise].sign.search(prompt)]

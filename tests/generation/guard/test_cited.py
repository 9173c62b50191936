"""Which entries an answer is made of."""

from pathlib import Path

import pytest

from service.generation.guard.cited import cited, facts
from service.knowledge.entry import FaqEntry
from service.knowledge.faq import load_faq

from .samples import guard, said

ENTRIES = load_faq(Path(__file__).parents[3] / "data" / "faq.yaml").entries
BY_ID = {entry.id: entry for entry in ENTRIES}


def supplied(entry: FaqEntry) -> list[FaqEntry]:
    """The entry among others of its kind."""
    near = [
        one for one in ENTRIES if one.locale == entry.locale and one.category == entry.category and one is not entry
    ]
    return [*near[:2], entry, *near[2:4]]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_that_is_repeated_passes_whole_and_is_cited_alone(entry: FaqEntry) -> None:
    near = supplied(entry)
    watching = guard(entry.locale, facts=tuple(facts(near)), question=entry.question)
    assert said(watching, entry.answer).strip() == entry.answer.strip()
    assert watching.findings == []
    assert cited(entry.answer, near) == (entry,)


@pytest.mark.parametrize(
    ("answer", "ids", "used"),
    [
        (
            "국내 기본 배송비는 3,000원이고 50,000원 이상이면 무료예요.",
            ["ship-time", "ship-fee", "pay-card"],
            ["ship-fee"],
        ),
        (
            "출고 뒤 보통 1~2일이면 도착해요. 국내 기본 배송비는 3,000원이에요.",
            ["ship-fee", "ship-time"],
            ["ship-fee", "ship-time"],
        ),
        ("무슨 말씀인지 잘 모르겠어요. 상담원에게 연결해 드릴까요?", ["ship-time", "ship-fee"], []),
        ("안녕하세요, 무엇을 도와드릴까요?", ["ship-time"], []),
        ("국내 기본 배송비는 9,000원이에요.", ["ship-fee"], []),
        (
            "While your order shows Paid, you can cancel it under My Page.",
            ["order-cancel-en", "restock-en"],
            ["order-cancel-en"],
        ),
        ("Pre-order items ship on the estimated ship date.", ["restock-en", "preorder-en"], ["preorder-en"]),
        ("I don't have information about that, sorry.", ["order-cancel-en", "restock-en"], []),
        ("", ["ship-fee"], []),
        ("국내 기본 배송비는 3,000원이에요.", [], []),
    ],
)
def test_only_what_was_used_is_cited(answer: str, ids: list[str], used: list[str]) -> None:
    assert [entry.id for entry in cited(answer, [BY_ID[name] for name in ids])] == used


def test_of_two_entries_that_say_the_same_neither_is_cited() -> None:
    one = FaqEntry("one", "배송비는 얼마인가요?", "국내 기본 배송비는 3,000원이에요.")
    two = FaqEntry("two", "배송비가 궁금해요", "국내 기본 배송비는 3,000원이에요.")
    assert cited("국내 기본 배송비는 3,000원이에요.", [one, two]) == ()

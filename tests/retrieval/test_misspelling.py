"""Korean spelled as it is heard or mistyped, read as it was meant."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from service.knowledge.faq import load_faq
from service.retrieval.layout import row_texts
from service.retrieval.misspelling import KoreanSpelling
from service.retrieval.morphology import Morphology
from service.retrieval.reading import Reader
from service.retrieval.text import fold


@pytest.fixture(scope="module")
def reader() -> Reader:
    entries = load_faq(Path(__file__).parents[2] / "data" / "faq.yaml").entries
    return Reader.of(map(fold, row_texts(entries)), None, korean=Morphology())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("환뷸 언제되나여", "환불 언제되나요"),
        ("배쏭비 얼마에요", "배송비 얼마에요"),
        ("교한 하고싶어요", "교환 하고싶어요"),
        ("비밀번호 변갱", "비밀번호 변경"),
        ("택베 조회", "택배 조회"),
        ("반픔 신청", "반품 신청"),
        ("현금영수중 발급", "현금영수증 발급"),
        ("주문 취쇼 해주세요", "주문 취소 해주세요"),
        ("회원탈뢰", "회원탈퇴"),
    ],
)
def test_a_slip_in_a_word_of_the_faq_is_undone(reader: Reader, written: str, meant: str) -> None:
    assert reader.read(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "환율 알려 주세요",
        "교훈이 있나요",
        "송금했어요",
        "결재 부탁해요",
        "배당은 언제 나와요",
        "사과 주스",
        "주식 시세",
        "교과서 팔아요",
        "반찬 추천",
        "강아지 산책",
        "김치찌개 끓이는 법",
        "루미에르 향초",
        "파이썬 코드",
        "오늘 날씨 어때",
        "바보",
        "취미가 뭐예요",
    ],
)
def test_a_word_that_is_one_stays_one(reader: Reader, text: str) -> None:
    assert reader.read(text) == text


def test_of_two_likely_words_the_one_the_faq_uses_more_is_meant() -> None:
    class Even:
        def likelihood(self, text: str) -> float:
            return -30.0 if text == "환뷸" else -10.0

    assert KoreanSpelling(Counter({"환불": 9, "환율": 1}), Even()).correct("환뷸") == "환불"
    assert KoreanSpelling(Counter({"환불": 1, "환율": 9}), Even()).correct("환뷸") == "환율"


def test_without_a_language_model_korean_is_left_alone() -> None:
    assert Reader.of(["환불은 언제 되나요"], None).read("환뷸") == "환뷸"


@pytest.mark.parametrize("text", ["가" * 5_000, "뷁" * 500, "ㅋㅋㅋ", "환", ""])
def test_nonsense_is_left_alone(reader: Reader, text: str) -> None:
    assert reader.read(text) == text[:2_000]

"""Korean spelled as it is heard or mistyped, read as it was meant."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from service.knowledge.faq import load_faq
from service.knowledge.synonyms import SynonymsFile
from service.retrieval.layout import row_texts
from service.retrieval.misspelling import KoreanSpelling
from service.retrieval.morphology import Morphology
from service.retrieval.reading import Reader
from service.retrieval.text import fold

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def reader() -> Reader:
    entries = load_faq(DATA / "faq.yaml").entries
    groups = SynonymsFile(DATA / "synonyms.yaml").load().groups
    said = (expression for group in groups for expression in group)
    return Reader.of(map(fold, row_texts(entries)), None, map(fold, said), korean=Morphology())


FOLLOW_UPS = """
그럼 끄는 건요?|취소하는 건요?|배송된 건요|해외 건요|받은 거는요?|그건요?|이건요|이거는요|저거는요?|언제요?
어디요|얼마요?|왜요|정말요?|저요?|저는요?|진짜요|누구요|뭐요|어떻게요?
그래서요?|환불은요?|쿠폰만요?|카드로요?|언제까지요?|언제쯤요|제 거요|그거요|큰 걸로요|온 건데요
현금요|당장요|토요일엔요|할 건데요|했거든요|주문한 거 말고요|새 건요|하나요|두 개요|몰라요
그럼 받은 건?|산 거는|끄는 거요|둘 다요|비회원은요|급해요|왜 안 돼요|아까 그거요
"""


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


@pytest.mark.parametrize("text", [text for line in FOLLOW_UPS.split("\n") if line for text in line.split("|")])
def test_a_short_follow_up_stays_as_it_is(reader: Reader, text: str) -> None:
    assert reader.read(text) == text


@pytest.mark.parametrize(
    ("written", "meant"), [("환뷸은요?", "환불은요?"), ("배쏭비가요", "배송비가요"), ("반픔도요", "반품도요")]
)
def test_a_slip_before_an_ending_is_undone(reader: Reader, written: str, meant: str) -> None:
    assert reader.read(written) == meant


@pytest.mark.parametrize("word", ["건요", "현금요", "쿠폰은", "주소를", "받은거는요"])
def test_an_ending_is_never_taken_for_a_slip(word: str) -> None:
    class Corrected:
        def likelihood(self, text: str) -> float:
            return -90.0 if text == word else -1.0

    other = {"요": "의", "은": "을", "를": "틀", "는": "든"}
    pairs = {left + other.get(right, right): 5 for left, right in pairwise(word)}
    assert KoreanSpelling(Counter(pairs), Corrected()).correct(word) == word


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


def test_a_word_is_asked_about_once() -> None:
    asked = []

    class Listening:
        def likelihood(self, text: str) -> float:
            asked.append(text)
            return -30.0 if text == "환뷸" else -10.0

    spelling = KoreanSpelling(Counter({"환불": 9}), Listening())
    assert [spelling.correct("환뷸 환뷸"), spelling.correct("환뷸?")] == ["환불 환불", "환불?"]
    assert asked.count("환뷸") == 1

"""What visitors meant to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.knowledge.faq import load_faq
from service.knowledge.synonyms import SynonymsFile
from service.retrieval.hangul import from_keys, to_keys
from service.retrieval.layout import row_texts
from service.retrieval.reading import Reader
from service.retrieval.static_vectors import static_vectors
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
        ("ㅔ묘ㅔ미로 돼요", "paypal로 돼요"),
        ("dlrj 반품 되나요", "이거 반품 되나요"),
        ("배thd 언제", "배송 언제"),
        ("qkqkqk", "qkqkqk"),
        ("배ok 언제", "배ok 언제"),
        ("Qkffl 반품", "빨리 반품"),
        ("dkssudgktpdy", "안녕하세요"),
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


SHOP = Path(__file__).parents[2] / "data"
WORDS = """
the and for you with this that from have been what when where how much order cart ship size color return refund
exchange cancel coupon code card bank visa amex paypal apple google samsung galaxy iphone ipad android windows macbook
dell lenovo sony canon nikon lg hp nike adidas puma gucci prada zara uniqlo dyson philips braun bosch usb hdmi wifi
bluetooth ssd ram cpu gpu led lcd oled sms otp pin vip faq api url pdf csv json xml html css ios ok hi hello thanks
please sorry hey bro lol omg asap btw fyi eta diy xl xxl xs medium large small red blue green black white gray beige
navy wool silk linen denim leather polyester dhl fedex ups usps gmail naver kakao toss slack zoom github notion figma
jira aws azure SKU ABC XYZ TEST QWERTY asdf DKNY GS CJ SK KT LGU BTS RTX GTX tks thx pls idk rsvp goto row sold who fork
cotton dog rich work so do go quick works slow worth gate dork
SKU-1234 RTX4090 AB12CD34 X200b KR-7788-Q qothd123 SM-G998N WH1000XM5 A1B2C3 iPhone15 MX-518 B07XJ8C8F5 promo_CODE
#SALE20 CODE:WELCOME10 v2.1 5kg 10XL 사이즈XL 환불ok 상품app 전용GS
ㅋㅋㅋㅋ ㅠㅠ ㅇㅇ ㄴㄴ ㄱㄱ 네 응 아니 좋아요 저기요 안녕하세요 배송 환불
교환 앱 쿠폰 면 모 실크 야호 려호 메롱 대박 헐
"""
SLIPPED = (
    "배송 환불 비밀번호 회원가입 쿠폰 포인트 교환 반품 결제 취소 장바구니 택배 송장번호 로그인 탈퇴 영수증 사이즈 "
    "품절 재입고 주소변경 이거 언제와요 되나요 왜안와요 배송비 얼마예요 빨리 까먹었어요 어떻게 안녕하세요"
)
FOREIGN = (
    "refund order cancel delivery shipping coupon password login account track return exchange payment invoice receipt "
    "paypal api email app subscription size gift card"
)


@pytest.fixture(scope="module")
def sample() -> Reader:
    """Of the sample shop and the shipped synonyms, with the real lexicon."""
    texts = row_texts(load_faq(SHOP / "faq.yaml").entries)
    groups = SynonymsFile(SHOP / "synonyms.yaml").load().groups
    synonyms = (expression for group in groups for expression in group)
    return Reader.of(map(fold, texts), static_vectors(), map(fold, synonyms))


@pytest.mark.parametrize("word", WORDS.split())
def test_words_brands_and_codes_stay_as_they_are(sample: Reader, word: str) -> None:
    assert sample.read(word).lower() == word.lower()


@pytest.mark.parametrize("word", SLIPPED.split())
def test_korean_typed_with_latin_keys_is_read(sample: Reader, word: str) -> None:
    assert sample.read(to_keys(word)) == word


@pytest.mark.parametrize("word", FOREIGN.split())
def test_english_typed_with_korean_keys_is_read(sample: Reader, word: str) -> None:
    assert sample.read(from_keys(word)) == word


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dlrj 환불 되나요", "이거 환불 되나요"),
        ("환qnf 되나요", "환불 되나요"),
        ("cnlth하고 싶어요", "취소하고 싶어요"),
        ("dkdlel/qlqjs", "아이디/비번"),
        ("ㄱㄷ려ㅜㅇ 언제 돼요", "refund 언제 돼요"),
        ("ㄱㄷ려ㅜㅇ는 언제", "refund는 언제"),
        ("rufwpdksehldy", "결제안되요"),
    ],
)
def test_mixed_sentences_are_read_word_by_word(sample: Reader, typed: str, meant: str) -> None:
    assert sample.read(typed) == meant

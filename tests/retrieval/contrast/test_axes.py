"""The pairs of opposites that a team may extend."""

import pytest

from service.retrieval.contrast.axes import table
from service.retrieval.contrast.guard import conflict
from service.retrieval.contrast.words import contrast_words

AXES = contrast_words("axes")
VERBS = contrast_words("korean")["verbs"]


@pytest.mark.parametrize("name", AXES)
def test_both_sides_have_words_of_the_same_languages_and_share_none(name: str) -> None:
    one, other = AXES[name]["one"], AXES[name]["other"]
    assert one.keys() == other.keys()
    for language in one:
        assert one[language]
        assert other[language]
        assert not set(one[language]) & set(other[language])


@pytest.mark.parametrize("name", AXES)
def test_a_flag_is_one_that_is_read(name: str) -> None:
    assert AXES[name].keys() <= {"one", "other", "not", "same_object", "same_action", "passing"}


def test_a_korean_phrase_is_long_enough_to_be_looked_up() -> None:
    assert [word for word in table().korean if len(word) < 2] == []


def test_a_dictionary_form_is_a_verb_that_can_be_read() -> None:
    listed = {phrase.text for phrases in table().korean.values() for phrase in phrases}
    assert {word for word in listed if word.endswith("다")} == {"캐나다"}


def test_every_list_of_verbs_names_known_ones() -> None:
    known = {*VERBS, *contrast_words("korean")["actions"]}
    for name in ("adjectives", "vague"):
        assert set(contrast_words("korean")[name]) <= known, name


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("왕복 항공권 예매", "편도 항공권 예매"),
        ("how to zoom out", "how to zoom in"),
        ("turn the sound of it off", "turn the sound of it on"),
        ("크게 만들기", "작게 만들기"),
    ],
)
def test_a_pair_of_the_file_is_a_conflict(question: str, entry: str) -> None:
    assert conflict(question, [entry]) is not None


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("회원가입 방법", "비회원 주문 방법"),  # 회원가입 does not say that somebody is a member
        ("작성한 글은 어디 있나요", "큰 글씨로 보려면"),  # 작성 is no form of 작다
        ("turn off the oven before you turn on the light", "turn the light on"),  # both sides
    ],
)
def test_words_that_only_look_like_one_are_none(question: str, entry: str) -> None:
    assert conflict(question, [entry]) is None


def test_how_things_are_is_no_opposite_of_what_is_wanted() -> None:
    assert conflict("옷이 작아요 바꾸고 싶어요", ["큰 옷으로 바꾸고 싶어요"]) is None
    assert conflict("작은 옷으로 바꾸고 싶어요", ["큰 옷으로 바꾸고 싶어요"]) is not None
    assert conflict("옷이 작아요", ["옷이 커요"]) is not None
    assert conflict("the shirt is too small", ["Exchange for a larger size"]) is None
    assert conflict("exchange for a smaller size", ["Exchange for a larger size"]) is not None

"""Letters, keys and sounds of Hangul."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.retrieval.hangul import compose, from_keys, sound, spell, to_keys

SYLLABLES = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("letters", "written"),
    [
        ("ㅎㅗㅏㄴㅂㅜㄹ", "환불"),
        ("ㄱㅏㅂㅅㅣ", "갑시"),
        ("ㄱㅏㅂㅅ", "값"),
        ("ㅂㅏㄹㄱㅇㅏ", "밝아"),
        ("ㄲㅏㄲㅏ", "까까"),
        ("ㅏ", "ㅏ"),
        ("ㄱㄱ", "ㄱㄱ"),
        ("ㄳㅏ", "ㄳㅏ"),
        ("xㅏ가", "xㅏ가"),
        ("", ""),
    ],
)
def test_letters_make_the_syllables_that_a_keyboard_would_make(letters: str, written: str) -> None:
    assert compose(letters) == written


@given(SYLLABLES)
def test_every_syllable_comes_back_from_its_keys(text: str) -> None:
    assert from_keys(to_keys(text)) == compose(spell(text))


@pytest.mark.parametrize(("keys", "meant"), [("qothd", "배송"), ("dkdlel", "아이디"), ("Rhc", "꽃")])
def test_latin_keys_write_korean(keys: str, meant: str) -> None:
    assert from_keys(keys) == meant


def test_korean_keys_write_latin() -> None:
    assert to_keys("ㅔ묘ㅔ미") == "paypal"


@pytest.mark.parametrize(
    ("one", "other"), [("먹어", "머거"), ("했는데", "햇는대"), ("할게요", "할께요"), ("왜", "외"), ("뭐예요", "뭐에요")]
)
def test_what_sounds_alike_is_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("환불", "환전"), ("강", "가"), ("반품", "상품")])
def test_what_sounds_different_stays_different(one: str, other: str) -> None:
    assert sound(one) != sound(other)

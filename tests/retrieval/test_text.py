"""How questions look to matching."""

from __future__ import annotations

import unicodedata

import pytest

from service.retrieval.text import MATCHED_CHARACTERS, fold, hangul_share, solid, visible, without_hangul, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  Refund\t\nPLEASE ", "refund please"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("café crème", "cafe creme"),
        ("환불되나요ㅠㅠㅠ", "환불되나요"),
        ("ㅋㅋㅋ 반품", "반품"),
        ("배ㅅㅗㅇ 조회", "배송 조회"),
        ("결제 ㄱㄴ?", "결제 가능 ?"),
        ("취ㅅ소", "취 소"),
        ("ㅠㅠㅠㅠ", ""),
        ("", ""),
    ],
)
def test_folding_keeps_what_is_said_and_drops_how_it_is_written(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_decomposed_hangul_is_the_same_question_fault_34() -> None:
    question = "환불은 어떻게 하나요?"
    assert fold(unicodedata.normalize("NFD", question)) == fold(question)


@pytest.mark.parametrize(
    "invisible", ["\u200b", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\ufe0f", "\u00ad", "\u200d"]
)
def test_characters_that_nobody_sees_change_nothing_fault_35(invisible: str) -> None:
    assert fold(f"환{invisible}불 re{invisible}fund") == "환불 refund"
    assert visible(f"a{invisible}가") == "a가"


def test_a_text_reads_the_same_beside_a_character_that_needs_a_closer_look() -> None:
    """Texts of ordinary characters alone are read without looking at each."""
    ordinary = "환불 “re-fund” café\nÜber · 3만 원… ㅠㅠ / ABC"
    assert visible(f"{ordinary}\u200b") == visible(ordinary)
    assert fold(f"{ordinary} ﷺ") == f"{fold(ordinary)} {fold('ﷺ')}"


def test_every_character_that_is_passed_over_is_visible_and_composed() -> None:
    passed = [chr(code) for code in range(0x80, 0x11_0000) if visible(chr(code)) == chr(code)]
    assert "가" in passed
    for character in passed:
        assert unicodedata.normalize("NFC", character) == character
        assert unicodedata.category(character)[0] != "C"


@pytest.mark.parametrize(
    "hostile",
    [
        "e" + "\u0301\u0316" * 500,
        "\u0301" * 65_536,
        "가" * 65_536,
        "x" * 65_536,
        "ﷺ" * 65_536,
        "ㄱㅏ" * 32_768,
        "\0" * 70_000,
    ],
)
def test_a_hostile_text_becomes_a_short_one_fault_36(hostile: str) -> None:
    assert len(fold(hostile)) <= MATCHED_CHARACTERS


def test_a_stack_of_a_thousand_marks_is_just_its_letter_fault_36() -> None:
    assert fold("refu" + "\u0301\u0316" * 500 + "nd") == "refund"


def test_words_are_runs_of_one_script() -> None:
    assert words("can't i 3일 promo코드 써요") == ["can't", "i", "3", "일", "promo", "코드", "써요"]


def test_spacing_and_punctuation_vanish_from_the_solid_form() -> None:
    assert solid("배송비 안 내려면?") == solid("배송비안내려면") == "배송비안내려면"


@pytest.mark.parametrize(("text", "share"), [("환불", 1.0), ("refund", 0.0), ("환불 ab", 0.5), ("?!", 0.0), ("", 0.0)])
def test_the_share_of_hangul_is_of_what_is_written(text: str, share: float) -> None:
    assert hangul_share(text) == share


def test_static_vectors_see_everything_but_hangul() -> None:
    assert without_hangul("promo code 어디에 enter해요") == "promo code enter"

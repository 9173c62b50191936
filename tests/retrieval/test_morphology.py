"""Korean words and their meanings, by the real Kiwi."""

from __future__ import annotations

import numpy as np
import pytest

from service.retrieval.morphology import ANALYSED_CHARACTERS, HIDDEN, Morphology


@pytest.fixture(scope="module")
def morphology() -> Morphology:
    return Morphology()


def test_particles_and_endings_are_left_out(morphology: Morphology) -> None:
    assert morphology.terms("환불은 언제 되나요") == ["환불/N", "언제/M", "되/V"]


@pytest.mark.parametrize("spaced", ["탈 퇴하고다 시가입", "탈퇴하고다시가입"])
def test_spacing_in_the_wrong_places_does_not_matter(morphology: Morphology, spaced: str) -> None:
    assert morphology.terms(spaced) == morphology.terms("탈퇴하고 다시 가입")


def test_a_text_without_hangul_is_not_analysed(morphology: Morphology) -> None:
    assert morphology.morphemes("promo code 123") == ()


def test_a_hostile_text_is_cut_fault_36(morphology: Morphology) -> None:
    assert sum(len(each.form) for each in morphology.morphemes("가나다" * 20_000)) <= 2 * ANALYSED_CHARACTERS


def cosine(morphology: Morphology, one: str, other: str) -> float:
    vectors = morphology.vectors([*morphology.words(one), *morphology.words(other)])
    assert vectors.shape == (2, HIDDEN)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1])
    return float(vectors[0] @ vectors[1])


def test_words_of_one_field_are_nearer_than_others(morphology: Morphology) -> None:
    assert cosine(morphology, "환불", "반품") > cosine(morphology, "환불", "날씨") + 0.2


def test_a_word_unknown_to_the_model_is_like_itself_alone(morphology: Morphology) -> None:
    assert cosine(morphology, "뷁쉙", "뷁쉙") == pytest.approx(1)
    assert abs(cosine(morphology, "뷁쉙", "알림톡")) < 0.3
    assert abs(cosine(morphology, "뷁쉙", "환불")) < 0.3


def test_such_a_word_has_the_same_number_in_every_process(morphology: Morphology) -> None:
    assert morphology.words("배송지 변경") == [1215118498, *morphology.words("변경")]


def test_no_words_have_no_vectors(morphology: Morphology) -> None:
    assert morphology.vectors([]).shape == (0, HIDDEN)

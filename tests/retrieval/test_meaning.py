"""Word by word, with word vectors that anyone can check by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np
import pytest

from service.retrieval.embedders import FloatArray
from service.retrieval.meaning import EVERYWHERE, Meaning

WORDS = ["refund", "money", "order", "blue", "the"]
VECTORS = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0.5]], np.float32)


class Handmade:
    """Refund and money are alike by .8, money and order by .6; "the" counts for half a word."""

    def words(self, folded: str) -> list[int]:
        return [WORDS.index(word) for word in folded.split() if word in WORDS]

    def vectors(self, words: Sequence[int]) -> FloatArray:
        return VECTORS[list(words)]


ROWS = ["refund order", "blue", "nothing known", "refund order blue", "the blue"]
ONCE, UNSEEN = log(3 / 2) + EVERYWHERE, log(3 / 1) + EVERYWHERE
TWICE = log(3 / 3) + EVERYWHERE


@pytest.fixture
def meaning() -> Meaning:
    return Meaning.build(Handmade(), ROWS, entries=2)


def all_rows(meaning: Meaning) -> np.ndarray:
    return np.arange(len(meaning.starts) - 1, dtype=np.int32)


def test_a_word_meets_its_closest_one(meaning: Meaning) -> None:
    coverage = meaning.coverage("money", all_rows(meaning))
    assert coverage.asked == pytest.approx(UNSEEN)
    assert coverage.of_question == pytest.approx([0.8, 0, 0, 0.8, 0])


def test_rare_and_long_vectors_count_for_more(meaning: Meaning) -> None:
    coverage = meaning.coverage("blue the", np.array([1], np.int32))
    assert coverage.asked == pytest.approx(TWICE + 0.5 * ONCE)
    assert coverage.of_question == pytest.approx([1.0])


def test_some_rows_give_the_same_as_all_rows(meaning: Meaning) -> None:
    some = np.array([3, 0], np.int32)
    assert meaning.coverage("money blue", some).of_question == pytest.approx(
        meaning.coverage("money blue", all_rows(meaning)).of_question[some]
    )


@pytest.mark.parametrize("question", ["", "zebra"])
def test_a_question_without_known_words_covers_nothing(meaning: Meaning, question: str) -> None:
    assert not meaning.coverage(question, all_rows(meaning)).of_question.any()


def test_two_scripts_add_up_word_by_word(meaning: Meaning) -> None:
    one = meaning.coverage("refund", all_rows(meaning))
    both = one + replace(one, found=np.zeros_like(one.found))
    assert both.of_question == pytest.approx(one.of_question / 2)


def test_meaning_survives_being_saved(meaning: Meaning) -> None:
    again = Meaning.restore(Handmade(), meaning.arrays, rows=len(ROWS), entries=2)
    assert again.coverage("money", all_rows(again)).found == pytest.approx(
        meaning.coverage("money", all_rows(meaning)).found
    )


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("numbers", np.array([0, 1, 99, 0, 1, 2, 3, 2], np.int32)),
        ("starts", np.array([0, 2, 1, 3, 6, 8], np.int64)),
        ("starts", np.array([0, 2], np.int64)),
        ("rarities", np.array([1, 1], np.float32)),
        ("rarities", np.array([1, np.nan, 1, 1], np.float32)),
        ("vocabulary", np.array([[0]], np.int32)),
    ],
)
def test_arrays_that_do_not_fit_are_refused_fault_58(meaning: Meaning, name: str, array: np.ndarray) -> None:
    with pytest.raises(ValueError, match=name if name != "numbers" else "a number"):
        Meaning.restore(Handmade(), meaning.arrays | {name: array}, rows=len(ROWS), entries=2)


def test_an_empty_faq_has_no_words() -> None:
    assert Meaning.build(Handmade(), [], entries=0).coverage("refund", np.empty(0, np.int32)).asked > 0


def test_rows_asked_of_rows_at_once_are_covered_as_each_would_be_asked_alone(meaning: Meaning) -> None:
    rows = all_rows(meaning)
    together = meaning.between(rows, rows)
    for row, text in enumerate(ROWS):
        alone = meaning.coverage(text, rows)
        assert together.of_question[row] == pytest.approx(alone.of_question)
        assert np.ravel(together.asked)[row] == pytest.approx(alone.asked)

"""The sparse side, against plain arithmetic."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.retrieval.lexical import LONG, Channel, Postings, Share, SparseVector, Vocabulary, runs

LETTERS = Channel("letters", list, Share(0.5, 0.5))
WORDS = Channel("words", str.split, Share(0.5, 0.5))


def dense(vector: SparseVector, size: int) -> np.ndarray:
    row = np.zeros(size)
    row[vector.terms] = vector.weights
    return row


def test_a_term_tells_more_the_fewer_entries_have_it() -> None:
    vocabulary = Vocabulary.learn((WORDS,), [["a b"], ["a", "c", "a"], ["a c c"]])
    telling = {term: vocabulary.idf[number] for term, number in vocabulary.numbers[0].items()}
    assert telling == pytest.approx({"a": log(4 / 4) + 1, "b": log(4 / 2) + 1, "c": log(4 / 3) + 1})
    assert vocabulary.idf[-1] == pytest.approx(log(4 / 1) + 1)


def test_a_known_text_is_a_unit_vector_with_its_energy_shared_out() -> None:
    vocabulary = Vocabulary.learn((WORDS, LETTERS), [["ab cd"], ["ef"]])
    vector, left = vocabulary.weigh("ab cd", dense=None)
    of_words = vector.weights[vector.terms < len(vocabulary.numbers[0])]
    assert left == 0
    assert np.linalg.norm(vector.weights) == pytest.approx(1)
    assert of_words @ of_words == pytest.approx(0.5)


def test_a_dense_side_leaves_less_for_the_terms() -> None:
    vocabulary = Vocabulary.learn((WORDS,), [["ab cd"]])
    vector, left = vocabulary.weigh("ab cd", dense=Share(1.5, 0.0))
    assert left == pytest.approx(sqrt(0.75))
    assert vector.weights @ vector.weights == pytest.approx(0.25)


def test_the_energy_follows_the_script() -> None:
    channels = (Channel("a", str.split, Share(1.0, 0.0)), Channel("b", str.split, Share(0.0, 1.0)))
    vocabulary = Vocabulary.learn(channels, [["ab"], ["가나"]])
    latin, _ = vocabulary.weigh("ab", dense=None)
    korean, _ = vocabulary.weigh("가나", dense=None)
    assert latin.terms.tolist() == [vocabulary.numbers[0]["ab"]]
    assert korean.terms.tolist() == [vocabulary.numbers[1]["가나"]]


def test_unknown_terms_make_a_text_less_similar_to_everything() -> None:
    vocabulary = Vocabulary.learn((WORDS,), [["refund"], ["order"]])
    known, _ = vocabulary.weigh("refund", dense=None)
    doubtful, _ = vocabulary.weigh("refund zebra", dense=None)
    assert known.weights.sum() == pytest.approx(1)
    assert 0 < doubtful.weights.sum() < 0.75


def test_nothing_written_weighs_nothing() -> None:
    vector, left = Vocabulary.learn((WORDS,), [["refund"]]).weigh("", dense=Share(0.0, 0.0))
    assert (len(vector.terms), left) == (0, 0.0)


@pytest.mark.parametrize("question", ["b", "b a3 a4", "a3"], ids=["common words", "both", "rare words"])
def test_words_in_very_many_rows_are_multiplied_exactly_too(question: str) -> None:
    rows = [f"a{row % 40} b" for row in range(2 * LONG)]
    vocabulary = Vocabulary.learn((WORDS,), [[row] for row in rows])
    size = len(vocabulary.idf) - 1
    vectors = [vocabulary.weigh(row, dense=None)[0] for row in rows]
    asked, _ = vocabulary.weigh(question, dense=None)
    expected = [dense(vector, size) @ dense(asked, size) for vector in vectors]
    assert Postings.of(vectors, terms=size).products(asked) == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.text("abcd ", max_size=12), min_size=1, max_size=8), st.text("abcde ", max_size=12))
def test_the_inverted_list_multiplies_exactly(rows: list[str], question: str) -> None:
    vocabulary = Vocabulary.learn((WORDS, LETTERS), [[row] for row in rows])
    size = len(vocabulary.idf) - 1
    vectors = [vocabulary.weigh(row, dense=None)[0] for row in rows]
    asked, _ = vocabulary.weigh(question, dense=None)
    postings = Postings.of(vectors, terms=size)
    expected = [dense(vector, size) @ dense(asked, size) for vector in vectors]
    assert postings.products(asked) == pytest.approx(expected, abs=1e-5)
    again = [dense(vector, size) for vector in postings.vectors()]
    assert np.array_equal(again, [dense(vector, size) for vector in vectors])


def test_a_vocabulary_survives_being_saved() -> None:
    channels = (WORDS, LETTERS, Channel("none", lambda _: [], Share(1, 1)))
    made = Vocabulary.learn(channels, [["환불 a"], ["b c"]])
    again = Vocabulary.restore(channels, made.as_text(), made.idf)
    assert again.numbers == made.numbers


def test_a_vocabulary_with_too_few_weights_is_refused() -> None:
    made = Vocabulary.learn((WORDS,), [["a b"]])
    with pytest.raises(ValueError, match="2 terms in 1 channels has 1 weights"):
        Vocabulary.restore((WORDS,), made.as_text(), made.idf[:1])


def test_runs_are_all_substrings_of_these_lengths() -> None:
    assert runs("abc", 1, 2) == ["a", "b", "c", "ab", "bc"]
    assert runs("a", 2, 3) == []

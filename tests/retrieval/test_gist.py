"""What texts are about on the whole, with word vectors that anyone can check by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from service.retrieval.embedders import FloatArray
from service.retrieval.gist import Gist
from service.retrieval.meaning import Meaning


class Handmade:
    """Numbers are words: 0 points east, 1 north and four times as long, 2 west."""

    VECTORS = np.array([[1, 0], [0, 4], [-1, 0]], np.float32)

    def words(self, folded: str) -> list[int]:
        return [int(word) for word in folded.split() if word in {"0", "1", "2"}]

    def vectors(self, words: Sequence[int]) -> FloatArray:
        return self.VECTORS[list(words)]


class Letters(Handmade):
    """The same for the words a, b and c: another script."""

    def words(self, folded: str) -> list[int]:
        return ["abc".index(word) for word in folded.split() if word in {"a", "b", "c"}]


ROWS = ["0", "1", "0 1", "silence", "0 2", "a"]


@pytest.fixture
def gist() -> Gist:
    made = Gist.of(Meaning.build(source, ROWS, entries=1) for source in (Handmade(), Letters()))
    assert made is not None
    return made


def test_each_word_pulls_by_the_root_of_its_length(gist: Gist) -> None:
    assert gist.cosines("0") == pytest.approx([1, 0, 1 / np.sqrt(5), 0, 0, 0])


def test_saying_a_word_twice_changes_nothing(gist: Gist) -> None:
    assert gist.cosines("0 0 1") == pytest.approx(gist.cosines("1 0"))


def test_scripts_have_nothing_in_common_and_add_up(gist: Gist) -> None:
    assert gist.cosines("a") == pytest.approx([0, 0, 0, 0, 0, 1])
    assert gist.cosines("0 a") == pytest.approx(np.array([1, 0, 1 / np.sqrt(5), 0, 0, 1]) / np.sqrt(2))


def test_a_row_is_to_another_what_a_question_of_its_words_is(gist: Gist) -> None:
    assert gist.between_rows() == pytest.approx(np.stack([gist.cosines(row) for row in ROWS]), abs=1e-6)


@pytest.mark.parametrize("nothing", ["", "silence", "0 2"])
def test_what_says_nothing_is_about_nothing(gist: Gist, nothing: str) -> None:
    assert not gist.cosines(nothing).any()


def test_without_word_vectors_there_is_no_gist() -> None:
    assert Gist.of([]) is None

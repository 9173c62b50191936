"""The dense side at size, against plain products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from service.errors import IndexRefused
from service.knowledge.entry import FaqEntry
from service.retrieval.analysis import Analysis
from service.retrieval.embedders import FloatArray
from service.retrieval.index import FaqIndex, Match
from service.retrieval.layout import Layout
from service.retrieval.lexical import Channel, Share
from service.retrieval.nearest import FLAT_UP_TO, Coarse, closest

ROWS, DIMENSION = FLAT_UP_TO + 1_000, 256
FAMILY = 10


def unit(vectors: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: FloatArray = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return result


def like_embeddings(families: np.ndarray, seed: int) -> FloatArray:
    """A member of each of these families, in a spectrum that decays as that of real embeddings does."""
    scale = (np.arange(DIMENSION, dtype=np.float32) + 10) ** -0.5
    centres = scale * np.random.default_rng(1).standard_normal((ROWS // FAMILY, DIMENSION), np.float32)
    members = np.random.default_rng(seed).standard_normal((len(families), DIMENSION), np.float32)
    return unit(centres[families] + np.float32(0.8) * scale * members)


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    return like_embeddings(np.arange(ROWS) // FAMILY, seed=2)


@pytest.fixture(scope="module")
def questions() -> FloatArray:
    return like_embeddings(np.random.default_rng(3).integers(0, ROWS // FAMILY, 1_000), seed=4)


@pytest.fixture(scope="module")
def coarse(vectors: FloatArray) -> Coarse:
    made = Coarse.fit(vectors)
    assert made
    return made


@pytest.mark.parametrize("rows", [1, 3, FLAT_UP_TO])
def test_few_rows_are_multiplied_exactly(vectors: FloatArray, rows: int) -> None:
    assert Coarse.fit(vectors[:rows]) is None


def test_a_flat_search_is_a_plain_product(vectors: FloatArray, questions: FloatArray) -> None:
    for question in questions[:20]:
        products = vectors @ question
        rows, found = closest(vectors, None, question, 5)
        assert rows.tolist() == np.argsort(-products, kind="stable")[:5].tolist()
        assert np.array_equal(found, products[rows])


def test_almost_nothing_is_missed_behind_a_coarse_pass(
    vectors: FloatArray, questions: FloatArray, coarse: Coarse
) -> None:
    first, three = 0, 0
    for question in questions:
        exact, _ = closest(vectors, None, question, 3)
        rows, found = closest(vectors, coarse, question, 3)
        assert found == pytest.approx(vectors[rows] @ question, abs=1e-6)
        first += int(rows[0] == exact[0])
        three += len(np.intersect1d(rows, exact))
    assert first >= 0.999 * len(questions)
    assert three >= 0.999 * 3 * len(questions)
    assert coarse.along.size + coarse.looks * DIMENSION < 0.6 * vectors.size


def test_rows_that_no_few_directions_tell_apart_are_searched_flat() -> None:
    anywhere = unit(np.random.default_rng(5).standard_normal((ROWS, DIMENSION), np.float32))
    assert Coarse.fit(anywhere) is None


def test_ties_keep_the_order_of_the_rows(vectors: FloatArray) -> None:
    twice = vectors.copy()
    twice[[70, 7_000]] = vectors[700]
    for how in (None, Coarse.fit(twice)):
        rows, _ = closest(twice, how, vectors[700], 3)
        assert rows.tolist() == [70, 700, 7_000]


@pytest.mark.parametrize("told", [0, 1, 2_000])
def test_rows_without_a_vector_are_no_obstacle(vectors: FloatArray, told: int) -> None:
    rows = np.zeros_like(vectors)
    rows[:told] = vectors[:told]
    coarse = Coarse.fit(rows)
    assert coarse is None or told
    for row in range(min(told, 20)):
        assert closest(rows, coarse, vectors[row], 1)[0].tolist() == [row]


def test_a_coarse_pass_is_the_same_when_restored(vectors: FloatArray, coarse: Coarse) -> None:
    again = Coarse.restore(coarse.arrays, vectors)
    assert again
    assert again.looks == coarse.looks
    assert np.allclose(again.along, coarse.along, atol=1e-6)
    assert Coarse.restore({}, vectors) is None


DAMAGE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "axes missing": lambda arrays: {"looks": arrays["looks"]},
    "looks missing": lambda arrays: {"axes": arrays["axes"]},
    "axes longer": lambda arrays: arrays | {"axes": arrays["axes"] * np.float32(1.1)},
    "axes leaning": lambda arrays: arrays | {"axes": arrays["axes"][:, [0, 0]]},
    "axes none": lambda arrays: arrays | {"axes": arrays["axes"][:, :0]},
    "axes of another dimension": lambda arrays: arrays | {"axes": arrays["axes"][1:]},
    "axes of another type": lambda arrays: arrays | {"axes": arrays["axes"].astype(np.float64)},
    "axes with a hole": lambda arrays: arrays | {"axes": np.where(arrays["axes"] > 0.3, np.nan, arrays["axes"])},
    "looks at nothing": lambda arrays: arrays | {"looks": np.array([0])},
    "looks at more than there is": lambda arrays: arrays | {"looks": np.array([ROWS + 1])},
    "looks twice": lambda arrays: arrays | {"looks": np.array([300, 300])},
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_arrays_are_refused(
    vectors: FloatArray, coarse: Coarse, damage: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    with pytest.raises((ValueError, KeyError)):
        Coarse.restore(damage(coarse.arrays), vectors)


# A whole index behind a coarse pass

WORDS = Analysis("words:test", (Channel("words", str.split, Share(0.5, 0.5)),), dense=Share(0.5, 0.5))
PHRASINGS = FAMILY - 1


def entry(number: int) -> FaqEntry:
    said = [f"topic{number} says{number * 7 % 500} way{way}" for way in range(PHRASINGS)]
    return FaqEntry(f"e{number}", said[0], f"answer{number % 300}", tuple(said[1:]))


@pytest.fixture(scope="module")
def index() -> FaqIndex:
    entries = [entry(number) for number in range(ROWS // FAMILY)]
    return FaqIndex.build(entries, like_embeddings(Layout.of(entries).owners, seed=6), analysis=WORDS)


@pytest.fixture(scope="module")
def flat(index: FaqIndex) -> FaqIndex:
    arrays = {name: array for name, array in index.arrays.items() if name not in ("axes", "looks")}
    return FaqIndex.restore(index.entries, arrays, index.facts, analysis=WORDS)


def ask(index: FaqIndex, text: str, vector: FloatArray, *history: str) -> list[Match]:
    query = index.query(text, history)
    return index.search(query, np.stack([vector] * len(query.texts)), limit=3)


def test_a_large_index_answers_as_a_flat_one_does(index: FaqIndex, flat: FaqIndex, questions: FloatArray) -> None:
    assert {"axes", "looks"} <= index.arrays.keys()
    for number, question in enumerate(questions[:150]):
        text = f"says{number} way{number % 9} topic{number * 3}"
        found, expected = ask(index, text, question), ask(flat, text, question)
        assert [match.entry.id for match in found] == [match.entry.id for match in expected]
        for ours, theirs in zip(found, expected, strict=True):
            assert ours.phrasing == theirs.phrasing
            assert ours.score == pytest.approx(theirs.score, abs=1e-5)


def test_an_entry_that_only_words_find_has_its_exact_cosine(index: FaqIndex, flat: FaqIndex) -> None:
    far = like_embeddings(np.array([900]), seed=8)[0]
    found, expected = ask(index, "topic12 says84 way3", far), ask(flat, "topic12 says84 way3", far)
    assert found[0].entry.id == "e12"
    assert found[0].evidence.phrasing == pytest.approx(expected[0].evidence.phrasing, abs=1e-6)
    assert found[0].evidence.whole == pytest.approx(expected[0].evidence.whole, abs=1e-6)


def test_a_large_index_comes_back_from_its_arrays(index: FaqIndex, questions: FloatArray) -> None:
    again = FaqIndex.restore(index.entries, index.arrays, index.facts, analysis=WORDS)
    assert ask(again, "topic5 says35", questions[0]) == ask(index, "topic5 says35", questions[0])


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_large_index_with_damaged_axes_is_refused(
    index: FaqIndex, damage: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    others = {name: array for name, array in index.arrays.items() if name not in ("axes", "looks")}
    damaged = damage({name: index.arrays[name] for name in ("axes", "looks")})
    with pytest.raises(IndexRefused, match="ondap reindex"):
        FaqIndex.restore(index.entries, others | damaged, index.facts, analysis=WORDS)


def test_rows_know_the_entries_they_belong_to() -> None:
    layout = Layout.of([entry(0), replace(entry(1), variants=()), entry(2)])
    for row, owner in enumerate(layout.owners.tolist()):
        assert layout.places(np.array([row])).tolist() == [owner]
    assert layout.places(np.arange(layout.rows)).tolist() == [0, 1, 2]

"""The embedder that needs nothing but the package."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from service.retrieval.embedders import OfflineEmbedder
from service.retrieval.static_vectors import DIMENSION, static_vectors


@pytest.fixture(scope="module")
def embedder() -> OfflineEmbedder:
    return OfflineEmbedder()


async def test_rows_are_unit_vectors_of_float32(embedder: OfflineEmbedder) -> None:
    rows = await embedder.embed(["Where is my order?", "refund"])
    assert rows.shape == (2, DIMENSION)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1])


async def test_the_same_text_always_has_the_same_vector(embedder: OfflineEmbedder) -> None:
    texts = ["Where is my order?"] * 70
    rows = await embedder.embed(texts)
    assert np.array_equal(rows, await OfflineEmbedder().embed(texts))


@pytest.mark.parametrize("text", ["환불하고 싶어요", "", "   ", "ㅠㅠ", "\u200b"])
async def test_what_static_vectors_cannot_see_is_a_zero_row(embedder: OfflineEmbedder, text: str) -> None:
    assert not (await embedder.embed([text])).any()


async def test_hangul_beside_english_changes_nothing(embedder: OfflineEmbedder) -> None:
    mixed, english = await embedder.embed(["promo code 등록", "promo code"])
    assert mixed @ english == pytest.approx(1)


async def test_near_meanings_are_near(embedder: OfflineEmbedder) -> None:
    refund, money, weather = await embedder.embed(["I want a refund", "give me my money back", "is it raining"])
    assert refund @ money > refund @ weather + 0.1


async def test_no_texts_give_no_rows(embedder: OfflineEmbedder) -> None:
    assert (await embedder.embed([])).shape == (0, DIMENSION)


def test_a_common_word_is_in_the_lexicon_and_a_misspelt_one_is_not() -> None:
    assert static_vectors().has("order")
    assert not static_vectors().has("ordre")


def test_loading_leaves_logging_alone() -> None:
    assert not [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]

"""The embedding cache: what was kept comes back, and nothing that is not a vector ever does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlite_utils import Database

from service.errors import OperatorError
from service.retrieval.cache import open_cache

if TYPE_CHECKING:
    from pathlib import Path

    from service.retrieval.embedders import FloatArray


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "cache" / "embeddings.sqlite"


def unit(*numbers: float) -> FloatArray:
    vector: FloatArray = np.array(numbers, np.float32)
    return vector / np.float32(np.linalg.norm(vector))


REFUND, SHIPPING = unit(1, 2, 3), unit(3, -2, 1)


def test_what_was_kept_is_found_again_by_another_process_bit_for_bit(path: Path) -> None:
    with open_cache(path) as cache:
        cache.keep("m", {"환불": REFUND, "배송": SHIPPING})
    with open_cache(path) as cache:
        found = cache.find("m", ["배송", "환불", "처음 보는 말"])
    assert found.keys() == {"환불", "배송"}
    np.testing.assert_array_equal(found["환불"], REFUND)
    np.testing.assert_array_equal(found["배송"], SHIPPING)


def test_one_embedder_never_sees_the_vectors_of_another(path: Path) -> None:
    with open_cache(path) as cache:
        cache.keep("openai:small:256", {"환불": REFUND})
        assert cache.find("openai:large:256", ["환불"]) == {}


def test_a_text_that_differs_by_a_space_is_another_text(path: Path) -> None:
    with open_cache(path) as cache:
        cache.keep("m", {"환불": REFUND})
        assert cache.find("m", ["환불 "]) == {}


def test_keeping_a_text_again_replaces_its_vector(path: Path) -> None:
    with open_cache(path) as cache:
        cache.keep("m", {"환불": REFUND})
        cache.keep("m", {"환불": SHIPPING})
        np.testing.assert_array_equal(cache.find("m", ["환불"])["환불"], SHIPPING)


def test_forgetting_an_embedder_leaves_the_others(path: Path) -> None:
    with open_cache(path) as cache:
        cache.keep("a", {"환불": REFUND})
        cache.keep("b", {"환불": REFUND})
        cache.forget("a")
        assert cache.find("a", ["환불"]) == {}
        assert cache.find("b", ["환불"]).keys() == {"환불"}


def test_more_texts_than_one_query_holds_are_found(path: Path) -> None:
    texts = [f"질문 {number}" for number in range(1234)]
    with open_cache(path) as cache:
        cache.keep("m", dict.fromkeys(texts, REFUND))
        assert len(cache.find("m", texts)) == 1234
        assert cache.find("m", []) == {}


@pytest.mark.parametrize(
    "blob",
    [b"", b"\x00", REFUND.tobytes()[:-1], (REFUND * 2).tobytes(), np.array([np.nan, 1], "<f4").tobytes()],
)
def test_a_row_that_is_no_vector_any_more_is_embedded_again(path: Path, blob: bytes) -> None:
    with open_cache(path) as cache:
        cache.keep("m", {"환불": REFUND, "배송": SHIPPING})
    database = Database(path)
    with database.conn:
        database.conn.execute("UPDATE embeddings SET vector = ? WHERE vector = ?", [blob, REFUND.tobytes()])
    database.close()
    with open_cache(path) as cache:
        assert cache.find("m", ["환불", "배송"]).keys() == {"배송"}


def test_the_zero_vector_of_a_text_with_nothing_in_it_is_kept(path: Path) -> None:
    with open_cache(path) as cache:
        cache.keep("m", {"ㅠㅠ": np.zeros(3, np.float32)})
        assert not cache.find("m", ["ㅠㅠ"])["ㅠㅠ"].any()


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to look at" * 100])
def test_a_cache_that_is_damaged_starts_anew(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with open_cache(path) as cache:
        assert cache.find("m", ["환불"]) == {}
        cache.keep("m", {"환불": REFUND})
        assert cache.find("m", ["환불"]).keys() == {"환불"}


def test_a_cache_with_a_damaged_page_starts_anew(path: Path) -> None:
    with open_cache(path) as cache:
        cache.keep("m", {f"질문 {number}": REFUND for number in range(2000)})
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with open_cache(path) as cache:
        assert cache.find("m", ["질문 1"]) == {}
        cache.keep("m", {"환불": REFUND})


def test_a_cache_of_another_schema_starts_anew(path: Path) -> None:
    with open_cache(path) as cache:
        cache.keep("m", {"환불": REFUND})
    database = Database(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with open_cache(path) as cache:
        assert cache.find("m", ["환불"]) == {}


def test_a_place_that_cannot_hold_a_cache_is_the_operators_to_mend(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(OperatorError, match="cannot be used"), open_cache(tmp_path / "cache" / "embeddings.sqlite"):
        pass

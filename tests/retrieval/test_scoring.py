import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.retrieval.scoring import highest


@pytest.mark.parametrize(
    ("values", "count", "places"),
    [
        ([0.1, 0.9, 0.5], 2, [1, 2]),
        ([0.5, 0.5, 0.5, 0.5], 2, [0, 1]),
        ([0.5, 0.9, 0.5, 0.5], 2, [0, 1]),
        ([0.1], 5, [0]),
        ([], 5, []),
        ([-np.inf, 0.2, -np.inf], 2, [0, 1]),
    ],
)
def test_the_highest_are_taken_and_of_equals_the_first(values: list[float], count: int, places: list[int]) -> None:
    assert highest(np.array(values, np.float32), count).tolist() == places


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(1, 50))
def test_it_is_what_a_stable_sort_would_take(values: list[int], count: int) -> None:
    array = np.array(values, np.float32)
    assert highest(array, count).tolist() == sorted(np.argsort(-array, kind="stable")[:count].tolist())

"""What several completions cost together."""

from __future__ import annotations

from service.generation.tokens import Usage


def test_a_sum_is_estimated_where_a_part_of_it_is_and_knows_what_was_read_before() -> None:
    reported, guessed = Usage(100, 10, cached_tokens=60), Usage(50, 5, estimated=True, cached_tokens=1)
    assert reported + guessed == Usage(150, 15, estimated=True, cached_tokens=61)

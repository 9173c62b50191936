"""What was heard of phrasings without themselves, told once for each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.knowledge.lint.finding import Heard

from .conftest import said

if TYPE_CHECKING:
    from .conftest import LookOver

FAQ = [f"id: {name}, question: {name}0, answer: {name}, variants: [{name}1, {name}2, {name}3]" for name in "abcd"]


def hears(phrasing: str, *found: str, zone: str = "ask") -> Heard:
    """A phrasing such as `a0` of the entry `a`."""
    return Heard(phrasing[0], phrasing, tuple((entry_id, 0.5) for entry_id in found), zone)  # type: ignore[arg-type]


TABLE = [
    (
        "closer-to-neighbour",
        [hears("a0", "b", "a"), hears("a1", "b"), hears("a2", "b"), hears("a3", "a", "b")],
        [(2, "entry 'a': 3 of 4 phrasings come to entry 'b' (line 3) when left out: 'a0', 'a1', 'a2'.")],
    ),
    ("closer-to-neighbour", [hears("a0", "b"), hears("a1", "b"), hears("a2", "c"), hears("a3", "d")], []),
    ("closer-to-neighbour", [hears("a0", "b")], []),
    (
        "answered-elsewhere",
        [hears("a0", "a", zone="answer"), hears("a1", "b", zone="answer"), hears("a2", "c", "a"), hears("a3", "b")],
        [(2, "entry 'a': words near 'a1' would be answered by entry 'b'.")],
    ),
    (
        "refused",
        [hears("b0", "b", zone="fallback"), hears("b1", zone="fallback"), hears("b2", "b")],
        [(3, "entry 'b': words near 2 of 3 phrasings would find nothing: 'b0', 'b1'.")],
    ),
    ("refused", [hears("b0", "b", zone="fallback"), hears("b1", "b"), hears("b2", "b")], []),
    (
        "scattered",
        [hears("c0", "a", "b", "d", "c"), hears("c1", "b"), hears("c2", "d", zone="answer"), hears("c3", "a", "c")],
        [(4, "entry 'c': words near 3 of 4 phrasings would not be shown this answer: 'c0', 'c1', 'c2'.")],
    ),
    ("scattered", [hears("c0", "a"), hears("c1", "b"), hears("c2", "d", "b", "c"), hears("c3", "c")], []),
    ("scattered", [hears("c0", "a"), hears("c1", "a"), hears("c2", "a")], []),
    (
        "attracts-everything",
        [hears(f"{name}{n}", "d") for name in "abc" for n in range(4)],
        [(5, "entry 'd': wins 12 phrasings of 3 other entries, 3.0 would be its share: a, b, c.")],
    ),
    ("attracts-everything", [hears(f"{name}{n}", "abcd"[n]) for name in "abc" for n in range(4)], []),
]


@pytest.mark.parametrize(
    ("rule", "heard", "expected"),
    TABLE,
)
def test_what_was_heard_without_a_phrasing_is_told_once_for_each_entry(
    look: LookOver, rule: str, heard: list[Heard], expected: list[tuple[int, str]]
) -> None:
    everyone = [
        hears(f"{name}0", name, zone="answer") for name in "abcd" if name not in {one.entry_id for one in heard}
    ]
    assert said(look(*FAQ, heard=(*heard, *everyone)), rule) == expected

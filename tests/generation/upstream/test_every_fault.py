"""No fault of the upstream section of the threat model, 68 to 105, is without a test that names it."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
ELSEWHERE = {101: "what an answer may contain is the guard's; what a terminal would run is cited in test_answer.py"}
CITED = re.compile(r"[Ff]aults?[ _]((?:\d+(?:[ _]to[ _]|-|, |[ _]and[ _])?)+)")


def cited() -> set[int]:
    numbers: set[int] = set()
    for path in TESTS.rglob("test_*.py"):
        if path == Path(__file__):
            continue
        for found in CITED.findall(path.read_text(encoding="utf-8")):
            for first, last in re.findall(r"(\d+)(?:(?:[ _]to[ _]|-)(\d+))?", found):
                numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def test_every_fault_of_the_upstream_is_cited_by_a_test() -> None:
    assert sorted(set(range(68, 106)) - cited() - set(ELSEWHERE)) == []

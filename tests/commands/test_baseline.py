"""What counts as worse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from service.commands.baseline import changes, read_baseline, refuse_other_questions
from service.errors import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

BEFORE: dict[str, Any] = {
    "top1": 0.8,
    "top3": 0.9,
    "auroc": 0.95,
    "coverage": 0.5,
    "precision": 0.96,
    "n_in": 80,
    "n_out": 20,
    "answered_wrong": 2,
    "format": 1,
    "questions_digest": "q",
    "embedder": "offline:1",
}


def worse_than(allowed: float, **after: Any) -> list[str]:
    return [change.name for change in changes(BEFORE, BEFORE | after) if change.exceeds(allowed)]


@pytest.mark.parametrize("name", ["top1", "top3", "auroc", "coverage", "precision"])
def test_a_share_may_fall_by_so_much_and_no_more(name: str) -> None:
    assert worse_than(0.01, **{name: BEFORE[name] - 0.01}) == []
    assert worse_than(0.01, **{name: BEFORE[name] - 0.0101}) == [name]
    assert worse_than(0.0, **{name: BEFORE[name] + 0.04}) == []


@pytest.mark.parametrize(("wrong", "fallen"), [(0, []), (3, []), (4, ["answered_wrong"])])
def test_wrong_answers_count_as_a_share_of_all_questions(wrong: int, fallen: list[str]) -> None:
    assert worse_than(0.01, answered_wrong=wrong) == fallen


def test_a_share_of_nothing_is_not_compared_and_coverage_tells() -> None:
    assert worse_than(0.01, precision=None, coverage=0.0) == ["coverage"]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        "{}",
        "[" * 200_000,
        json.dumps(BEFORE | {"format": 2}),
        json.dumps(BEFORE | {"top1": "0.8"}),
        json.dumps(BEFORE | {"top1": True}),
        json.dumps(BEFORE | {"top1": 80}),
        json.dumps(BEFORE | {"auroc": float("nan")}),
        json.dumps(BEFORE | {"n_in": None}),
        json.dumps(BEFORE | {"answered_wrong": -1}),
        json.dumps(BEFORE | {"questions_digest": None}),
        json.dumps({name: value for name, value in BEFORE.items() if name != "precision"}),
    ],
)
def test_anything_but_a_report_is_refused(tmp_path: Path, written: str) -> None:
    path = tmp_path / "figures.json"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(OperatorError, match=r"figures\.json: is not what"):
        read_baseline(path)


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(BEFORE | {"precision": None, "more": []}), encoding="utf-8")
    assert read_baseline(path) == BEFORE | {"precision": None, "more": []}


def test_only_the_same_questions_can_be_compared(tmp_path: Path) -> None:
    refuse_other_questions(tmp_path, BEFORE, "q")
    with pytest.raises(OperatorError, match="other questions"):
        refuse_other_questions(tmp_path, BEFORE, "p")

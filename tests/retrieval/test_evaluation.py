"""Figures from labelled questions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from service.errors import FaqError
from service.knowledge.entry import FaqEntry
from service.retrieval.decision import Decision, Zone
from service.retrieval.evaluation import Figures, Labelled, Outcome, auroc, digest_of, figures_by, load_labelled
from service.retrieval.index import Match
from service.retrieval.scoring import Evidence

from .labelled import outcome

IDS = {"refund", "fee", "track"}


def test_every_figure_of_a_small_set() -> None:
    figures = Figures.of(
        [
            outcome("refund", "refund fee track", 0.9, "answer", ms=1.0),
            outcome("refund", "fee refund track", 0.8, "answer", ms=2.0),
            outcome("fee", "track refund fee", 0.5, "ask", ms=3.0),
            outcome("fee", "track refund", 0.2, "fallback", ms=4.0),
            outcome(None, "refund", 0.8, "answer", ms=5.0),
            outcome(None, "", 0.0, "fallback", ms=6.0),
        ]
    )
    told = asdict(figures)
    assert told.pop("coverage_interval") == pytest.approx((0.1500, 0.8500), abs=5e-5)
    assert told.pop("precision_interval") == pytest.approx((0.0615, 0.7923), abs=5e-5)
    # in five bins: .9 right; .8 wrong twice; .5 wrong; .2 wrong; 0 wrong
    assert told == pytest.approx(
        {
            "n_in": 4,
            "n_out": 2,
            "top1": 1 / 4,
            "top3": 3 / 4,
            "auroc": (2 + 1.5 + 1 + 1) / 8,
            "answered": 3,
            "answered_right": 1,
            "answered_wrong": 2,
            "asked": 1,
            "asked_right": 1,
            "fell_back": 2,
            "coverage": 2 / 4,
            "precision": 1 / 3,
            "brier": (0.01 + 0.64 + 0.25 + 0.04 + 0.64 + 0.0) / 6,
            "ece": (0.1 + 2 * 0.8 + 0.5 + 0.2 + 0.0) / 6,
            "p50_ms": 3.5,
            "p95_ms": 5.75,
        }
    )


def test_an_accepted_entry_is_right_too() -> None:
    assert Figures.of([outcome("refund fee", "fee", 0.9)]).top1 == 1


def test_shares_of_nothing_are_not_numbers() -> None:
    nothing = Figures.of([])
    assert (nothing.top1, nothing.auroc, nothing.coverage, nothing.precision, nothing.p50_ms) == (None,) * 5
    assert (nothing.n_in, nothing.answered, nothing.fell_back) == (0, 0, 0)


@pytest.mark.parametrize(
    ("inside", "outside", "expected"),
    [([1, 2], [0], 1.0), ([0], [1, 2], 0.0), ([1], [1], 0.5), ([1, 0], [0.5], 0.5), ([], [1], None), ([1], [], None)],
)
def test_auroc_counts_pairs(inside: list[float], outside: list[float], expected: float | None) -> None:
    assert auroc(inside, outside) == expected


def test_an_outcome_takes_what_was_matched_and_decided() -> None:
    evidence = Evidence(0.4, 0.4, 0.4, 0.4)
    match = Match(FaqEntry("fee", "q", "a"), "q", 0.4, 0.1, evidence=evidence)
    decision = Decision("ask", match, 0.5, "no entry is close enough to answer")
    question = Labelled("q", frozenset())
    asked = Outcome.of(question, [match], decision, near=[match], ms=2.0)
    assert asked == Outcome(question, ("fee",), 0.4, "ask", 2.0, 0.5, ("fee",))
    nothing = Outcome.of(question, [], Decision("fallback", None, None, "there is nothing to match"), near=[], ms=2.0)
    assert (nothing.ids, nothing.score, nothing.confidence) == ((), 0.0, 0.0)


@pytest.mark.parametrize(
    ("ids", "zone", "seen"),
    [
        ("fee track", "answer", True),
        ("track fee", "answer", False),
        ("a b fee", "ask", True),
        ("a b c fee", "ask", False),
        ("fee", "fallback", False),
    ],
)
def test_a_visitor_sees_the_answer_or_three_suggestions_or_nothing(ids: str, zone: Zone, seen: bool) -> None:
    assert outcome("fee", ids, 0.5, zone).right_one_seen is seen


def test_figures_are_told_apart_by_label() -> None:
    outcomes = [outcome("a", "a", 0.9, kind="z"), outcome(None, "", 0.0, "fallback", kind="b"), outcome("a", "b", 0.9)]
    by_kind = figures_by(lambda each: each.question.kind, outcomes)
    assert [(kind, figures.n_in, figures.n_out) for kind, figures in by_kind.items()] == [("b", 0, 1), ("z", 1, 0)]


def test_the_digest_is_of_what_is_asked_and_what_is_right() -> None:
    base = Labelled("q", frozenset({"a", "b"}), "kind", "a")
    assert digest_of([base]) == digest_of([Labelled("q", frozenset({"b", "a"}), "other kind", "a")])
    others = [[], [base, base], [Labelled("Q", base.right)], [Labelled("q", frozenset("a"))]]
    assert len({digest_of(questions) for questions in [[base], *others]}) == 5


def test_labelled_questions_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(
        '{"text": "돈 돌려줘", "expected": "refund", "accept": ["fee"], "kind": "colloquial"}\n\n'
        '{"text": "날씨?", "expected": null}\n',
        encoding="utf-8",
    )
    assert load_labelled(path, entry_ids=IDS) == (
        Labelled("돈 돌려줘", frozenset({"refund", "fee"}), "colloquial", "refund"),
        Labelled("날씨?", frozenset()),
    )


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "is not JSON"),
        ("[]", "needs 'text'"),
        ('{"text": 1, "expected": null}', "needs 'text'"),
        ('{"text": "q"}', "needs 'text' and 'expected'"),
        ('{"text": "q", "expected": "gone"}', "'gone' is no entry"),
        ('{"text": "q", "expected": "fee", "accept": ["gone"]}', "'gone' is no entry"),
        ('{"text": "q", "expected": ["fee"]}', "is no entry"),
        ('{"text": "q", "expected": "fee", "accept": "refund"}', "'accept' is no list"),
        ('{"text": "q", "expected": "fee", "accept": ""}', "'accept' is no list"),
        ('{"text": "q", "expected": "fee", "accept": [1]}', "1 is no entry"),
        ('{"text": "q", "expected": null, "accept": ["fee"]}', "'accept' needs an expected entry"),
        (r'{"text": "\ud83d", "expected": null}', "half of a character"),
        ("[" * 200_000, "is not JSON"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"text": "q", "expected": null}\n' + line, encoding="utf-8")
    with pytest.raises(FaqError, match=f"questions.jsonl:2: .*{fault}"):
        load_labelled(path, entry_ids=IDS)


def test_only_a_newline_ends_a_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"text": "one\u2028two", "expected": null}\n', encoding="utf-8")
    assert load_labelled(path, entry_ids=IDS) == (Labelled("one\u2028two", frozenset()),)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "questions.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FaqError, match=r"questions\.jsonl"):
        load_labelled(path, entry_ids=IDS)

"""What authors are told about a FAQ that is allowed and probably not meant, rule by rule, with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.knowledge.faq import load_faq
from service.knowledge.lint.linting import counted, in_words, lint
from service.knowledge.lint.rules import BY_NAME, RULES

from .conftest import TODAY, said
from .test_lint_heard import TABLE
from .test_lint_links import ANSWERS

if TYPE_CHECKING:
    from .conftest import LookOver, Write

SNIPPETS = [
    (
        "two-answers",
        [
            "id: a, question: 반품은 어떻게 하나요?, answer: x",
            "id: b, question: Q, answer: y, variants: [반품은  어떻게하나요]",
        ],
        [(3, "entry 'b': '반품은  어떻게하나요' also leads to entry 'a' (line 2).")],
    ),
    ("two-answers", ["id: a, question: REFUND?, answer: x", "id: b, question: refund, answer: x"], []),
    ("two-answers", ["id: a, question: 10% off?, answer: x", "id: b, question: 10 off?, answer: y"], []),
    ("two-answers", ["id: a, question: q, answer: x, enabled: false", "id: b, question: q, answer: y"], []),
    (
        "two-answers",
        [
            "id: a, question: q, answer: x, valid_until: 2026-10-31",
            "id: b, question: q, answer: y, valid_from: 2026-11-01",
        ],
        [],
    ),
    (
        "two-answers",
        [
            "id: a, question: q, answer: x, valid_until: 2026-11-01",
            "id: b, question: q, answer: y, valid_from: 2026-11-01",
        ],
        [(3, "entry 'b': 'q' also leads to entry 'a' (line 2).")],
    ),
    (
        "same-answer",
        ["id: a, question: REFUND?, answer: x, variants: [r]", "id: b, question: refund, answer: x, variants: [r]"],
        [(3, "entry 'b': 'refund' also leads to entry 'a' (line 2), with the very same answer.")],
    ),
    ("same-answer", ["id: a, question: q, answer: x", "id: b, question: q, answer: y"], []),
    (
        "repeated-phrasing",
        ["id: a, question: 배송비?, answer: x, variants: [택배비 얼마, 배송비!]"],
        [(2, "entry 'a': '배송비!' is '배송비?' once more.")],
    ),
    (
        "repeated-phrasing",
        ["id: a, question: change my password, answer: x, variants: [change my pasword, change the password]"],
        [(2, "entry 'a': 'change my pasword' is one letter from 'change my password'.")],
    ),
    ("repeated-phrasing", ["id: a, question: 켜기, answer: x, variants: [끄기]"], []),
    (
        "few-phrasings",
        ["id: a, question: q, answer: x, variants: [r, s]", "id: b, question: t, answer: y, variants: [u, u]"],
        [(3, "1 of 2 entries have fewer than 3 phrasings: b.")],
    ),
    (
        "hidden-character",
        ["id: a, question: 반품\u200b, answer: x", "id: b, question: q, answer: a\u202eb"],
        [
            (2, "entry 'a': '반품\\u200b' holds an invisible character (U+200B)."),
            (3, "entry 'b': 'a\\u202eb' holds an invisible character (U+202E)."),
        ],
    ),
    ("hidden-character", ["id: a, question: 👨‍👩‍👧‍👦 할인 되나요, answer: 네 ❤️"], []),
    ("odd-id", ["id: refund?, question: q, answer: x"], [(2, "entry 'refund?': the id has other characters.")]),
    (
        "expired",
        [
            "id: a, question: q, answer: x, valid_until: 2026-11-19",
            "id: b, question: r, answer: x, valid_until: 2026-11-20",
        ],
        [(2, "entry 'a': its last day was 2026-11-19, 1 day ago.")],
    ),
    ("expired", ["id: a, question: q, answer: x, valid_until: 2026-11-19, enabled: false"], []),
    (
        "expires-soon",
        [
            "id: a, question: q, answer: x, valid_until: 2026-11-20",
            "id: b, question: r, answer: x, valid_until: 2026-12-04",
            "id: c, question: s, answer: x, valid_until: 2026-12-05",
        ],
        [
            (2, "entry 'a': its last day is 2026-11-20, today."),
            (3, "entry 'b': its last day is 2026-12-04, in 14 days."),
        ],
    ),
    (
        "not-yet-valid",
        [
            "id: a, question: q, answer: x, valid_from: 2026-11-20",
            "id: b, question: r, answer: x, valid_from: 2026-11-21",
        ],
        [(3, "entry 'b': it begins on 2026-11-21, in 1 day.")],
    ),
    (
        "placeholder",
        ["id: a, question: q, answer: TODO를 적기", "id: b, question: q b, answer: todo el mundo 02-000-7700 XXXL"],
        [(2, "entry 'a': 'TODO' was left in.")],
    ),
    (
        "placeholder",
        [
            "id: a, question: q, answer: x, links: [{title: t, url: 'tel:02-000-0000'}]",
            "id: b, question: r, answer: ○○은행",
        ],
        [(2, "entry 'a': '000-0000' was left in."), (3, "entry 'b': '○○' was left in.")],
    ),
    (
        "long-answer",
        [
            f"id: a, question: q, answer: {'가나다라 ' * 160}가",
            f"id: b, question: r, answer: '[x](https://a.kr/{'b' * 900})'",
        ],
        [(2, "entry 'a': the answer is 801 characters long.")],
    ),
    (
        "repeats-question",
        [
            "id: a, question: 'Open on Sunday?', answer: '**Open on Sunday?** Yes.'",
            "id: b, question: 계좌, answer: 계좌는 1-2예요.",
        ],
        [(2, "entry 'a': the answer begins with 'Open on Sunday'.")],
    ),
    (
        "other-language",
        [
            "id: a, question: q, answer: Tell us within seven days please.",
            "id: b, question: r, answer: 'https://example.com/orders/and/more'",
            "id: c, question: s, answer: 받은 날부터 이레 안에 알려 주세요, locale: en",
            "id: d, question: t, answer: Kakao 채널 Dalmuri Store의 English menu에서요, locale: en",
        ],
        [
            (2, "entry 'a': the answer is written in Latin letters, and the locale is 'ko'."),
            (4, "entry 'c': the answer is written in Korean, and the locale is 'en'."),
        ],
    ),
    (
        "other-language",
        [f"id: a{n}, question: q{n}, answer: Tell us within seven days please." for n in range(6)],
        [(2, "6 of 6 answers of locale 'ko' are written in Latin letters: a0, a1, a2, a3, a4 and 1 more.")],
    ),
    (
        "missing-translation",
        [
            "id: a, question: q, answer: x",
            "id: b, question: r, answer: x, category: 매장",
            "id: a-en, question: t, answer: x, locale: en",
        ],
        [(3, "1 of 2 ko entries have no en counterpart: b. Whole categories are missing: 매장.")],
    ),
    ("missing-translation", ["id: a, question: q, answer: x", "id: b, question: r, answer: x, locale: en"], []),
    (
        "missing-translation",
        [
            "id: a, question: q, answer: x, category: shipping",
            "id: b, question: r, answer: x, category: returns",
            "id: c, question: s, answer: x, category: shipping, locale: en",
        ],
        [(3, "categories with ko entries and no en ones: returns.")],
    ),
    (
        "missing-translation",
        [
            "id: a, question: q, answer: x, category: 배송",
            "id: b, question: r, answer: x, category: Shipping, locale: en",
        ],
        [],
    ),
    (
        "unlike-translation",
        [
            "id: a, question: q, answer: x, escalate: true, valid_until: 2027-01-01",
            "id: a-en, question: t, answer: x, locale: en",
        ],
        [(3, "entry 'a-en': the days and 'escalate' differ from those of entry 'a'.")],
    ),
]


@pytest.mark.parametrize(("rule", "entries", "expected"), SNIPPETS)
def test_a_rule_finds_what_it_is_for_and_nothing_else(
    look: LookOver, rule: str, entries: list[str], expected: list[tuple[int, str]]
) -> None:
    assert said(look(*entries), rule) == expected


def test_every_rule_is_shown_to_find_something() -> None:
    tables = (SNIPPETS, ANSWERS, TABLE)
    assert {rule for table in tables for rule, _, expected in table if expected} == set(BY_NAME)


def test_lines_are_those_of_the_very_phrasing_in_every_kind_of_file(write: Write) -> None:
    spread = write(
        "entries:\n  - id: a\n    question: one\n    answer: >-\n      x\n    variants:\n      - two\n      - three\n"
        "  - id: b\n    question: four\n    variants: [five,\n      three]\n    answer: y\n"
    )
    lined = write(
        '\n{"id": "a", "question": "q", "answer": "x"}\n\n{"id": "b", "question": "q", "answer": "y"}\n', "f.jsonl"
    )
    for path, line in ((spread, 12), (lined, 4)):
        (finding,) = (found for found in lint(load_faq(path), today=TODAY) if found.rule == "two-answers")
        assert (finding.path, finding.line, finding.entry_id, finding.severity) == (str(path), line, "b", "error")


def test_every_finding_says_what_it_means_and_what_to_do(look: LookOver) -> None:
    (finding,) = (found for found in look("id: a, question: q, answer: TODO") if found.rule == "placeholder")
    assert finding.meaning == "Customers read words that were meant to be replaced."
    assert finding.advice.startswith("Write what belongs there")
    for rule in RULES:
        assert rule.meaning.endswith("."), rule.name
        assert rule.advice.endswith((".", "better.")), rule.name


def test_counts_are_said_in_words(look: LookOver) -> None:
    counts = counted(look("id: a, question: q, answer: TODO", "id: b, question: q, answer: XXX"))
    assert counts == {"error": 1, "warning": 2, "notice": 1}
    assert in_words(counts) == "1 error, 2 warnings, 1 notice"
    assert in_words(counts, ("notice",)) == "1 notice"
    assert in_words(counted([])) == ""

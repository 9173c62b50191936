"""What authors are told about a FAQ that is allowed and probably not meant, rule by rule, with its line."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from service.knowledge.faq import load_faq
from service.knowledge.lint.finding import Heard
from service.knowledge.lint.linting import counted, in_words, lint
from service.knowledge.lint.rules import BY_NAME, RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.knowledge.lint.finding import Finding

    from .conftest import Write

TODAY = date(2026, 11, 20)


@pytest.fixture
def look(write: Write) -> Callable[..., list[Finding]]:
    """Lints entries given as the insides of YAML mappings; the first stands in line 2."""

    def look(*entries: str, heard: tuple[Heard, ...] = ()) -> list[Finding]:
        path = write("entries:\n" + "".join(f"- {{{entry}}}\n" for entry in entries))
        return list(lint(load_faq(path), today=TODAY, heard=heard))

    return look


def said(findings: list[Finding], rule: str) -> list[tuple[int, str]]:
    return [(finding.line, finding.message) for finding in findings if finding.rule == rule]


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
    look: Callable[..., list[Finding]], rule: str, entries: list[str], expected: list[tuple[int, str]]
) -> None:
    assert said(look(*entries), rule) == expected


@pytest.mark.parametrize(
    ("rule", "answer", "message"),
    [
        (
            "broken-link",
            "[x](javascript:alert)",
            "the link to 'javascript:alert' is no web, mail or telephone address.",
        ),
        ("broken-link", "[x](www.example.com)", "the link to 'www.example.com' has no https:// in front."),
        ("broken-link", "[x]()", "a link leads nowhere."),
        (
            "broken-link",
            "[주문 내역] (https://a.kr)에서",
            "'[주문 내역] (https://a.kr)' is no link, and customers see its source.",
        ),
        ("broken-link", "[x](https://a.kr/b c)", "'[x](https://a.kr/b c)' is no link, and customers see its source."),
        ("broken-link", "[x](mailto:a@b.kr) [y](tel:02-123) `a](b`, [상품준비중] (포장 전)", None),
        (
            "lookalike-host",
            "[x](https://раураl.com/)",
            "the host of 'https://раураl.com/' mixes Cyrillic and Latin letters.",
        ),
        (
            "lookalike-host",
            "[x](https://аррӏе.com)",
            "the host of 'https://аррӏе.com' is written in letters that only look Latin.",
        ),
        (
            "lookalike-host",
            "[x](https://xn--80ak6aa92e.com)",
            "the host of 'https://xn--80ak6aa92e.com' is written in letters that only look Latin.",
        ),
        (
            "lookalike-host",
            "[www.bank.com](https://bank.com.evil.io)",
            "the link says 'bank.com' and leads to 'bank.com.evil.io'.",
        ),
        ("lookalike-host", "[example.com](https://www.example.com/a) [서울](https://서울mall.kr) https://b.kr", None),
        ("unreachable-host", "[x](https://192.0.2.7/a)", "the host of 'https://192.0.2.7/a' is a bare number."),
        ("unreachable-host", "[x](https://3221225991)", "the host of 'https://3221225991' is a bare number."),
        ("unreachable-host", "[x](https://[2001:db8::1]/)", "the host of 'https://[2001:db8::1]/' is a bare number."),
        (
            "unreachable-host",
            "http://localhost:8000/",
            "the host of 'http://localhost:8000/' is a name of a private network.",
        ),
        ("unreachable-host", "https://123.example.com", None),
        ("plain-http", "http://example.com/에서", "'http://example.com/' begins with http://."),
        ("plain-http", "https://example.com?next=http://a http://10.0.0.1", None),
        ("empty-title", "[](https://example.com)", "the link to 'https://example.com' has no words to tap."),
        ("empty-title", "[→](https://example.com)", "the link to 'https://example.com' has no words to tap."),
        ("empty-title", "<https://example.com> 주문", None),
    ],
)
def test_links_lead_where_customers_may_go(
    look: Callable[..., list[Finding]], rule: str, answer: str, message: str | None
) -> None:
    expected = [(2, f"entry 'a': {message}")] if message else []
    assert said(look(f"id: a, question: q, answer: '{answer}'"), rule) == expected


def test_links_of_an_entry_are_looked_at_too_each_in_its_line(write: Write) -> None:
    path = write(
        "entries:\n- id: a\n  question: q\n  answer: x\n  links:\n"
        "    - {title: 가, url: https://a.kr}\n    - {title: 나, url: http://a.kr}\n"
    )
    found = list(lint(load_faq(path), today=TODAY))
    assert said(found, "plain-http") == [(7, "entry 'a': 'http://a.kr' begins with http://.")]


FAQ = [f"id: {name}, question: {name}0, answer: {name}, variants: [{name}1, {name}2, {name}3]" for name in "abcd"]


def hears(phrasing: str, *found: str, zone: str = "ask") -> Heard:
    """A phrasing such as `a0` of the entry `a`."""
    return Heard(phrasing[0], phrasing, tuple((entry_id, 0.5) for entry_id in found), zone)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "heard", "expected"),
    [
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
    ],
)
def test_what_was_heard_without_a_phrasing_is_told_once_for_each_entry(
    look: Callable[..., list[Finding]], rule: str, heard: list[Heard], expected: list[tuple[int, str]]
) -> None:
    everyone = [
        hears(f"{name}0", name, zone="answer") for name in "abcd" if name not in {one.entry_id for one in heard}
    ]
    assert said(look(*FAQ, heard=(*heard, *everyone)), rule) == expected


def test_nothing_is_said_of_a_faq_that_is_well() -> None:
    """Each rule above finds something, so that a rule that never does would be seen."""
    assert {rule for rule, _, expected in SNIPPETS if expected} | {
        *("broken-link", "lookalike-host", "unreachable-host", "plain-http", "empty-title"),
        *(rule.name for rule in RULES if rule.listens),
    } == set(BY_NAME)


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


def test_every_finding_says_what_it_means_and_what_to_do(look: Callable[..., list[Finding]]) -> None:
    (finding,) = (found for found in look("id: a, question: q, answer: TODO") if found.rule == "placeholder")
    assert finding.meaning == "Customers read words that were meant to be replaced."
    assert finding.advice.startswith("Write what belongs there")
    for rule in RULES:
        assert rule.meaning.endswith("."), rule.name
        assert rule.advice.endswith((".", "better.")), rule.name


def test_counts_are_said_in_words(look: Callable[..., list[Finding]]) -> None:
    counts = counted(look("id: a, question: q, answer: TODO", "id: b, question: q, answer: XXX"))
    assert counts == {"error": 1, "warning": 2, "notice": 1}
    assert in_words(counts) == "1 error, 2 warnings, 1 notice"
    assert in_words(counts, ("notice",)) == "1 notice"
    assert in_words(counted([])) == ""

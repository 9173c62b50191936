"""Links lead where customers may go, or their author is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.knowledge.faq import load_faq
from service.knowledge.lint.linting import lint

from .conftest import TODAY, said

if TYPE_CHECKING:
    from .conftest import LookOver, Write

ANSWERS = [
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
]


@pytest.mark.parametrize(
    ("rule", "answer", "message"),
    ANSWERS,
)
def test_links_lead_where_customers_may_go(look: LookOver, rule: str, answer: str, message: str | None) -> None:
    expected = [(2, f"entry 'a': {message}")] if message else []
    assert said(look(f"id: a, question: q, answer: '{answer}'"), rule) == expected


def test_links_of_an_entry_are_looked_at_too_each_in_its_line(write: Write) -> None:
    path = write(
        "entries:\n- id: a\n  question: q\n  answer: x\n  links:\n"
        "    - {title: 가, url: https://a.kr}\n    - {title: 나, url: http://a.kr}\n"
    )
    found = list(lint(load_faq(path), today=TODAY))
    assert said(found, "plain-http") == [(7, "entry 'a': 'http://a.kr' begins with http://.")]

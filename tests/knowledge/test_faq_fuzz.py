"""Whatever is in a file: entries or a `FaqError`, never anything else; whatever entries: findings with lines."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import FaqError
from service.knowledge.faq import Faq, load_faq
from service.knowledge.lint.linting import lint

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SHOP = """\
defaults: {locale: ko}
entries:
  - id: refund
    question: 반품은 어떻게 하나요?
    variants: [환불하고 싶어요, "돌려보낼래요"]
    answer: |
      수령 후 7일 이내에
    links: [{title: 반품 신청, url: https://example.com/returns}]
    valid_from: 2026-11-01
  - {id: hours, question: 몇 시까지 해요?, answer: 6시, enabled: true}
"""
LINES = '{"id": "a", "question": "q", "answer": "b", "links": [{"title": "t", "url": "https://a.kr"}]}\n{"id": "b"}\n'
PIECES = st.sampled_from(
    [
        *"{}[],:?-|>&*!%@`\"'#\\\n \t~<\r\x85\u2028\ufeff가",
        *("---\n", "\n...\n", "%YAML 9.9\n", "%TAG ! x\n", "? ", "- ", "!!str ", "&a ", "*a", "<<: ", "|+9\n", ">-\n"),
        *("\\U0011ffff", "\\uFFFFFFFF", "\\x", "\\ud800", "1e3", "null"),
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["a", "https://a.kr"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["id", "question", "answer", "variants", "category", "tags", "locale", "links", "valid_from", "enabled", "x"]
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30)

exhaustive = settings(max_examples=500, deadline=None)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A good file with pieces cut out and others put in."""
    text = draw(st.sampled_from([SHOP, LINES]))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 3, 20]))
        text = text[:start] + "".join(draw(st.lists(PIECES, max_size=4))) + text[end:]
    return text


def read(factory: pytest.TempPathFactory, content: bytes, name: str) -> Faq | None:
    path: Path = factory.getbasetemp() / name
    path.write_bytes(content)
    try:
        faq = load_faq(path)
    except FaqError as error:
        assert str(error).startswith(f"{path}:")  # noqa: PT017 - every refusal is one, in the same shape
        return None
    for finding in lint(faq, today=date(2026, 11, 20)):
        assert 1 <= finding.line <= content.count(b"\n") + 1
    return faq


@exhaustive
@given(content=st.binary(max_size=200))
def test_any_bytes_are_entries_or_a_faq_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    for name in ("faq.yaml", "faq.jsonl"):
        read(tmp_path_factory, content, name)


@exhaustive
@given(text=damaged())
def test_a_damaged_file_is_entries_or_a_faq_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    for name in ("faq.yaml", "faq.jsonl"):
        faq = read(tmp_path_factory, text.encode(), name)
        for entry in faq.entries if faq else ():
            assert entry.id
            assert entry.question
            assert entry.answer
            assert all(type(text) is str for text in (*entry.phrasings, *entry.tags, entry.locale))


@exhaustive
@given(entry=st.dictionaries(NAMES, VALUES))
def test_any_values_in_the_fields_are_an_entry_or_a_faq_error(
    tmp_path_factory: pytest.TempPathFactory, entry: dict[str, Any]
) -> None:
    read(tmp_path_factory, json.dumps(entry).encode(), "faq.jsonl")
    read(tmp_path_factory, json.dumps({"entries": [entry]}).encode(), "faq.yaml")


@exhaustive
@given(question=WORDS, answer=WORDS, variants=st.lists(WORDS, max_size=3))
def test_what_an_author_writes_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, question: str, answer: str, variants: list[str]
) -> None:
    entry = {"id": "a", "question": question, "answer": answer, "variants": variants}
    spelled = json.dumps(entry, ensure_ascii=False)

    for content, name in ((spelled, "faq.jsonl"), (f"entries: [{spelled}]", "faq.yaml")):
        faq = read(tmp_path_factory, content.encode(), name)

        assert faq
        (read_back,) = faq.entries
        assert (read_back.question, read_back.answer, read_back.variants) == (question, answer, tuple(variants))

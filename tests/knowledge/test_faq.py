from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.knowledge.faq import Faq, FaqEntry, Link, load_faq

if TYPE_CHECKING:
    from .conftest import Write

SHOP = """\
defaults: {locale: ko, category: 안내}
entries:
  - id: refund-period
    question: 반품은 어떻게 하나요?
    variants:
      - 환불하고 싶어요
      - 돌려보낼래요
    answer: |
      수령 후 **7일** 이내에 신청하세요.
      - 단순 변심: 왕복 배송비
    category: 반품
    tags: [returns, money]
    locale: ko-KR
    links: [{title: 반품 신청, url: https://example.com/returns}]
    valid_from: 2026-11-01
    valid_until: "2026-12-31"
    escalate: true
    enabled: false
    meta: {owner: [cs, 3]}
  - {id: hours, question: 몇 시까지 해요?, answer: 6시}
"""

REFUND = FaqEntry(
    id="refund-period",
    question="반품은 어떻게 하나요?",
    answer="수령 후 **7일** 이내에 신청하세요.\n- 단순 변심: 왕복 배송비",
    variants=("환불하고 싶어요", "돌려보낼래요"),
    category="반품",
    tags=("returns", "money"),
    locale="ko-KR",
    links=(Link("반품 신청", "https://example.com/returns"),),
    valid_from=date(2026, 11, 1),
    valid_until=date(2026, 12, 31),
    escalate=True,
    enabled=False,
)


def one_entry(faq: Faq) -> FaqEntry:
    (entry,) = faq.entries
    return entry


def test_a_yaml_file_becomes_its_entries_in_file_order(write: Write) -> None:
    path = write(SHOP)

    faq = load_faq(path)

    assert faq == Faq(
        (REFUND, FaqEntry("hours", "몇 시까지 해요?", "6시", category="안내")),
        hashlib.sha256(SHOP.encode()).hexdigest(),
        path,
    )


def test_jsonl_takes_the_same_fields_one_object_a_line(write: Write) -> None:
    entry = {
        "id": REFUND.id,
        "question": REFUND.question,
        "answer": REFUND.answer,
        "variants": REFUND.variants,
        "category": REFUND.category,
        "tags": REFUND.tags,
        "locale": REFUND.locale,
        "links": [{"title": "반품 신청", "url": "https://example.com/returns"}],
        "valid_from": "2026-11-01",
        "valid_until": "2026-12-31",
        "escalate": True,
        "enabled": False,
        "meta": {"owner": ["cs", 3]},
    }

    faq = load_faq(write(json.dumps(entry) + "\r\n\n", "faq.JSONL"))

    assert faq.entries == (REFUND,)


def test_an_unusual_line_break_inside_a_json_text_does_not_end_its_line(write: Write) -> None:
    faq = load_faq(write('{"id": "a", "question": "q", "answer": "b\u2028c\x85d"}\n', "faq.jsonl"))

    assert one_entry(faq).answer == "b\u2028c\x85d"


def test_an_entry_without_optional_fields_is_korean_enabled_and_plain(write: Write) -> None:
    faq = load_faq(write('{"id": "a", "question": "q", "answer": "b", "category": null, "tags": null}', "a.jsonl"))

    assert faq.entries == (FaqEntry("a", "q", "b"),)
    assert one_entry(faq).locale == "ko"


def test_defaults_fill_what_an_entry_leaves_out(write: Write) -> None:
    faq = load_faq(
        write("""\
defaults: {locale: en, category: Orders}
entries:
  - {id: a, question: q, answer: b}
  - {id: b, question: r, answer: b, locale: ko, category: 주문}
""")
    )

    assert [(entry.locale, entry.category) for entry in faq.entries] == [("en", "Orders"), ("ko", "주문")]


@pytest.mark.parametrize(
    "word", ["yes", "no", "off", "true", "012", "0o14", "0x1F", "1e3", "1_000", "12:30:45", "2026-01-01", ".inf", "="]
)
def test_an_unquoted_word_stays_the_text_its_author_typed(write: Write, word: str) -> None:  # fault 45
    entry = one_entry(load_faq(write(f"entries: [{{id: {word}, question: {word}, answer: {word}, tags: [{word}]}}]")))

    assert (entry.question, entry.answer, entry.tags) == (word, word, (word,))


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_an_optional_field_may_be_left_empty(write: Write, nothing: str) -> None:
    entry = one_entry(
        load_faq(
            write(f"""\
defaults:
entries:
  - id: a
    question: q
    answer: b
    variants: {nothing}
    category: {nothing}
    links: {nothing}
    valid_from: {nothing}
    enabled: {nothing}
""")
        )
    )

    assert entry == FaqEntry("a", "q", "b")


def test_quoted_null_is_a_word_like_any_other(write: Write) -> None:
    assert one_entry(load_faq(write('entries: [{id: a, question: "null", answer: "~"}]'))).phrasings == ("null",)


def test_white_space_around_a_text_is_not_part_of_it(write: Write) -> None:
    entry = one_entry(load_faq(write('entries: [{id: a, question: "  q ", answer: "\\n b\\n\\n c \\n"}]')))

    assert (entry.question, entry.answer) == ("q", "b\n\n c")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + SHOP.encode(), id="byte order mark"),
        pytest.param(SHOP.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(b"%YAML 1.2\n---\n" + SHOP.encode() + b"...\n", id="document marks"),
        pytest.param(SHOP.replace("\n", "\x85\n", 1).encode(), id="NEL"),
    ],
)
def test_how_an_editor_saves_the_file_changes_nothing(write: Write, content: bytes) -> None:  # fault 49
    assert load_faq(write(content)).entries[0] == REFUND


def test_the_digest_is_of_the_bytes_and_not_of_the_entries(write: Write) -> None:
    plain, commented = write(SHOP, "a.yml"), write(SHOP + "# checked\n", "b.yml")

    assert load_faq(plain).entries == load_faq(commented).entries
    assert load_faq(plain).digest != load_faq(commented).digest


def test_phrasings_are_the_question_and_then_its_variants() -> None:
    assert REFUND.phrasings == ("반품은 어떻게 하나요?", "환불하고 싶어요", "돌려보낼래요")


@pytest.mark.parametrize(
    ("day", "live"), [((10, 31), False), ((11, 1), True), ((12, 31), True), ((1, 1), False)], ids=str
)
def test_an_entry_is_live_on_both_of_its_days_and_between(day: tuple[int, int], live: bool) -> None:
    entry = FaqEntry("sale", "q", "a", valid_from=date(2026, 11, 1), valid_until=date(2026, 12, 31))

    assert entry.is_live(date(2026, *day)) is live


def test_an_entry_without_days_is_live_unless_disabled() -> None:
    assert FaqEntry("a", "q", "a").is_live(date(1999, 1, 1))
    assert not FaqEntry("a", "q", "a", enabled=False).is_live(date(1999, 1, 1))


def test_hundreds_of_variants_and_the_longest_texts_are_fine(write: Write) -> None:  # fault 50
    entry = {
        "id": "x" * 64,
        "question": "가" * 500,
        "answer": "나" * 20_000,
        "variants": [f"v{i}" for i in range(1000)],
    }

    loaded = one_entry(load_faq(write(json.dumps(entry), "faq.jsonl")))

    assert (len(loaded.question), len(loaded.answer), len(loaded.variants)) == (500, 20_000, 1000)


def test_many_entries_are_read_from_jsonl(write: Write) -> None:  # fault 50
    lines = (f'{{"id": "e{i}", "question": "q {i}", "answer": "a"}}' for i in range(20_000))

    faq = load_faq(write("\n".join(lines), "faq.jsonl"))

    assert faq.entries[-1] == FaqEntry("e19999", "q 19999", "a")


@pytest.mark.parametrize("folder", ["clinc150", "banking77_oos", "hint3_curekart", "parakqc_ko", "en_shop", "ko_shop"])
def test_the_faqs_we_measure_with_can_be_read(folder: str) -> None:
    root = Path(__file__).parents[3] / "shared" / "eval" / folder
    if not root.is_dir():
        pytest.skip("the labelled sets are kept outside the repository")

    (path,) = (root / name for name in ("faq.jsonl", "faq.yaml") if (root / name).exists())

    assert len(load_faq(path).entries) >= 28

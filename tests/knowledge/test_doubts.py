from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.knowledge.faq import load_faq

if TYPE_CHECKING:
    from .conftest import Write


def doubts(write: Write, *entries: str) -> list[str]:
    path = write("entries:\n" + "".join(f"- {{{entry}}}\n" for entry in entries))
    return [warning.removeprefix(f"{path}:") for warning in load_faq(path).warnings]


def test_a_question_of_two_entries_is_doubted(write: Write) -> None:  # fault 50
    assert doubts(
        write,
        "id: a, question: 반품은 어떻게 하나요?, answer: x",
        "id: b, question: Refund?, answer: y, variants: [' 반품은  어떻게 하나요? ']",
        "id: c, question: REFUND?, answer: z",
    ) == [
        "3: entry 'b': '반품은  어떻게 하나요?' also leads to entry 'a'. Keep it in one.",
        "4: entry 'c': 'REFUND?' also leads to entry 'b'. Keep it in one.",
    ]


def test_a_phrasing_written_twice_in_one_entry_is_doubted(write: Write) -> None:
    assert doubts(write, "id: a, question: q, answer: x, variants: [r, q]") == [
        "2: entry 'a': 'q' is written twice. Delete one."
    ]


@pytest.mark.parametrize(
    ("first", "second", "doubted"),
    [
        ("enabled: false", "enabled: true", False),
        ("valid_until: 2026-10-31", "valid_from: 2026-11-01", False),
        ("valid_until: 2026-11-01", "valid_from: 2026-11-01", True),
        ("valid_from: 2026-11-01", "valid_from: 2027-11-01", True),
    ],
)
def test_the_same_question_is_doubted_only_where_both_may_answer_on_one_day(
    write: Write, first: str, second: str, doubted: bool
) -> None:
    found = doubts(write, f"id: a, question: q, answer: x, {first}", f"id: b, question: q, answer: y, {second}")

    assert bool(found) is doubted


def test_characters_that_nobody_sees_are_doubted(write: Write) -> None:
    assert doubts(write, "id: a, question: 반품\u200b, answer: x", "id: b, question: q, answer: a\u202eb") == [
        "2: entry 'a': '반품\\u200b' holds an invisible character (U+200B). Type that part again.",
        "3: entry 'b': 'a\\u202eb' holds an invisible character (U+202E). Type that part again.",
    ]


def test_an_imported_id_is_read_and_doubted(write: Write) -> None:
    assert doubts(write, "id: reverted_payment?, question: q, answer: x") == [
        "2: entry 'reverted_payment?': the id is easier to use with letters, digits, '.', '_' and '-' alone."
    ]


def test_emoji_made_of_several_characters_are_not_doubted(write: Write) -> None:
    assert doubts(write, "id: a, question: 👨‍👩‍👧‍👦 할인 되나요, answer: 네 ❤️") == []

"""What visitors taught becomes phrasings, unless something speaks against it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.conversation.store import Label
from service.errors import FaqError
from service.growing.learning import Learned, learn, settled, why_not
from service.growing.questions import append_questions
from service.knowledge.faq import load_faq
from service.retrieval.evaluation import load_labelled
from service.retrieval.retriever import Retriever
from tests.conftest import SHOP
from tests.fakes import label

ENTRIES = load_faq(SHOP).entries
FEE = next(entry for entry in ENTRIES if entry.id == "delivery-fee")


async def learned(retriever: Retriever, *labels: Label, min_times: int = 1) -> Learned:
    return await learn(labels, ENTRIES, retriever, min_times=min_times)


async def test_a_question_that_is_not_answered_yet_is_proposed_with_where_it_goes_today(retriever: Retriever) -> None:
    found = await learned(retriever, label("퀵으로 보내면 돈 더 내야 하죠", "delivery-fee", times=3))
    ((lesson, today),) = found.proposed
    assert (lesson.question, lesson.entry_id, lesson.times) == ("퀵으로 보내면 돈 더 내야 하죠", "delivery-fee", 3)
    assert today.zone in {"ask", "fallback"}
    (addition,) = found.additions
    assert (addition.entry_id, addition.phrasing) == ("delivery-fee", "퀵으로 보내면 돈 더 내야 하죠")


async def test_a_question_that_is_answered_rightly_is_only_counted(retriever: Retriever) -> None:
    found = await learned(retriever, label("배송비가 얼마인가요", "delivery-fee", kind="helpful"))
    assert [left.reason for left in found.left] == ["answered"]
    assert found.proposed == ()
    assert [lesson.question for lesson in found.labelled] == ["배송비가 얼마인가요"], "it is true all the same"


async def test_a_question_that_is_answered_with_another_entry_is_proposed(retriever: Retriever) -> None:
    found = await learned(retriever, label("배송비가 얼마인가요", "delivery-fee-jeju"))
    assert [lesson.entry_id for lesson, _ in found.proposed] == ["delivery-fee-jeju"]


@pytest.mark.parametrize(
    ("question", "entry_id", "reason"),
    [
        ("퀵으로 보내면 돈 더 내야 하죠", "no-such-entry", "gone"),
        ("택배비   얼마예요", "delivery-fee", "known"),
        ("가" * 201, "delivery-fee", "too long"),
        ("제 번호는 010-1234-5678 배송비 얼마", "delivery-fee", "personal data"),
        ("me@example.com 으로 배송비 얼마인지 알려줘요", "delivery-fee", "personal data"),
        ("카드 [카드번호] 로 낸 배송비가 얼마였나요", "delivery-fee", "personal data"),
        ("그럼 제주도는요?", "delivery-fee-jeju", "leans on history"),
        ("what about bank holidays?", "shipping-en", "leans on history"),
    ],
)
async def test_what_teaches_nothing_is_left_out_with_its_reason(
    retriever: Retriever, question: str, entry_id: str, reason: str
) -> None:
    found = await learned(retriever, label(question, entry_id))
    assert [left.reason for left in found.left] == [reason]
    assert found.proposed == ()
    assert found.labelled == []


def test_200_characters_are_not_too_long() -> None:
    (lesson,), _ = settled([label(f"{'배송 ' * 66}얼마", "delivery-fee")], ENTRIES)
    assert len(lesson.question) == 200
    assert why_not(lesson, FEE) is None


async def test_what_was_said_too_seldom_waits(retriever: Retriever) -> None:
    once, thrice = (
        label("퀵으로 보내면 돈 더 내야 하죠", "delivery-fee"),
        label("문 앞까지 얼마 들죠", "delivery-fee", times=3),
    )
    found = await learned(retriever, once, thrice, min_times=2)
    assert [left.reason for left in found.left] == ["seldom"]
    assert [lesson.question for lesson, _ in found.proposed] == ["문 앞까지 얼마 들죠"]


async def test_words_that_mean_two_entries_are_left_to_a_person(retriever: Retriever) -> None:
    found = await learned(
        retriever,
        label("섬까지 얼마 들죠", "delivery-fee"),
        label("섬까지  얼마 들죠?".rstrip("?"), "delivery-fee-jeju", times=2),
        label("비번 찾기", "hours"),
    )
    assert found.proposed == ()
    assert {disputed.question: dict(disputed.entries) for disputed in found.disputed} == {
        "섬까지 얼마 들죠": {"delivery-fee": 1, "delivery-fee-jeju": 2},
        "비번 찾기": {"hours": 1, "password": 0},
    }


def test_one_question_in_several_spellings_and_kinds_is_one_lesson_in_its_newest() -> None:
    monday = datetime(2026, 11, 16, tzinfo=UTC)
    (lesson,), disputed = settled(
        [
            label("Parcel  COST", "delivery-fee", kind="helpful", at=monday),
            label("parcel cost\n", "delivery-fee", times=2, at=monday + timedelta(days=1)),
        ],
        ENTRIES,
    )
    assert (lesson.question, lesson.kind, lesson.times) == ("parcel cost", "picked", 3)
    assert disputed == ()


def test_labelled_questions_are_appended_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "questions.jsonl"
    lessons, _ = settled(
        [label("섬까지 얼마 들죠", "delivery-fee"), label("parcel cost", "refund", kind="helpful")], ENTRIES
    )
    assert append_questions(path, lessons[:1], ENTRIES).count == 1
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    assert append_questions(path, lessons, ENTRIES).count == 1
    written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert written == [
        {"text": "섬까지 얼마 들죠", "expected": "delivery-fee", "kind": "picked"},
        {"text": "parcel cost", "expected": "refund", "kind": "helpful"},
    ]
    labelled = load_labelled(path, entry_ids={entry.id for entry in ENTRIES})
    assert [question.text for question in labelled] == ["섬까지 얼마 들죠", "parcel cost"]


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [
        ({"text": "섬까지  얼마 들죠", "expected": "delivery-fee"}, []),
        ({"text": "섬까지 얼마 들죠", "expected": "refund", "accept": ["delivery-fee"]}, []),
        ({"text": "섬까지 얼마 들죠", "expected": "refund", "accept": None}, [("refund",)]),
        ({"text": "섬까지 얼마 들죠", "expected": None}, [()]),
    ],
)
def test_a_question_that_the_file_has_is_not_written_again_and_reported_where_it_is_labelled_otherwise(
    written: dict[str, object], otherwise: list[tuple[str, ...]], tmp_path: Path
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(before := json.dumps(written), encoding="utf-8")
    lessons, _ = settled([label("섬까지 얼마 들죠", "delivery-fee")], ENTRIES)
    appended = append_questions(path, lessons, ENTRIES)
    assert (appended.count, [each.entries for each in appended.otherwise]) == (0, otherwise)
    assert path.read_text(encoding="utf-8") == before


def test_a_phrasing_of_its_entry_is_no_labelled_question(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    lessons, _ = settled([label("택배비   얼마예요", "delivery-fee")], ENTRIES)
    assert append_questions(path, lessons, ENTRIES).count == 0
    assert not path.exists()


@pytest.mark.parametrize("content", [b"not json\n", b"[1]\n", b"\xff\xfe", b'{"text": [1]}\n'])
def test_a_file_of_something_else_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    lessons, _ = settled([label("섬까지 얼마 들죠", "delivery-fee")], ENTRIES)
    with pytest.raises(FaqError, match="no file of labelled questions"):
        append_questions(path, lessons, ENTRIES)
    assert path.read_bytes() == content


async def test_a_question_that_nobody_can_see_does_not_stop_the_others(retriever: Retriever) -> None:
    found = await learned(
        retriever, label("\u3164", "refund"), label("\u200b", "refund"), label("문 앞까지 얼마 들죠", "delivery-fee")
    )
    assert [addition.entry_id for addition in found.additions] == ["delivery-fee"]

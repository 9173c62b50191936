"""What visitors teach: suggestions they chose and answers they liked, counted on a real file."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.conversation.database import connect_writer, writing
from service.conversation.events import Source
from service.conversation.migrations import keep_conversations, migrate
from service.conversation.sqlite import SqliteStore
from service.conversation.store import Feedback, KeyConflict, Label, NotSuggested, Opened, Pick, Repeated

from .samples import NOON, WHOLE, asked

SUGGESTIONS = (("refund-fee", "반품 배송비는요?"), ("exchange", "교환도 되나요?"))
UP, DOWN = Feedback(helpful=True), Feedback(helpful=False)


async def suggest(
    store: SqliteStore,
    exchange_id: str,
    question: str = "돌려보내면 돈 들어요",
    *,
    source: Source = "suggest",
    hours: int = 0,
) -> None:
    at = NOON + timedelta(hours=hours)
    await store.open_exchange(asked(exchange_id, question=question, asked_at=at))
    answer = replace(WHOLE, source=source, entry_id="refund-period", suggestions=SUGGESTIONS)
    await store.close_exchange(exchange_id, answer)


async def pick(store: SqliteStore, exchange_id: str, of: str, entry_id: str = "refund-fee", *, hours: int = 1) -> None:
    at = NOON + timedelta(hours=hours)
    choice = asked(exchange_id, question="반품 배송비는요?", asked_at=at, picked=Pick(of, entry_id))
    assert await store.open_exchange(choice) == Opened()
    await store.close_exchange(exchange_id, replace(WHOLE, entry_id=entry_id, suggestions=()))


def picked(
    question: str = "돌려보내면 돈 들어요", entry_id: str = "refund-fee", *, times: int = 1, hours: int = 1
) -> Label:
    return Label(question, entry_id, "picked", times, NOON + timedelta(hours=hours))


# what is kept


async def test_a_pick_comes_back_with_its_exchange(store: SqliteStore) -> None:
    await suggest(store, "e1")
    await pick(store, "p1", "e1")
    assert [exchange.picked for exchange in await store.conversation("c1")] == [None, Pick("e1", "refund-fee")]


@pytest.mark.parametrize(
    ("conversation_id", "choice"),
    [
        ("c2", Pick("e1", "refund-fee")),
        ("c1", Pick("nobody", "refund-fee")),
        ("c1", Pick("e1", "refund-period")),
        ("c1", Pick("e1", "반품 배송비는요?")),
        ("c1", Pick("open", "refund-fee")),
        ("c1", Pick("p1", "refund-fee")),
    ],
    ids=["another conversation's", "unknown exchange", "the answer", "a question", "still open", "a pick itself"],
)
async def test_what_was_not_suggested_there_is_not_kept_and_uses_no_key(
    store: SqliteStore, conversation_id: str, choice: Pick
) -> None:
    await suggest(store, "e1")
    await store.open_exchange(asked("open"))
    if choice.exchange_id == "p1":
        await pick(store, "p1", "e1")
    forged = asked("p2", conversation_id, picked=choice, idempotency_key="k", request_digest="d")
    assert await store.open_exchange(forged) == NotSuggested()
    assert await store.open_exchange(replace(forged, idempotency_key=None, request_digest=None)) == NotSuggested()
    assert await store.exchange("p2") is None
    assert await store.open_exchange(replace(forged, picked=None, request_digest="other")) == Opened()


async def test_a_pick_that_is_sent_again_is_one_exchange_and_one_label(store: SqliteStore) -> None:
    await suggest(store, "e1")
    choice = asked("p1", picked=Pick("e1", "refund-fee"), idempotency_key="k", request_digest="d")
    assert await store.open_exchange(choice) == Opened()
    await store.close_exchange("p1", WHOLE)
    again = await store.open_exchange(replace(choice, id="p2"))
    assert isinstance(again, Repeated)
    assert again.exchange.picked == choice.picked
    assert await store.open_exchange(replace(choice, id="p3", request_digest="other")) == KeyConflict()
    assert [label.times for label in await store.labels()] == [1]


async def test_a_pick_outlives_a_crash_before_its_answer_and_the_answering_anew(path: Path, tmp_path: Path) -> None:
    running = SqliteStore.open(path)
    await suggest(running, "e1")
    await running.open_exchange(asked("p1", picked=Pick("e1", "refund-fee"), asked_at=NOON + timedelta(hours=1)))
    shutil.copytree(path.parent, tmp_path / "crashed")  # as the disk is without a goodbye
    await running.close()
    after = SqliteStore.open(tmp_path / "crashed" / path.name)
    assert await after.labels() == [picked()]
    assert await after.reopen_exchange("p1")
    await after.close_exchange("p1", WHOLE)
    found = await after.exchange("p1")
    await after.close()
    assert found is not None
    assert found.picked == Pick("e1", "refund-fee")


async def test_what_was_stored_before_there_were_picks_is_still_there(path: Path, tmp_path: Path) -> None:
    today = SqliteStore.open(tmp_path / "today.db")
    await suggest(today, "e1")
    await today.close()
    path.parent.mkdir(parents=True, exist_ok=True)
    db = connect_writer(path, busy_timeout_seconds=1)
    with writing(db):
        keep_conversations(db)
        db.execute("PRAGMA user_version = 1")
    db.execute("ATTACH ? AS today", (str(tmp_path / "today.db"),))
    columns = ", ".join(f'"{column.name}"' for column in db["exchanges"].columns)
    db.execute(f"INSERT INTO main.exchanges ({columns}) SELECT {columns} FROM today.exchanges")
    db.close()
    new = SqliteStore.open(path)
    await pick(new, "p1", "e1")
    assert await new.labels() == [picked()]
    await new.close()


def test_the_picks_step_keeps_the_promises_of_the_table_it_is_added_to(tmp_path: Path) -> None:
    """SQLite writes the new columns before the table's CHECKs; a comment there must not swallow what follows."""
    db = connect_writer(tmp_path / "ondap.db", busy_timeout_seconds=1)
    migrate(db)
    schema = db["exchanges"].schema
    db.close()
    assert "/* whose suggestion the visitor chose, if this is a choice */" in schema
    assert "picked_entry_id TEXT /* and which entry that was */," in schema
    assert 'CHECK (("end" IS NULL)' in schema.partition("picked_entry_id")[2]


# what is a label


@pytest.mark.parametrize("source", ["suggest", "faq", "model"])
async def test_a_pick_gives_the_words_that_were_asked_to_the_entry_that_was_chosen(
    store: SqliteStore, source: Source
) -> None:
    """Also where the FAQ or a model had answered: the visitor says that this was not what they meant."""
    await suggest(store, "e1", source=source)
    await pick(store, "p1", "e1")
    assert await store.labels() == [picked()]


async def test_a_pick_whose_answer_got_a_thumb_down_is_no_label_until_they_change_their_mind(
    store: SqliteStore,
) -> None:
    await suggest(store, "e1")
    await pick(store, "p1", "e1")
    await store.give_feedback("p1", DOWN)
    assert await store.labels() == []
    await store.give_feedback("p1", UP)
    assert await store.labels() == [picked()]


async def test_a_pick_beside_an_answer_that_was_liked_was_curiosity(store: SqliteStore) -> None:
    await suggest(store, "e1", source="faq")
    await store.give_feedback("e1", UP)
    await pick(store, "p1", "e1")
    assert await store.labels() == [Label("돌려보내면 돈 들어요", "refund-period", "helpful", 1, NOON)]


async def test_of_several_picks_from_one_exchange_the_last_counts(store: SqliteStore) -> None:
    await suggest(store, "e1")
    await pick(store, "p1", "e1", "exchange", hours=1)
    await pick(store, "p2", "e1", "refund-fee", hours=2)
    await pick(store, "p3", "e1", "refund-fee", hours=3)
    assert await store.labels() == [picked(hours=3)]
    await store.give_feedback("p3", DOWN)
    assert await store.labels() == [], "an earlier one was left behind as well"


@pytest.mark.parametrize(
    ("source", "thumb", "expected"),
    [("faq", UP, 1), ("faq", DOWN, 0), ("faq", None, 0), ("model", UP, 0), ("suggest", UP, 0), ("agent", UP, 0)],
)
async def test_an_answer_from_the_faq_with_a_thumb_up_is_a_label(
    store: SqliteStore, source: Source, thumb: Feedback | None, expected: int
) -> None:
    await suggest(store, "e1", source=source)
    if thumb:
        await store.give_feedback("e1", thumb)
    labels = await store.labels()
    assert labels == [Label("돌려보내면 돈 들어요", "refund-period", "helpful", 1, NOON)] * expected


# how labels are counted


async def test_questions_that_matching_cannot_tell_apart_are_counted_together_in_the_newest_words(
    store: SqliteStore,
) -> None:
    for number, words in enumerate(["Return  FEE", "return fee", "ＲＥＴＵＲＮ fee\u200b"]):
        await suggest(store, f"e{number}", words)
        await pick(store, f"p{number}", f"e{number}", hours=number + 1)
    assert await store.labels() == [picked("ＲＥＴＵＲＮ fee\u200b", times=3, hours=3)]


async def test_another_entry_or_another_kind_is_another_label_and_the_most_frequent_comes_first(
    store: SqliteStore,
) -> None:
    for number, entry_id in enumerate(["exchange", "refund-fee", "refund-fee"]):
        await suggest(store, f"e{number}")
        await pick(store, f"p{number}", f"e{number}", entry_id, hours=number + 1)
    await suggest(store, "liked", source="faq", hours=9)
    await store.give_feedback("liked", UP)
    assert await store.labels() == [
        picked(times=2, hours=3),
        Label("돌려보내면 돈 들어요", "refund-period", "helpful", 1, NOON + timedelta(hours=9)),
        picked(entry_id="exchange", hours=1),
    ]


@pytest.mark.parametrize(("hours", "times"), [(0, [2]), (1, [2]), (2, [1]), (3, [])])
async def test_since_is_inclusive_and_counts_only_what_came_then(
    store: SqliteStore, hours: int, times: list[int]
) -> None:
    for number in (1, 2):
        await suggest(store, f"e{number}")
        await pick(store, f"p{number}", f"e{number}", hours=number)
    labels = await store.labels(since=NOON + timedelta(hours=hours))
    assert [label.times for label in labels] == times


async def test_words_in_which_matching_sees_nothing_teach_nothing(store: SqliteStore) -> None:
    await suggest(store, "e1", "ㅋㅋㅋ")
    await pick(store, "p1", "e1")
    assert await store.labels() == []


async def test_labels_can_be_read_beside_a_running_service(path: Path, store: SqliteStore) -> None:
    await suggest(store, "e1")
    await pick(store, "p1", "e1")
    looking = SqliteStore.open(path, read_only=True)
    assert await looking.labels() == [picked()]
    await looking.close()

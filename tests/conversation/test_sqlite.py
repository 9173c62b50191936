import asyncio
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from service.conversation.sqlite import SqliteStore
from service.conversation.store import (
    Answer,
    CalledOften,
    End,
    Escalation,
    Exchange,
    ExchangeFilter,
    Feedback,
    KeyConflict,
    Opened,
    Repeated,
    Store,
)
from service.errors import StoreError

from .samples import NOON, WHOLE, Clock, ask_and_answer, asked, waiting


async def test_it_is_a_store(store: SqliteStore) -> None:
    as_protocol: Store = store
    await as_protocol.check()


# exchanges


async def test_a_question_comes_back_open_and_then_with_every_word_of_its_answer(store: SqliteStore) -> None:
    question = asked("e1", persona="customer_support", asked_at=NOON.astimezone(timezone(timedelta(hours=9))))
    assert await store.open_exchange(question) == Opened()
    still_open = Exchange("e1", "c1", question.question, "ko", NOON, "customer_support", answer=None)
    assert await store.exchange("e1") == still_open
    await store.close_exchange("e1", WHOLE)
    assert await store.exchange("e1") == replace(still_open, answer=WHOLE, number=1)


async def test_an_answer_of_which_little_is_known_comes_back_as_it_was(store: SqliteStore) -> None:
    await store.open_exchange(asked("e1"))
    await store.close_exchange("e1", Answer("", "suggest", "failed"))
    found = await store.exchange("e1")
    assert found is not None
    assert found.answer == Answer("", "suggest", "failed")


async def test_the_first_close_wins_and_a_late_one_raises_no_escalation(store: SqliteStore) -> None:
    await store.open_exchange(asked("e1"))
    await store.close_exchange("e1", WHOLE)
    await store.close_exchange("e1", Answer("other", "model", "cut"), escalation=waiting("s1"))
    found = await store.exchange("e1")
    assert found is not None
    assert found.answer == WHOLE
    assert await store.escalations() == []


@pytest.mark.parametrize("end", ["interrupted", "abandoned", "restarted", "failed"])
async def test_an_answer_that_broke_off_is_forgotten_and_given_anew(store: SqliteStore, end: End) -> None:
    await store.open_exchange(asked("e1"))
    before = await store.exchange("e1")
    await store.close_exchange("e1", replace(WHOLE, text="수령 후", end=end))
    await store.give_feedback("e1", Feedback(helpful=False))
    assert await store.reopen_exchange("e1")
    assert await store.exchange("e1") == before
    assert not await store.reopen_exchange("e1"), "of two that reopen it at once, one answers"
    await store.close_exchange("e1", WHOLE)
    assert (await store.conversation("c1"))[0].answer == WHOLE


@pytest.mark.parametrize("end", ["complete", "cut"])
async def test_an_answer_that_came_to_its_end_is_not_forgotten(store: SqliteStore, end: End) -> None:
    await store.open_exchange(asked("e1"))
    await store.close_exchange("e1", replace(WHOLE, end=end))
    await store.reopen_exchange("e1")
    assert (await store.conversation("c1"))[0].answer == replace(WHOLE, end=end)


async def test_closing_judging_or_reopening_an_exchange_that_was_never_opened_is_an_error(store: SqliteStore) -> None:
    with pytest.raises(StoreError, match="exchange nobody is unknown"):
        await store.close_exchange("nobody", WHOLE, escalation=waiting("s1"))
    with pytest.raises(StoreError, match="exchange nobody is unknown"):
        await store.give_feedback("nobody", Feedback(helpful=True))
    with pytest.raises(StoreError, match="exchange nobody is unknown"):
        await store.reopen_exchange("nobody")
    assert await store.escalations() == []


async def test_an_id_that_is_used_twice_is_an_error_and_the_first_stays(store: SqliteStore) -> None:
    await store.open_exchange(asked("e1"))
    with pytest.raises(StoreError, match=r"exchanges\.id"):
        await store.open_exchange(asked("e1", question="다른 질문"))
    found = await store.exchange("e1")
    assert found is not None
    assert found.question == "반품은 어떻게 하나요?"


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE exchanges; --", "{{7*7}}%s${x}", "\x1b[31m\r\n", "ㅎㅏㄴ글 \u202e", "a" * 70_000]
)
async def test_any_text_is_only_text_fault_37(store: SqliteStore, text: str) -> None:
    await store.open_exchange(asked("e1", question=text))
    await store.close_exchange("e1", replace(WHOLE, text=text))
    found = await store.exchange("e1")
    assert found is not None
    assert found.answer is not None
    assert (found.question, found.answer.text) == (text, text)


async def test_half_a_surrogate_pair_is_refused_and_the_next_write_works_fault_29(store: SqliteStore) -> None:
    with pytest.raises(StoreError, match="surrogate"):
        await store.open_exchange(asked("e1", question="\ud800"))
    assert await store.open_exchange(asked("e1")) == Opened()


async def test_a_time_without_a_zone_is_refused(store: SqliteStore) -> None:
    with pytest.raises(ValueError, match="zone"):
        await store.open_exchange(asked("e1", asked_at=NOON.replace(tzinfo=None)))


async def test_the_latest_thumb_replaces_the_one_before(store: SqliteStore) -> None:
    await store.open_exchange(asked("e1"))
    await store.give_feedback("e1", Feedback(helpful=True, comment="고마워요"))
    await store.give_feedback("e1", Feedback(helpful=False))
    found = await store.exchange("e1")
    assert found is not None
    assert found.feedback == Feedback(helpful=False)


# conversations and the log


async def test_a_conversation_is_told_in_order_and_without_other_peoples_words(store: SqliteStore) -> None:
    await ask_and_answer(store, "e1", "c1")
    await ask_and_answer(store, "x1", "c2")
    await ask_and_answer(store, "e2", "c1")
    await store.open_exchange(asked("e3", "c1"))
    assert [exchange.id for exchange in await store.conversation("c1")] == ["e1", "e2", "e3"]
    assert [exchange.id for exchange in await store.recent("c1", limit=1)] == ["e2"]
    assert [exchange.id for exchange in await store.recent("c1", limit=9)] == ["e1", "e2"]
    assert await store.conversation("nobody") == []
    assert await store.exchange("nobody") is None


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        (ExchangeFilter(), ["faq-high", "faq-low", "model"]),
        (ExchangeFilter(sources=frozenset({"faq"})), ["faq-high", "faq-low"]),
        (ExchangeFilter(sources=frozenset({"faq", "model"})), ["faq-high", "faq-low", "model"]),
        (ExchangeFilter(sources=frozenset({"' OR 1=1 --"})), []),
        (ExchangeFilter(min_confidence=0.5), ["faq-high"]),
        (ExchangeFilter(max_confidence=0.4), ["faq-low"]),
        (ExchangeFilter(min_confidence=0.4, max_confidence=0.9), ["faq-high", "faq-low"]),
        (ExchangeFilter(after_number=2), ["model"]),
        (ExchangeFilter(after_number=4), []),
    ],
)
async def test_the_log_shows_what_was_chosen(store: SqliteStore, chosen: ExchangeFilter, ids: list[str]) -> None:
    await ask_and_answer(store, "faq-high", confidence=0.9)
    await ask_and_answer(store, "faq-low", confidence=0.4)
    await ask_and_answer(store, "model", source="model", confidence=None)
    await store.open_exchange(asked("open"))
    assert [exchange.id for exchange in await store.exchanges(chosen, limit=10)] == ids


async def test_an_answer_that_ends_late_is_seen_by_whoever_follows_the_log(store: SqliteStore) -> None:
    await store.open_exchange(asked("slow"))
    await ask_and_answer(store, "quick")
    (quick,) = await store.exchanges(ExchangeFilter(), limit=10)
    await store.close_exchange("slow", WHOLE)
    later = await store.exchanges(ExchangeFilter(after_number=quick.number), limit=10)
    assert [exchange.id for exchange in later] == ["slow"]


async def test_following_goes_forward_page_by_page(store: SqliteStore) -> None:
    for number in range(5):
        await ask_and_answer(store, f"e{number}")
    page = await store.exchanges(ExchangeFilter(after_number=1), limit=2)
    assert [exchange.id for exchange in page] == ["e1", "e2"]


async def test_the_log_shows_the_newest_oldest_first_and_numbers_grow_by_one(store: SqliteStore) -> None:
    for number in range(5):
        await ask_and_answer(store, f"e{number}")
    shown = await store.exchanges(ExchangeFilter(), limit=3)
    assert [(exchange.id, exchange.number) for exchange in shown] == [("e2", 3), ("e3", 4), ("e4", 5)]


# idempotency: fault 40, G16


async def test_the_same_request_again_is_a_repeat_also_under_a_new_conversation(store: SqliteStore) -> None:
    first = asked("e1", "c1", idempotency_key="k", request_digest="d")
    assert await store.open_exchange(first) == Opened()
    running = await store.open_exchange(replace(first, id="e2", conversation_id="c2"))
    assert isinstance(running, Repeated)
    assert (running.exchange.id, running.exchange.answer) == ("e1", None)
    await store.close_exchange("e1", WHOLE)
    finished = await store.open_exchange(replace(first, id="e3", conversation_id="c3"))
    assert isinstance(finished, Repeated)
    assert (finished.exchange.conversation_id, finished.exchange.answer) == ("c1", WHOLE)
    assert len(await store.exchanges(ExchangeFilter(), limit=10)) == 1


async def test_the_same_key_for_another_request_is_a_conflict(store: SqliteStore) -> None:
    first = asked("e1", idempotency_key="k", request_digest="d")
    await store.open_exchange(replace(first, conversation_id="new"))
    assert await store.open_exchange(replace(first, id="e2", request_digest="other")) == KeyConflict()
    assert await store.exchange("e2") is None


async def test_inside_a_conversation_a_key_is_that_conversations_own(store: SqliteStore) -> None:
    for conversation in ("c1", "c2"):
        await store.open_exchange(asked(f"{conversation}-first", conversation))
        follow_up = asked(f"{conversation}-next", conversation, idempotency_key="1", request_digest="d")
        assert await store.open_exchange(follow_up) == Opened()
    again = await store.open_exchange(asked("other", "c2", idempotency_key="1", request_digest="d"))
    assert isinstance(again, Repeated)
    assert again.exchange.id == "c2-next"


async def test_a_key_is_forgotten_after_24_hours_and_not_before(store: SqliteStore, clock: Clock) -> None:
    first = asked("e1", "new-1", idempotency_key="k", request_digest="d")
    await store.open_exchange(first)
    clock.now += timedelta(hours=24) - timedelta(microseconds=1)
    assert isinstance(await store.open_exchange(replace(first, id="e2", conversation_id="new-2")), Repeated)
    clock.now += timedelta(microseconds=1)
    assert await store.open_exchange(replace(first, id="e2", conversation_id="new-2")) == Opened()


async def test_a_hundred_parallel_submits_make_one_exchange(store: SqliteStore) -> None:
    submits = [asked(f"e{n}", f"c{n}", idempotency_key="k", request_digest="d") for n in range(100)]
    outcomes = await asyncio.gather(*map(store.open_exchange, submits))
    assert outcomes.count(Opened()) == 1
    assert {outcome.exchange.id for outcome in outcomes if isinstance(outcome, Repeated)} == {"e0"}


async def test_a_key_is_known_after_a_restart(path: Path) -> None:
    first = asked("e1", idempotency_key="k", request_digest="d")
    before = SqliteStore.open(path)
    await before.open_exchange(first)
    await before.close_exchange("e1", WHOLE)
    await before.close()
    after = SqliteStore.open(path)
    assert isinstance(await after.open_exchange(replace(first, id="e2", conversation_id="new")), Repeated)
    await after.close()


@pytest.mark.parametrize("lone", [{"idempotency_key": "k"}, {"request_digest": "d"}])
async def test_a_key_without_the_digest_of_its_request_is_a_mistake(store: SqliteStore, lone: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="come together"):
        await store.open_exchange(asked("e1", **lone))


# escalations


async def test_a_conversation_waits_once_and_may_wait_again_after_it_was_handled(store: SqliteStore) -> None:
    assert await store.escalate(waiting("s1")) == waiting("s1")
    assert await store.escalate(waiting("s2", reason="again")) == waiting("s1")
    assert await store.waiting_escalation("c1") == waiting("s1")
    assert await store.close_escalation("s1") is True
    assert await store.close_escalation("s1") is False
    assert await store.close_escalation("nobody") is False
    assert await store.waiting_escalation("c1") is None
    assert await store.escalate(waiting("s1")) == waiting("s1", status="closed")  # the same request, sent again
    assert await store.escalate(waiting("s3")) == waiting("s3")


async def test_a_hundred_parallel_requests_for_a_person_make_one_escalation(store: SqliteStore) -> None:
    answers = await asyncio.gather(*(store.escalate(waiting(f"s{n}")) for n in range(100)))
    assert {answer.id if isinstance(answer, Escalation) else None for answer in answers} == {"s0"}


async def test_an_answer_and_its_escalation_are_kept_together(store: SqliteStore) -> None:
    await store.open_exchange(asked("e1"))
    await store.close_exchange("e1", WHOLE, escalation=waiting("s1", exchange_id="e1"))
    assert await store.escalations() == [waiting("s1", exchange_id="e1")]


async def test_an_escalation_that_cannot_be_kept_keeps_its_answer_out_too(store: SqliteStore) -> None:
    await store.open_exchange(asked("e1"))
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        await store.close_exchange("e1", WHOLE, escalation=waiting("s1", exchange_id="nobody"))
    found = await store.exchange("e1")
    assert found is not None
    assert found.answer is None


async def test_escalations_are_listed_longest_waiting_first(store: SqliteStore) -> None:
    await store.escalate(waiting("late", "c1", requested_at=NOON + timedelta(minutes=1)))
    await store.escalate(waiting("early", "c2"))
    await store.escalate(waiting("done", "c3"))
    await store.close_escalation("done")
    assert [escalation.id for escalation in await store.escalations()] == ["early", "late"]
    assert [escalation.id for escalation in await store.escalations(status="closed")] == ["done"]
    assert [escalation.id for escalation in await store.escalations(status=None)] == ["early", "done", "late"]


async def test_a_thousand_calls_of_one_visitor_are_three_also_across_a_restart_threat_t33(
    path: Path, clock: Clock
) -> None:
    for start in range(0, 1_000, 250):
        store = SqliteStore.open(path, clock=clock)
        for number in range(start, start + 250):
            await store.escalate(waiting(f"s{number}", f"c{number}", visitor="v1"))
        assert len(await store.escalations(status=None)) == 3
        assert await store.called_often("v1")
        await store.close()


async def test_others_are_heard_and_so_is_the_visitor_the_day_after(store: SqliteStore, clock: Clock) -> None:
    for number in range(5):
        await store.escalate(waiting(f"s{number}", f"c{number}", visitor="v1"))
    assert await store.escalate(waiting("x", "c9", visitor="v1")) == CalledOften()
    assert await store.escalate(waiting("y", "c0", visitor="v1")) == waiting("s0", "c0", visitor="v1"), "it waits"
    assert await store.escalate(waiting("other", "c10", visitor="v2")) == waiting("other", "c10", visitor="v2")
    assert await store.escalate(waiting("nobody", "c11")) == waiting("nobody", "c11")
    assert not await store.called_often("v2")
    clock.now += timedelta(hours=24)
    assert not await store.called_often("v1")
    assert await store.escalate(waiting("x", "c9", visitor="v1", requested_at=clock.now)) != CalledOften()


async def test_a_closed_escalation_counts_for_the_day(store: SqliteStore) -> None:
    for number in range(3):
        await store.escalate(waiting(f"s{number}", visitor="v1"))
        await store.close_escalation(f"s{number}")
    assert await store.escalate(waiting("s3", visitor="v1")) == CalledOften()


async def test_an_answer_is_kept_also_where_its_escalation_is_one_too_many(store: SqliteStore) -> None:
    for number in range(3):
        await store.escalate(waiting(f"s{number}", f"c{number}", visitor="v1"))
    await store.open_exchange(asked("e1", "c9"))
    one_more = waiting("s9", "c9", visitor="v1", exchange_id="e1")
    assert await store.close_exchange("e1", WHOLE, escalation=one_more) == CalledOften()
    found = await store.exchange("e1")
    assert found is not None
    assert found.answer == WHOLE


async def test_a_summary_is_kept_and_replaced(store: SqliteStore) -> None:
    await store.escalate(waiting("s1"))
    for summary in ("하나\n둘\n셋", "넷\n다섯\n여섯"):
        await store.summarise("s1", summary)
        assert await store.waiting_escalation("c1") == waiting("s1", summary=summary)
    await store.summarise("nobody", "x")

"""What is true of an answer once it has ended: who was called, and what a visitor may believe."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from service.conversation.answering import Answerer
from service.conversation.draft import CALLED_BY_MODEL, Draft, Question, Visitor
from service.conversation.events import Done, Event, Failed
from service.conversation.messages import LOCALES, Messages
from service.conversation.sqlite import SqliteStore
from service.conversation.store import Answer, CalledOften, End, Escalation
from service.desk.configured import desk_from
from service.desk.desk import Desk
from service.errors import StoreBusy
from service.generation.completion import Ending
from service.generation.persona.personas import load_personas
from service.generation.tokens import Usage
from service.resources import bundled
from service.retrieval.retriever import Retriever
from service.settings import Settings
from service.web.security import new_id
from tests.fakes import FakeCompleter

from .samples import NOON

UNKNOWN = "자전거 체인도 갈아 주시나요?"
PERSON = "상담원 연결해 주세요"


class Running:
    stopped_as: End = "abandoned"


class Promising:
    """Called a person, as it says, and says so."""

    model = "fake-1"

    async def texts(self, draft: Draft, *_: Any) -> AsyncGenerator[str, None]:
        draft.calls_for = CALLED_BY_MODEL + "수리 문의"
        yield "상담원에게 전달했어요."
        draft.ending = Ending("stop", Usage(1, 1), self.model)


class Counting:
    """A desk that counts, around the real one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.heard: list[Escalation] = []

    def called(self, escalation: Escalation, *told: Any) -> None:
        self.heard.append(escalation)
        self._desk.called(escalation, *told)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)


class Shop:
    def __init__(self, path: Path, retriever: Retriever, make: Callable[..., Any] = SqliteStore.open) -> None:
        settings = Settings(_env_file=None, personas=("json_extractor",))
        self.store = make(path / "ondap.db")
        self.desk = Counting(desk_from(settings, self.store, retriever, None))
        self.answerer = Answerer(
            store=self.store,
            retriever=retriever,
            messages=Messages.load({locale: bundled("templates") / f"messages/{locale}.yaml" for locale in LOCALES}),
            personas=load_personas(settings),
            default_persona="customer_support",
            completing=Promising(),  # type: ignore[arg-type]
            desk=self.desk,
            new_id=new_id,
        )

    async def asked(self, text: str, *, conversation: str | None = None) -> Question:
        question = Question(new_id(), conversation or new_id(), text, "ko", is_new=True, visitor=Visitor("v1"))
        opened = await self.answerer.open(question)
        assert isinstance(opened, Question)
        return opened

    async def hears(self, text: str, *, conversation: str | None = None) -> list[Event]:
        question = await self.asked(text, conversation=conversation)
        return [event async for event in self.answerer.answer(question, Running())]

    async def close(self) -> None:
        await self.desk._desk.close()
        await self.store.close()


class Full(SqliteStore):
    async def close_exchange(self, *_: Any, **__: Any) -> Escalation | CalledOften | None:
        raise StoreBusy("full")


class Slow(SqliteStore):
    """Is asked to keep an answer, and takes its time."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()

    async def close_exchange(
        self, exchange_id: str, answer: Answer, *, escalation: Escalation | None = None
    ) -> Escalation | CalledOften | None:
        kept = await super().close_exchange(exchange_id, answer, escalation=escalation)
        self.asked.set()
        await self.goes_on.wait()
        return kept


async def test_a_model_that_said_a_person_was_told_is_corrected_where_none_was(
    tmp_path: Path, retriever: Retriever
) -> None:
    shop = Shop(tmp_path, retriever)
    ends = [(await shop.hears(UNKNOWN))[-1] for _ in range(4)]
    assert [isinstance(end, Done) and end.escalated for end in ends] == [True] * 3 + [False]
    assert isinstance(ends[-1], Failed)
    assert (ends[-1].code, ends[-1].retryable) == ("called_often", False)
    await shop.close()


async def test_nor_is_it_believed_while_nothing_can_be_stored(tmp_path: Path, retriever: Retriever) -> None:
    shop = Shop(tmp_path, retriever, Full.open)
    end = (await shop.hears(UNKNOWN))[-1]
    assert isinstance(end, Failed)
    assert end.code == "escalation_not_recorded"
    await shop.close()


async def test_two_questions_at_once_call_one_person(tmp_path: Path, retriever: Retriever) -> None:
    """The desk hears of what is on disk, not of what was wished."""
    shop = Shop(tmp_path, retriever)
    first = await shop.asked(PERSON, conversation="c1")
    second = await shop.asked(PERSON, conversation="c1")

    async def answered(question: Question) -> Event:
        return [event async for event in shop.answerer.answer(question, Running())][-1]

    ends = await asyncio.gather(answered(first), answered(second))
    assert [isinstance(end, Done) and end.escalated for end in ends] == [True, True]
    assert [one.id for one in shop.desk.heard] == [one.id for one in await shop.store.escalations(status=None)]
    await shop.close()


async def test_what_somebody_else_has_ended_calls_nobody(tmp_path: Path, retriever: Retriever) -> None:
    shop = Shop(tmp_path, retriever)
    question = await shop.asked(PERSON)
    await shop.store.close_exchange(question.exchange_id, Answer("", None, "restarted"))
    end = [event async for event in shop.answerer.answer(question, Running())][-1]
    assert isinstance(end, Failed)
    assert shop.desk.heard == []
    await shop.close()


async def test_a_reader_who_leaves_while_it_is_written_hides_no_escalation(
    tmp_path: Path, retriever: Retriever
) -> None:
    """It is on disk by then: its notice and its summary have to follow."""
    shop = Shop(tmp_path, retriever, Slow.open)
    question = await shop.asked(PERSON)

    async def read() -> None:
        async for _ in shop.answerer.answer(question, Running()):
            pass

    reading = asyncio.create_task(read())
    await shop.store.asked.wait()
    reading.cancel()
    await asyncio.sleep(0)
    shop.store.goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(shop.desk.heard) == 1
    await shop.close()


@pytest.mark.parametrize("text", [f"컵이 깨져서 왔어요. {PERSON}", "향초를 켜다가 손을 데었어요.", "소송 준비합니다"])
async def test_what_is_to_become_a_document_is_no_word_to_us(tmp_path: Path, retriever: Retriever, text: str) -> None:
    """`wants_person` is a field of it; a sentence of ours in front of it would be no JSON."""
    shop = Shop(tmp_path, retriever)
    question = Question(new_id(), new_id(), text, "ko", is_new=True, persona="json_extractor")
    opened = await shop.answerer.open(question)
    assert isinstance(opened, Question)
    meta, *_, end = [event async for event in shop.answerer.answer(opened, Running())]
    assert (meta.source, end.said_first) == ("model", None)  # type: ignore[union-attr]
    await shop.close()


async def test_a_doubt_that_is_still_with_the_model_calls_a_person_when_the_service_stops(
    tmp_path: Path, retriever: Retriever
) -> None:
    """The model's silence keeps a concern, also the silence of one that is not waited for any longer."""
    store = SqliteStore.open(tmp_path / "ondap.db")
    desk = desk_from(Settings(_env_file=None), store, retriever, FakeCompleter(end=None))
    question = Question("e1", "c1", "너무 실망이에요", "ko", is_new=True)
    desk.look_again(question, Draft(question).known, Escalation("s1", "c1", "concern:anger", NOON))
    await asyncio.sleep(0)
    await desk.close()
    assert [one.id for one in await store.escalations()] == ["s1"]
    await store.close()

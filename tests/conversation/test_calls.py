"""How often a visitor may call a person, from the question to the sentence they read."""

from datetime import UTC, datetime
from pathlib import Path

from service.conversation.answering import Answerer
from service.conversation.draft import Question, Visitor
from service.conversation.events import Done
from service.conversation.messages import LOCALES, Messages
from service.conversation.sqlite import SqliteStore
from service.conversation.store import CalledOften, End, Escalation
from service.desk.configured import desk_from
from service.generation.persona.personas import load_personas
from service.resources import bundled
from service.retrieval.retriever import Retriever
from service.settings import Settings
from service.web.security import new_id


class Running:
    stopped_as: End = "abandoned"


async def test_who_calls_too_often_is_told_that_the_request_is_with_the_team_threat_t33(
    tmp_path: Path, retriever: Retriever
) -> None:
    store = SqliteStore.open(tmp_path / "ondap.db")
    settings = Settings(_env_file=None)
    desk = desk_from(settings, store, retriever, None)
    answerer = Answerer(
        store=store,
        retriever=retriever,
        messages=Messages.load({locale: bundled("templates") / f"messages/{locale}.yaml" for locale in LOCALES}),
        personas=load_personas(settings),
        default_persona="customer_support",
        completing=None,
        desk=desk,
        new_id=new_id,
    )
    done = []
    for number in range(20):
        question = Question(
            f"e{number}", f"c{number}", "상담원 연결해 주세요", "ko", is_new=True, visitor=Visitor("v1")
        )
        opened_question = await answerer.open(question)
        assert isinstance(opened_question, Question)
        done.append([event async for event in answerer.answer(opened_question, Running())][-1])
    assert all(isinstance(event, Done) for event in done)
    assert [event.escalated for event in done if isinstance(event, Done)] == [True] * 3 + [False] * 17
    assert "이미 담당자에게 전달" in done[-1].answer  # type: ignore[union-attr]
    assert len(await store.escalations(status=None)) == 3
    await desk.close()
    await store.close()


async def test_who_shares_an_address_with_callers_and_is_in_danger_is_heard(tmp_path: Path) -> None:
    """T33 bounds the queue, not help."""
    store = SqliteStore.open(tmp_path / "ondap.db")

    async def call(number: int, reason: str) -> Escalation | CalledOften:
        return await store.escalate(Escalation(f"s{number}", f"c{number}", reason, datetime.now(UTC), visitor="v1"))

    asked = [await call(number, "visitor_asked") for number in range(4)]
    assert [isinstance(each, CalledOften) for each in asked] == [False] * 3 + [True]
    danger = [await call(number, "concern:safety") for number in range(4, 40)]
    assert [isinstance(each, CalledOften) for each in danger] == [False] * 27 + [True] * 9
    await store.close()

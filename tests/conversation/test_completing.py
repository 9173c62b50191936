"""What a model says to a visitor, with everything around it."""

from pathlib import Path

import pytest

from service.conversation.completing import Completing
from service.conversation.draft import Background, Draft, Question
from service.conversation.sqlite import SqliteStore
from service.generation.message import Turn
from service.generation.persona.persona import Persona
from service.generation.persona.prompt import Prompt
from service.generation.persona.summary import Summaries
from service.resources import bundled
from tests.fakes import FakeCompleter

SUMMARY = Prompt.load("conversation", bundled("templates") / "summary")


@pytest.fixture
def persona(tmp_path: Path) -> Persona:
    (tmp_path / "own.j2").write_text("---\nsummarise: true\nhistory_tokens: 10\n---\nYou help.", encoding="utf-8")
    return Persona.load("own", tmp_path)


async def test_a_summary_is_on_the_bill_of_the_answer_it_was_made_for(store: SqliteStore, persona: Persona) -> None:
    completer = FakeCompleter("주차는 됩니다.")
    completing = Completing(completer=completer, store=store, toolbox=None, summaries=Summaries(SUMMARY))
    turns = (Turn("배송비는 얼마예요?", "배송비는 3,000원이에요."), Turn("제주도는요?", "제주도도 같아요."))
    draft = Draft(Question("e1", "c1", "주차되나요?", "ko", is_new=False), Background(told=turns))
    assert [text async for text in completing.texts(draft, persona, [])]
    assert [asked.bill is draft.bill for asked in completer.requests] == [True, True]

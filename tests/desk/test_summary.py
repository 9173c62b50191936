"""Three lines for whoever takes over."""

from dataclasses import replace

import pytest

from service.conversation.messages import Locale
from service.conversation.sqlite import SqliteStore
from service.conversation.store import Answer, Escalation, Exchange, Feedback
from service.desk.summarising import Summariser, sound
from service.desk.summary import SummaryWords, summary_of
from service.errors import UpstreamUnavailable
from service.generation.persona.prompt import Prompt
from service.resources import bundled
from tests.conversation.conftest import clock, path, store  # noqa: F401 - fixtures
from tests.conversation.samples import NOON, WHOLE, ask_and_answer, waiting
from tests.fakes import FakeCompleter

TITLES = {"refund-period": "반품은 언제까지 되나요?"}
CALLED = Escalation("s1", "c1", "concern:anger", NOON, exchange_id="e2")


def words(locale: Locale = "ko") -> SummaryWords:
    return SummaryWords.load(locale, None, title=TITLES.get)


def exchange(number: int, question: str, answer: Answer | None = WHOLE, feedback: Feedback | None = None) -> Exchange:
    return Exchange(f"e{number}", "c1", question, "ko", NOON, None, answer, feedback)


SUGGESTED = replace(WHOLE, source="suggest", entry_id=None)
TALK = [
    exchange(1, "반품 되나요", feedback=Feedback(helpful=False, comment="{words} 제 번호 010-1234-5678")),
    exchange(2, "화가 나네요 010-1234-5678로 전화 주세요", SUGGESTED),
]


def test_it_says_what_was_wanted_what_was_tried_and_how_it_stands() -> None:
    assert summary_of(CALLED, TALK, words()).splitlines() == [
        "원하는 것: “화가 나네요 [전화번호]로 전화 주세요”",
        "해 본 것: FAQ 답변 「반품은 언제까지 되나요?」 · 제안 「반품 배송비는요?」 「교환도 되나요?」 · 👍 0 👎 1",
        "지금: 화가 나 있음 (손님 의견: “｛words｝ 제 번호 [전화번호]”). 마지막 질문에 FAQ 답이 없었음",
    ]
    assert summary_of(CALLED, TALK, words("en")).splitlines()[2].startswith("Now: angry (they wrote:")


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("visitor_asked", "사람을 찾음 (손님 의견"),
        ("visitor_asked: 급해요", "사람을 찾음 (“급해요”) (손님 의견"),
        ("entry:refund-period", "「반품은 언제까지 되나요?」"),
        ("entry:gone", "「gone」"),
        ("concern:safety", "다쳤거나 위험하다고 함"),
        ("concern:other", "사람에게 넘김"),
        ("something else", "사람에게 넘김"),
    ],
)
def test_every_reason_has_words(reason: str, says: str) -> None:
    assert says in summary_of(replace(CALLED, reason=reason), TALK, words()).splitlines()[2]


@pytest.mark.parametrize("locale", ["ko", "en"])
@pytest.mark.parametrize(
    "exchanges",
    [
        [],
        [exchange(1, "상담원 연결해 주세요", replace(WHOLE, source="agent", entry_id=None))],
        [exchange(1, "열린\n질문\r\n\u2028여럿", None)],
        [exchange(1, "가" * 5_000, replace(WHOLE, source="model", end="interrupted"))],
    ],
)
def test_it_is_always_three_lines(exchanges: list[Exchange], locale: Locale) -> None:
    lines = summary_of(CALLED, exchanges, words(locale)).splitlines()
    assert len(lines) == 3
    assert all(0 < len(line) < 500 for line in lines)


def test_of_who_only_asks_for_a_person_it_tells_the_question_before() -> None:
    talk = [exchange(1, "반품 되나요"), exchange(2, "상담원 연결해 주세요")]
    assert summary_of(CALLED, talk, words()).splitlines()[0] == "원하는 것: “반품 되나요”"


# in a model's words

SOURCE = "주문 20261120, 3,000원 환불"
GOOD = "환불을 원함\n안내를 읽음\n화가 남"


@pytest.mark.parametrize(
    ("reply", "holds"),
    [
        (GOOD, True),
        ("3,000원 환불\n\n주문 20261120\n 화남 ", True),
        ("한 줄", False),
        ("가\n나\n다\n라", False),
        ("5,000원 환불\n나\n다", False),
        ("내일 3시까지\n나\n다", False),
        ("https://evil.example\n나\n다", False),
        ("가\n나\n" + "다" * 300, False),
        ("가\x1b[31m\n나\n다", False),
        ("", False),
    ],
)
def test_a_models_wording_holds_or_is_thrown_away(reply: str, holds: bool) -> None:
    found = sound(reply, SOURCE)
    assert (found is not None) is holds
    assert found is None or len(found.splitlines()) == 3


def summariser(store: SqliteStore, completer: FakeCompleter | None = None) -> Summariser:  # noqa: F811
    prompt = Prompt.load("summary", bundled("templates") / "desk")
    return Summariser(store, words(), completer=completer, instructions=prompt, seconds=0.05)


@pytest.mark.parametrize(
    ("completer", "first"),
    [
        (None, "원하는 것: “반품은 어떻게 하나요?”"),
        (FakeCompleter(GOOD), "환불을 원함"),
        (FakeCompleter("무료 쿠폰 99장\n나\n다"), "원하는 것: “반품은 어떻게 하나요?”"),
        (FakeCompleter(end=UpstreamUnavailable("down")), "원하는 것: “반품은 어떻게 하나요?”"),
        (FakeCompleter("환불", end=None), "원하는 것: “반품은 어떻게 하나요?”"),
    ],
    ids=["no model", "sound", "invented", "down", "silent"],
)
async def test_it_is_stored_with_the_escalation(
    store: SqliteStore,  # noqa: F811
    completer: FakeCompleter | None,
    first: str,
) -> None:
    await ask_and_answer(store, "e1")
    raised = await store.escalate(waiting("s1", reason="visitor_asked"))
    assert isinstance(raised, Escalation)
    await summariser(store, completer).write(raised)
    (kept,) = await store.escalations()
    assert kept.summary is not None
    assert kept.summary.splitlines()[0] == first


async def test_a_store_that_cannot_write_now_stops_nothing(store: SqliteStore) -> None:  # noqa: F811
    await store.close()
    await summariser(store).write(CALLED)

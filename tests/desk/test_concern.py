"""What worries about a message, and what does not."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.bench.escalations import measure
from service.conversation.draft import Background
from service.conversation.store import Answer, Exchange, Feedback
from service.desk.concern.concern import concern_in
from service.desk.concern.reading import readable
from service.desk.concern.rules import Kind, load_rules
from service.errors import FaqError
from service.generation.message import Turn
from tests.conversation.samples import NOON, WHOLE

from . import fresh
from .sentences import EN, KO

EVAL = Path(__file__).parents[3] / "shared" / "eval"
WORRYING = [(kind, text) for table in (KO, EN) for kind, texts in table.items() if kind for text in texts]
HARMLESS = [text for table in (KO, EN) for text in table[None]]


@pytest.mark.parametrize(("kind", "text"), WORRYING)
def test_what_worries_is_heard(kind: Kind, text: str) -> None:
    concern = concern_in(text)
    assert concern is not None
    assert concern.evidence
    assert all(len(each) <= 60 for each in concern.evidence)
    assert 0.5 <= concern.certainty <= 1


def test_nine_in_ten_are_of_the_kind_they_were_written_for() -> None:
    heard = [(concern_in(text), kind) for kind, text in WORRYING]
    assert sum(concern is not None and concern.kind == kind for concern, kind in heard) >= 0.9 * len(heard)


@pytest.mark.parametrize("text", [*HARMLESS, "", "?!", "ㅋㅋㅋ", "🙂", "|||", "a" * 65_536])
def test_ordinary_words_are_not(text: str) -> None:
    assert concern_in(text) is None


def test_sentences_written_after_the_rules_are_nearly_all_judged_rightly() -> None:
    worrying = (*fresh.KO_WORRYING, *fresh.EN_WORRYING, *fresh.KO_WORRYING_2, *fresh.EN_WORRYING_2)
    harmless = (*fresh.KO_HARMLESS, *fresh.EN_HARMLESS, *fresh.KO_HARMLESS_2, *fresh.EN_HARMLESS_2)
    missed = [text for text in worrying if concern_in(text) is None]
    false = [text for text in harmless if concern_in(text)]
    assert len(missed) <= 3, missed
    assert len(false) <= 2, false


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("화난 건 아니고 문의드려요", None),
        ("화가 나네요", "anger"),
        ("고소하겠다는 건 아니고요", None),
        ("고소하겠습니다", "legal"),
        ("I'm not trying to be angry", None),
        ("I am angry", "anger"),
        ('a review said "total scam", why?', None),
        ("this is a total scam", "anger"),
        ("후기에 사기라는 말이 있던데요", None),
        ("if it burns my hand, who pays?", None),
        ("it burned my hand", "safety"),
        ("죽겠네 더워서", None),
        ("화가 나서 소비자원에 신고하겠습니다. 손도 데었어요", "safety"),  # the most pressing of three
    ],
)
def test_denial_report_and_the_conditional_make_the_difference(text: str, kind: Kind | None) -> None:
    concern = concern_in(text)
    assert (concern and concern.kind) == kind


def test_spaces_width_and_apostrophes_do_not_matter() -> None:
    for text in (
        "소비자원에신고하겠습니다",
        "소비자원 에 신고 하 겠습니다",
        "Ｉ ａｍ ａｎｇｒｙ",
        "that didn’t answer my question",
    ):
        assert concern_in(text), text


@pytest.mark.parametrize(
    "piece",
    ["두번 이나 ", "my my hand ", "not a ", "배터리가 ", '"', "'a ", "(((|", "ㅅ", "! ", "keep ", "건 아니 ", "<a "],
)
def test_sixty_four_kibibytes_of_anything_take_less_than_50_ms(piece: str) -> None:
    concern_in("기다려요 wait")  # the phrases are compiled once
    message = (piece * 65_536)[:65_536]
    best = min(_seconds(message) for _ in range(3))
    assert best < 0.05


def _seconds(message: str) -> float:
    began = time.process_time()
    concern_in(message)
    return time.process_time() - began


def test_the_end_of_a_long_message_is_read_too() -> None:
    assert concern_in("안녕하세요. " * 5_000 + "법적 대응 하겠습니다")


def test_what_stands_in_quotation_marks_is_another_ones() -> None:
    assert readable("「최악」이라고 써 있던데") == "이라고 써 있던데"
    assert concern_in("'이따위로 장사하지 마세요'"), "unless there is nothing else"


# the conversation


def exchange(question: str, answer: Answer = WHOLE, *, helpful: bool | None = None) -> Exchange:
    feedback = None if helpful is None else Feedback(helpful)
    return Exchange("e", "c1", question, "ko", NOON, None, answer, feedback)


SUGGESTED = replace(WHOLE, source="suggest", entry_id=None)
ASK = "적립금은 언제 들어오나요"


@pytest.mark.parametrize(
    ("history", "evidence"),
    [
        (Background(), None),
        (Background((exchange("적립금 언제 들어오나요?"),)), ("history:asked_again",)),
        (Background((exchange("배송비는 얼마예요"),)), None),
        (Background((exchange("배송비는 얼마예요", helpful=False),)), None),
        (Background((exchange("하나", helpful=False), exchange("둘", helpful=False))), ("history:thumbs_down",)),
        (Background(tuple(exchange(word, SUGGESTED) for word in "가나다")), ("history:unanswered",)),
        (Background((exchange("가", SUGGESTED), exchange("나", SUGGESTED), exchange("다"))), None),
        (Background(told=(Turn(ASK, "곧 들어와요"),)), ("history:asked_again",)),
    ],
)
def test_the_conversation_tells_that_nothing_helped(history: Background, evidence: tuple[str, ...] | None) -> None:
    concern = concern_in(ASK, history=history)
    assert (concern and concern.evidence) == evidence
    assert concern is None or (concern.kind == "repeated_failure" and concern.only_from_history)


def test_who_says_thanks_is_not_asking_again() -> None:
    hopeless = Background(tuple(exchange(word, SUGGESTED) for word in "가나다라"))
    assert concern_in("네 감사합니다", history=hopeless) is None
    assert concern_in("ok thanks", history=hopeless) is None


# the phrases


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kinds: {anger: {sure: ['(boo']}}", "cannot be read"),
        ("kinds: {anger: {sure: ['<nobody> boo']}}", "names the list 'nobody'"),
        ("kinds: {envy: {sure: [boo]}}", "'envy' is none of"),
        ("kinds: {anger: {surely: [boo]}}", "'surely' is none of"),
        ("kinds: {anger: {sure: boo}}", "must be a list"),
        ("kinds: [anger]", "must hold names"),
        ("- boo", "named lists"),
    ],
)
def test_a_mistake_in_a_file_of_phrases_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "en.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaqError, match=says):
        load_rules(path, language="en")


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("kettle ... hot", "kettle is too hot", True),
        ("kettle ... hot", "kettle is not at all so very hot", False),
        ("kettle ... hot", "kettle | hot", False),
        ("burn*", "burning", True),
        ("burn", "burning", False),
        ("(a |an )?fire$", "a fire | no", True),
        ("a.b", "axb", False),  # everything else is itself
        ("[a-z]", "b", False),
    ],
)
def test_a_phrase_finds_what_it_says(tmp_path: Path, phrase: str, text: str, found: bool) -> None:
    path = tmp_path / "en.yaml"
    path.write_text(f"kinds:\n  anger:\n    sure:\n      - '{phrase}'\n", encoding="utf-8")
    rules = load_rules(path, language="en")
    assert bool(rules.kinds["anger"].by_strength["sure"].found(text)) is found


@pytest.mark.parametrize("name", ["ko_shop", "en_shop"])
def test_the_goal_holds_on_labelled_messages(name: str) -> None:
    path = EVAL / name / "escalate.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} is not here: labelled messages are kept outside the project")
    figures = measure(path)
    assert figures.precision is not None
    assert figures.recall is not None
    assert figures.precision >= 0.90
    assert figures.recall >= 0.85

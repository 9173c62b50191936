"""A decision in words, in both languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from service.conversation.account import GRAMMAR, Wording, percent, wordings
from service.conversation.messages import LOCALES, Locale
from service.errors import SettingsError
from service.resources import template_file
from service.retrieval.calibration import Quality
from service.retrieval.concepts import SameWord
from service.retrieval.contrast.guard import Conflict
from service.retrieval.decision import decide
from service.retrieval.retriever import Retrieval
from service.retrieval.why import explain
from tests.retrieval.samples import BY_SCORE, match
from tests.retrieval.test_why import CASES, NEXT, OPPOSITE, retrieval

WORDINGS = wordings(None)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("found", [found for found, _, _ in CASES], ids=[cause for _, cause, _ in CASES])
def test_every_decision_can_be_told_with_nothing_left_blank(found: Retrieval, locale: Locale) -> None:
    account = WORDINGS[locale].account(explain("환불 언제", found))
    assert account.sentences[0] == account.headline
    assert all("{" not in sentence and "“”" not in sentence for sentence in account.sentences)


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("ko", "fee 항목은 뜻이 반대입니다. 질문에는 “끄기”, 항목에는 “켜기”."),
        ("en", "fee says the opposite: the question says “끄기”, the entry says “켜기”."),
    ],
)
def test_a_verdict_names_both_words(locale: Locale, sentence: str) -> None:
    why = explain("q", retrieval(match(0.5), NEXT, conflicts={"fee": OPPOSITE}))
    assert sentence in WORDINGS[locale].account(why).because


def test_each_kind_of_grammar_is_told_in_a_sentence_of_its_own() -> None:
    told = set()
    for axis in (*GRAMMAR, "power"):
        why = explain("q", retrieval(match(0.5), NEXT, conflicts={"fee": Conflict(axis, "a", "b")}))
        told.add(WORDINGS["ko"].account(why).because[-1])
    assert len(told) == len(GRAMMAR) + 1


def test_what_is_missing_is_told_in_points_with_what_to_add() -> None:
    why = explain("배송비 얼마", retrieval(match(0.5), NEXT, read_as=("배송비 얼마",)))
    advice = WORDINGS["en"].account(why).advice
    assert advice == (
        "That is 20 points short of 70%. If refund is right, add “배송비 얼마” to its variants and run `ondap reindex`."
    )


def test_a_threshold_somebody_set_is_not_said_to_be_learned() -> None:
    learned = WORDINGS["en"].account(explain("q", retrieval(match(0.5), NEXT))).basis
    assert learned[0] == "Answers begin at 70%, learned so that 95% of direct answers are right."
    assert "few phrasings" in learned[1]
    own = WORDINGS["en"].account(explain("q", retrieval(match(0.5), NEXT, threshold=0.4))).basis
    assert own == ("Answers begin at 40% because ONDAP_THRESHOLD says so; learned from your FAQ it would be 70%.",)


@pytest.mark.parametrize(
    ("quality", "told"),
    [
        (Quality(500, 0, 0.1, 0.01, (0.4, 0.5, 0.6), (0.9, 0.95, 0.97)), "50% were answered at once, and 95% of these"),
        (Quality(500, 0, 0.1, 0.01, (0.0, 0.0, 0.01), None), "of none was it that sure"),
    ],
)
def test_how_sure_the_threshold_itself_is(quality: Quality, told: str) -> None:
    calibration = replace(BY_SCORE, quality=quality, own_share=0.9)
    decision = decide([NEXT], calibration=calibration)
    found = Retrieval((NEXT,), decision, calibration, "v1", "offline:1", {}, ("q",))
    basis = WORDINGS["en"].account(explain("q", found)).basis
    assert len(basis) == 2, "a threshold of its own rests on nobody else's"
    assert told in basis[1]


def test_repairs_synonyms_and_earlier_questions_are_told() -> None:
    found = retrieval(match(0.5), NEXT, read_as=("배송 제주는요", "배송비 배송 제주는요"))
    why = explain("qothd 제주는요", found, same_words=[SameWord("택배비", "배송비")])
    assert WORDINGS["ko"].account(why).because[1:] == (
        "고쳐 읽은 말: “qothd” → “배송”",
        "앞 질문에 이어지는 말이어서 이렇게도 읽었습니다: “배송비 배송 제주는요”",
        "동의어 목록에 따라 같은 말로 봤습니다: 질문의 “택배비”, FAQ의 “배송비”",
    )


@pytest.mark.parametrize(("share", "told"), [(0.0, "0%"), (0.864, "86%"), (0.9962, "99%"), (1.0, "99%")])
def test_nothing_is_said_to_be_certain(share: float, told: str) -> None:
    assert percent(share) == told


class TestSentencesOfATeam:
    @pytest.fixture
    def own(self, tmp_path: Path) -> Path:
        (tmp_path / "why").mkdir()
        written = tmp_path / "why/ko.yaml"
        written.write_text(template_file("why/ko.yaml", None).read_text(encoding="utf-8"), encoding="utf-8")
        return written

    def test_take_the_place_of_ours(self, own: Path, tmp_path: Path) -> None:
        own.write_text(
            own.read_text(encoding="utf-8").replace("label_basis: 근거", "label_basis: 까닭"), encoding="utf-8"
        )
        assert Wording.load("ko", tmp_path).label("basis") == "까닭"
        assert Wording.load("en", tmp_path).label("basis") == "What it rests on"

    @pytest.mark.parametrize("name", ["{nobody}", "{sure.__class__}", "{0}", "{"])
    def test_may_ask_only_for_what_there_is(self, own: Path, tmp_path: Path, name: str) -> None:
        own.write_text(
            own.read_text(encoding="utf-8").replace("label_basis: 근거", f'label_basis: "{name}"'), encoding="utf-8"
        )
        with pytest.raises(SettingsError, match=r"ko\.yaml: 'label_basis'"):
            Wording.load("ko", tmp_path)

    def test_are_complete(self, own: Path, tmp_path: Path) -> None:
        own.write_text("answer: 답\n", encoding="utf-8")
        with pytest.raises(SettingsError, match="'ask' is missing"):
            Wording.load("ko", tmp_path)

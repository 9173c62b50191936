"""Texts looked at through synonyms, with Kiwi and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.knowledge.entry import FaqEntry
from service.knowledge.synonyms import NO_SYNONYMS, Synonyms, SynonymsFile
from service.retrieval.analysis import full_analysis
from service.retrieval.concepts import Concepts, Cut, SameWord, forms_of, morpheme_units, word_units
from service.retrieval.embedders import OfflineEmbedder
from service.retrieval.index import FaqIndex
from service.retrieval.morphology import Morphology
from service.retrieval.text import MATCHED_CHARACTERS, fold

SYNONYMS = Synonyms(
    (
        ("환불", "리펀드", "돈 돌려받기", "refund", "money back"),
        ("반품", "리턴", "return", "send back"),
        ("회원 가입", "sign up", "create an account"),
        ("회원", "member"),
        ("비밀번호", "비번", "password"),
        ("이중 인증", "2FA", "two factor authentication"),
        ("이용 약관", "T&C"),
        ("배송", "delivery"),
        ("배송비", "shipping fee"),
        ("앱", "app"),
    )
)
REFUND, RETURN, JOIN, MEMBER, PASSWORD, TWO_FACTOR, TERMS, DELIVERY, FEE, APP = range(10)

MORPHOLOGY = Morphology()
CUTS: dict[str, Cut] = {"kiwi": morpheme_units(MORPHOLOGY), "words": word_units}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("환불", [REFUND]),
        ("환불을 언제 받나요", [REFUND]),
        ("환불받고 싶어요", [REFUND]),
        ("리펀드 해주세요", [REFUND]),
        ("돈을 돌려받고 싶어요", [REFUND]),
        ("I was refunded twice, both refunds came", [REFUND, REFUND]),
        ("I want my money back", [REFUND]),
        ("MONEY-BACK", [REFUND]),
        ("refund 언제 돼요", [REFUND]),
        ("리턴하고 refund 받기", [RETURN, REFUND]),
        ("sent it", []),
        ("returning it", [RETURN]),
        ("회원가입", [JOIN]),
        ("회원 가입은 어디서", [JOIN]),
        ("signup", [JOIN]),
        ("how do I create an account?", [JOIN]),
        ("회원만 되나요", [MEMBER]),
        ("비번이 뭐였죠", [PASSWORD]),
        ("2fa 켜기", [TWO_FACTOR]),
        ("t&c", [TERMS]),
        ("배송비는 얼마", [FEE]),
        ("배송은 언제", [DELIVERY]),
        ("앱이 안 열려요", [APP]),
        ("날씨 좋네요", []),
        ("", []),
    ],
)
def test_expressions_are_found_in_their_forms_the_longest_first(cut: Cut, text: str, groups: list[int]) -> None:
    assert Concepts(SYNONYMS, cut).groups(fold(text)) == groups


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_two_ways_to_say_it_have_the_same_terms(cut: Cut) -> None:
    concepts = Concepts(SYNONYMS, cut)
    assert concepts.terms(fold("비번 리펀드")) == concepts.terms(fold("Password money back")) == ["#4", "#0"]


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize(
    ("asked", "written", "pairs"),
    [
        ("리펀드를 받고 싶어요", "환불은 언제 되나요?", [("리펀드", "환불")]),
        ("Passwords and money back", "비번 환불", [("password", "비번"), ("money back", "환불")]),
        ("환불 언제", "환불은 언제 되나요?", []),
        ("리펀드 언제", "배송은 언제 되나요?", []),
        ("", "환불", []),
    ],
)
def test_words_that_differ_and_mean_the_same_are_named_as_the_file_spells_them(
    cut: Cut, asked: str, written: str, pairs: list[tuple[str, str]]
) -> None:
    assert Concepts(SYNONYMS, cut).same_words(fold(asked), fold(written)) == [SameWord(*pair) for pair in pairs]


def test_a_word_inside_another_is_no_other_word() -> None:
    concepts = Concepts(Synonyms((("탈퇴", "회원 탈퇴"),)), morpheme_units(MORPHOLOGY))
    assert concepts.same_words("탈퇴", "회원 탈퇴") == []


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_without_synonyms_the_words_remain(cut: Cut) -> None:
    assert Concepts(NO_SYNONYMS, cut).terms(fold("환불은 refund")) == ["환불", "refund"]


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("refunds", "refund"),
        ("cancelled", "cancel"),
        ("canceling", "cancel"),
        ("deliveries", "delivery"),
        ("tried", "try"),
        ("boxes", "box"),
        ("exchanged", "exchange"),
        ("invoicing", "invoice"),
        ("shop's", "shop"),
    ],
)
def test_an_english_word_is_known_by_its_stem_too(word: str, stem: str) -> None:
    assert forms_of(word)[0] in {word, stem}
    assert stem in forms_of(word)


@pytest.mark.parametrize("word", ["is", "red", "sms", "bing", "환불"])
def test_short_words_stay_whole(word: str) -> None:
    assert forms_of(word) == (word,)


def test_an_inflected_group_member_is_not_found_by_its_stem() -> None:
    concepts = Concepts(Synonyms((("settings", "설정"),)), word_units)
    assert concepts.groups("set it") == []
    assert concepts.groups("my settings") == [0]


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize(
    "text", ["환불" * 1000, "refund " * 300, "money " * 400, "가나다라" * 500], ids=lambda t: t[:6]
)
def test_a_hostile_text_is_looked_at_quickly_fault_36(cut: Cut, text: str) -> None:
    assert len(Concepts(SYNONYMS, cut).terms(fold(text))) <= MATCHED_CHARACTERS


ENTRIES = [
    FaqEntry("refund", "환불은 언제 되나요?", "3일 안에 돼요.", ("환불 신청은 어떻게 해요?",)),
    FaqEntry("join", "회원 가입은 어떻게 하나요?", "홈페이지에서 하세요."),
    FaqEntry("password", "비밀번호를 잊어버렸어요", "메일로 보내드려요."),
    FaqEntry("delivery", "배송은 얼마나 걸리나요?", "이틀이요."),
]


@pytest.mark.parametrize(
    ("question", "entry_id"),
    [
        ("can i get my money back", "refund"),
        ("how do i sign up", "join"),
        ("비번 까먹음", "password"),
        ("my password please", "password"),
        ("delivery 며칠", "delivery"),
        ("돈 돌려받는 거요", "refund"),
        ("ㄱㄷ려ㅜㅇ 언제 돼요", "refund"),
    ],
)
async def test_a_question_in_other_words_or_another_language_finds_its_entry(question: str, entry_id: str) -> None:
    embedder = OfflineEmbedder()
    vectors = await embedder.embed(FaqIndex.texts(ENTRIES))
    index = FaqIndex.build(ENTRIES, vectors, analysis=full_analysis(MORPHOLOGY, SYNONYMS))
    query = index.query(question)
    assert index.search(query, await embedder.embed(query.texts))[0].entry.id == entry_id


def test_no_two_shipped_groups_look_the_same_to_kiwi() -> None:
    """Else the later one of them would never be found."""
    shipped = SynonymsFile(Path(__file__).parents[2] / "data" / "synonyms.yaml").load()
    cut = morpheme_units(MORPHOLOGY)
    owners: dict[str, tuple[int, str]] = {}
    clashes = []
    for number, group in enumerate(shipped.groups):
        for expression in group:
            spelled = "".join(unit[0] for unit in cut(fold(expression)))
            first = owners.setdefault(spelled, (number, expression))
            if not spelled or first[0] != number:
                clashes.append((expression, first[1]))
    assert clashes == []

"""The whole path from entries to matches, with the real analysis and the real offline embedder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.errors import IndexRefused
from service.knowledge.entry import FaqEntry
from service.knowledge.faq import load_faq
from service.retrieval.analysis import Analysis, full_analysis, light_analysis
from service.retrieval.calibrating import calibrate
from service.retrieval.calibration import Calibration
from service.retrieval.decision import decide
from service.retrieval.embedders import FloatArray, OfflineEmbedder
from service.retrieval.evaluation import Labelled, load_labelled
from service.retrieval.followup import STANDS_ALONE
from service.retrieval.index import FaqIndex, Match
from service.retrieval.leaving_out import texts_for_trials, trials
from service.retrieval.morphology import Morphology
from service.retrieval.ranking import CANDIDATES
from tests.conftest import finished

ENTRIES = [
    FaqEntry(entry_id, question, answer, (variant,), category)
    for entry_id, question, variant, answer, category in [
        ("delivery", "배송은 얼마나 걸리나요?", "언제 도착해요", "출고 후 이틀 안에 도착합니다.", "배송"),
        ("delivery-fee", "배송비는 얼마인가요?", "택배비가 따로 붙나요", "5만원 이상이면 무료입니다.", "배송"),
        ("refund", "반품은 어떻게 하나요?", "환불하고 싶어요", "7일 안에 신청해 주세요.", "반품"),
        ("password", "비밀번호를 잊어버렸어요", "비번 찾기", "로그인 화면에서 재설정하세요.", "계정"),
        ("coupon", "쿠폰은 어디에 등록하나요?", "할인 코드를 입력할래요", "마이페이지에서 등록합니다.", "쿠폰"),
        ("en-refund", "How do I get a refund?", "I want my money back", "Send it back in 30 days.", "Returns"),
        ("en-track", "Where is my order?", "Track my parcel", "Open My Orders and choose Track.", "Delivery"),
        ("en-gift", "How do I use a gift card?", "Redeem a voucher", "Type its code at checkout.", "Payment"),
    ]
]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return full_analysis(Morphology())


@pytest.fixture(scope="module")
def embedder() -> OfflineEmbedder:
    return OfflineEmbedder()


async def build(entries: Sequence[FaqEntry], analysis: Analysis, embedder: OfflineEmbedder) -> FaqIndex:
    return FaqIndex.build(entries, await embedder.embed(FaqIndex.texts(entries)), analysis=analysis)


@pytest.fixture
async def index(analysis: Analysis, embedder: OfflineEmbedder) -> FaqIndex:
    return await build(ENTRIES, analysis, embedder)


async def ask(index: FaqIndex, question: str, *history: str, **options: Any) -> list[Match]:
    query = index.query(question, history)
    return index.search(query, await OfflineEmbedder().embed(query.texts), **options)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
async def test_every_phrasing_finds_its_entry_with_a_score_of_one(index: FaqIndex, entry: FaqEntry) -> None:
    for phrasing in entry.phrasings:
        best = (await ask(index, phrasing))[0]
        assert (best.entry.id, best.phrasing) == (entry.id, phrasing)
        assert best.score == pytest.approx(1, abs=1e-4)
        assert best.margin > 0.1


@pytest.mark.parametrize(
    ("question", "entry_id"),
    [
        ("환뷸 하고싶어여ㅠㅠ", "refund"),
        ("반품하고싶은데어떻게해요", "refund"),
        ("택 배비 얼 마", "delivery-fee"),
        ("qothdql djfakdPdy", "delivery-fee"),
        ("언제쯤 도착하나요", "delivery"),
        ("비밀번호 까먹음", "password"),
        (unicodedata.normalize("NFD", "쿠폰 등록"), "coupon"),
        ("쿠폰\u200b 등\u202e록", "coupon"),
        ("can i have my cash back", "en-refund"),
        ("whereismyorder", "en-track"),
        ("trakc my parcle", "en-track"),
        ("gift voucher", "en-gift"),
    ],
)
async def test_misspelt_unspaced_and_reworded_questions_find_it_too(
    index: FaqIndex, question: str, entry_id: str
) -> None:
    assert (await ask(index, question))[0].entry.id == entry_id


@pytest.fixture(scope="module")
def calibration(sample: FaqIndex, analysis: Analysis, embedder: OfflineEmbedder) -> Calibration:
    vectors = finished(embedder.embed(texts_for_trials(sample.entries)))
    return calibrate(trials(sample.entries, vectors, analysis=analysis))


@pytest.mark.parametrize("question", ["best pasta recipe", "김치찌개 끓이는 법", "asdf qwer"])
async def test_what_the_faq_does_not_know_falls_back(index: FaqIndex, calibration: Calibration, question: str) -> None:
    assert decide(await ask(index, question), calibration=calibration).zone == "fallback"


async def test_a_word_shared_with_small_talk_is_never_an_answer(index: FaqIndex, calibration: Calibration) -> None:
    assert decide(await ask(index, "오늘 서울 날씨 어때?"), calibration=calibration).zone != "answer"


@pytest.fixture(scope="module")
def sample(analysis: Analysis, embedder: OfflineEmbedder) -> FaqIndex:
    entries = load_faq(Path(__file__).parents[2] / "data" / "faq.yaml").entries
    return finished(build([entry for entry in entries if entry.enabled], analysis, embedder))


@pytest.mark.parametrize("question", ["best pasta recipe", "김치찌개 끓이는 법", "asdf qwer", "바보"])
async def test_what_the_sample_shop_does_not_know_falls_back(
    sample: FaqIndex, calibration: Calibration, question: str
) -> None:
    assert decide(await ask(sample, question), calibration=calibration).zone == "fallback"


@pytest.mark.parametrize(
    ("nonsense", "before"), [("asdf qwer", "do you offer gift wrapping?"), ("바보", "선물포장 되나요")]
)
async def test_nonsense_after_a_question_is_still_nonsense(
    sample: FaqIndex, calibration: Calibration, nonsense: str, before: str
) -> None:
    assert decide(await ask(sample, nonsense, before), calibration=calibration).zone == "fallback"


async def test_a_short_follow_up_keeps_its_topic(sample: FaqIndex) -> None:
    assert (await ask(sample, "how much?", "do you offer gift wrapping?"))[0].entry.id == "gift-wrap-en"


@pytest.mark.parametrize(
    ("question", "entry_id"),
    [
        ("주소 변경", "address-before"),
        ("배송지 변경", "address-before"),
        ("shipping cost", "ship-fee-en"),
        ("카드 결제 되나요", "pay-methods"),
        ("payment failed", "pay-failed-en"),
        ("로그인 안 돼요", "account-locked"),
    ],
)
async def test_keywords_lead_where_a_shop_owner_expects(sample: FaqIndex, question: str, entry_id: str) -> None:
    assert (await ask(sample, question))[0].entry.id == entry_id


async def test_what_is_answered_by_itself_does_not_lean(index: FaqIndex) -> None:
    alone = await ask(index, "gift card")
    assert alone[0].score >= STANDS_ALONE
    assert await ask(index, "gift card", "Where is my order?") == alone


@pytest.mark.parametrize("question", ["", "   ", "\u200b\u200b", "👍👍👍", "?!...", "ㅠㅠㅠ", "\0"])
async def test_nothing_written_matches_nothing_fault_32(index: FaqIndex, question: str) -> None:
    assert await ask(index, question) == []


@pytest.mark.parametrize("question", ["가나다" * 22_000, "e" + "\u0301" * 60_000, "x" * 65_536, "\ud800환불"])
async def test_hostile_questions_are_answered_like_others_fault_36(index: FaqIndex, question: str) -> None:
    assert all(0 <= match.score <= 1 for match in await ask(index, question))


async def test_matches_come_best_first_each_entry_once(index: FaqIndex) -> None:
    matches = await ask(index, "배송 언제 와요", limit=5)
    assert len({match.entry.id for match in matches}) == len(matches) == 5
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)
    assert [match.margin >= 0 for match in matches] == [True, False, False, False, False]


async def test_a_limit_beyond_the_faq_gives_all_of_it(index: FaqIndex) -> None:
    assert len(await ask(index, "배송", limit=50)) == len(ENTRIES)


async def test_ties_keep_file_order(analysis: Analysis, embedder: OfflineEmbedder) -> None:
    twins = [replace(ENTRIES[2], id=f"refund-{number}") for number in range(CANDIDATES + 5)]
    matches = await ask(await build(twins, analysis, embedder), "환불하고 싶어요", limit=3)
    assert [match.entry.id for match in matches] == ["refund-0", "refund-1", "refund-2"]
    assert matches[0].margin == 0


async def test_entries_answer_only_on_their_days(analysis: Analysis, embedder: OfflineEmbedder) -> None:
    sale = replace(ENTRIES[4], id="sale", valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 30))
    index = await build([*ENTRIES, sale], analysis, embedder)
    during = await ask(index, "쿠폰은 어디에 등록하나요?", on=date(2026, 11, 30))
    after = await ask(index, "쿠폰은 어디에 등록하나요?", on=date(2026, 12, 1))
    assert {match.entry.id for match in during[:2]} == {"coupon", "sale"}
    assert "sale" not in {match.entry.id for match in after}
    assert after[0].margin > 0.1


async def test_a_follow_up_finds_its_topic_in_the_history(index: FaqIndex) -> None:
    assert (await ask(index, "그럼 교환은요?", "쿠폰은 어디에 등록하나요?"))[0].entry.id == "coupon"
    assert (await ask(index, "and for two of them?", "How do I use a gift card?"))[0].entry.id == "en-gift"


async def test_without_vectors_the_terms_answer_alone(index: FaqIndex) -> None:
    match = index.search(index.query("Where is my order?"), None)[0]
    assert match.entry.id == "en-track"


async def test_an_empty_faq_matches_nothing(analysis: Analysis, embedder: OfflineEmbedder) -> None:
    index = await build([], analysis, embedder)
    assert await ask(index, "배송") == []
    assert FaqIndex.restore([], index.arrays, index.facts, analysis=analysis).entries == ()


async def test_a_faq_of_signs_alone_can_be_built_and_asked(analysis: Analysis, embedder: OfflineEmbedder) -> None:
    index = await build([FaqEntry("signs", "???", "!!!")], analysis, embedder)
    assert (await ask(index, "배송"))[0].score < 0.05


def vectors_for(texts: Sequence[str]) -> FloatArray:
    """Any embedder's: one direction for each number of characters."""
    rows = np.zeros((len(texts), 48), np.float32)
    rows[np.arange(len(texts)), [len(text) % 48 for text in texts]] = 1
    return rows


def test_the_light_analysis_serves_vectors_of_any_dimension() -> None:
    index = FaqIndex.build(ENTRIES, vectors_for(FaqIndex.texts(ENTRIES)), analysis=light_analysis())
    query = index.query("환불하고 싶어요")
    match = index.search(query, vectors_for(query.texts))[0]
    assert (match.entry.id, index.facts["dimension"]) == ("refund", 48)


async def test_an_index_restored_from_its_arrays_gives_the_same_matches(index: FaqIndex, analysis: Analysis) -> None:
    facts = json.loads(json.dumps(index.facts))
    again = FaqIndex.restore(ENTRIES, index.arrays, facts, analysis=analysis)
    for question in ("환뷸 되나요", "gift voucher", "오늘 날씨"):
        assert await ask(again, question) == await ask(index, question)


async def test_building_twice_gives_the_same_arrays(
    index: FaqIndex, analysis: Analysis, embedder: OfflineEmbedder
) -> None:
    again = (await build(ENTRIES, analysis, embedder)).arrays
    assert again.keys() == index.arrays.keys()
    assert all(np.array_equal(array, again[name]) for name, array in index.arrays.items())


async def test_what_is_saved_is_finite_numbers(index: FaqIndex) -> None:
    for name, array in index.arrays.items():
        assert array.dtype.str in {"|u1", "<i4", "<i8", "<f4"}, name
        assert np.isfinite(array).all(), name


def _with_nan(array: np.ndarray) -> np.ndarray:
    spoilt = array.copy()
    spoilt.flat[0] = np.nan
    return spoilt


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("vectors", lambda array: array[:-1]),
        ("vectors", lambda array: array[:, :-1]),
        ("vectors", lambda array: array * 2),
        ("vectors", lambda array: array.astype(np.float64)),
        ("vectors", _with_nan),
        ("lengths", lambda array: array[1:]),
        ("idf", lambda array: array[1:]),
        ("terms", lambda array: array[1:-9]),
        ("terms", lambda array: np.full_like(array, 0xFF)),
        ("starts", lambda array: array[::-1]),
        ("starts", lambda array: array + 1),
        ("rows", lambda array: array + 1_000),
        ("rows", lambda array: array - 1),
        ("weights", lambda array: array[1:]),
        ("weights", _with_nan),
        ("prototypes", lambda array: array.T),
        ("latin_numbers", lambda array: array + 10_000),
        ("hangul_starts", lambda array: array[1:]),
    ],
)
async def test_arrays_that_do_not_fit_are_refused_faults_57_58_60(
    index: FaqIndex, analysis: Analysis, name: str, spoil: Any
) -> None:
    arrays = index.arrays | {name: np.ascontiguousarray(spoil(index.arrays[name]))}
    with pytest.raises(IndexRefused, match="does not fit"):
        FaqIndex.restore(ENTRIES, arrays, index.facts, analysis=analysis)


@pytest.mark.parametrize("name", ["vectors", "terms", "starts", "hangul_vocabulary"])
async def test_an_array_that_is_missing_is_refused(index: FaqIndex, analysis: Analysis, name: str) -> None:
    arrays = {key: array for key, array in index.arrays.items() if key != name}
    with pytest.raises(IndexRefused, match="does not fit"):
        FaqIndex.restore(ENTRIES, arrays, index.facts, analysis=analysis)


@pytest.mark.parametrize("facts", [{"analysis": "light:1"}, {"rows": 3}, {"dimension": 48}])
async def test_facts_of_another_index_are_refused_faults_60_61_62(
    index: FaqIndex, analysis: Analysis, facts: dict[str, Any]
) -> None:
    with pytest.raises(IndexRefused):
        FaqIndex.restore(ENTRIES, index.arrays, index.facts | facts, analysis=analysis)


async def test_other_entries_are_refused_fault_61(index: FaqIndex, analysis: Analysis) -> None:
    with pytest.raises(IndexRefused, match="rows"):
        FaqIndex.restore(ENTRIES[1:], index.arrays, index.facts, analysis=analysis)


def test_beside_an_endpoint_no_language_model_is_loaded() -> None:
    heavy = "{'kiwipiepy', 'tokenizers', 'safetensors'}"
    code = f"""
import sys
import numpy as np
from service.knowledge.entry import FaqEntry
from service.retrieval.analysis import light_analysis
from service.retrieval.index import FaqIndex
index = FaqIndex.build([FaqEntry("a", "환불", "b")], np.eye(2, dtype=np.float32), analysis=light_analysis())
index.search(index.query("환불 refund"), np.eye(2, dtype=np.float32)[:1])
sys.exit(bool({heavy} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_too_few_vectors_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="24 texts have vectors of shape"):
        FaqIndex.build(ENTRIES, np.zeros((3, 4), np.float32), analysis=light_analysis())


def set_folder(name: str) -> Path:
    """Where a set of labelled questions is that is not part of this repository."""
    folder = Path(os.environ.get("EVAL_SETS", Path(__file__).parents[3] / "shared" / "eval")) / name
    if not folder.is_dir():
        pytest.skip(f"the labelled set {name} is not here; EVAL_SETS can name its folder")
    return folder


def labelled_set(name: str) -> tuple[list[FaqEntry], tuple[Labelled, ...]]:
    folder = set_folder(name)
    entries = list(load_faq(next(folder.glob("faq.[yj]*"))).entries)
    return entries, load_labelled(folder / "questions.jsonl", entry_ids={entry.id for entry in entries})


@pytest.mark.parametrize(
    ("name", "top1", "top3"), [("en_shop", 0.48, 0.68), ("ko_shop", 0.6, 0.75), ("hint3_curekart", 0.87, 0.95)]
)
async def test_hard_questions_are_found_as_often_as_they_were(
    name: str, top1: float, top3: float, analysis: Analysis, embedder: OfflineEmbedder
) -> None:
    entries, questions = labelled_set(name)
    index = await build(entries, analysis, embedder)
    found = [
        [match.entry.id in question.right for match in await ask(index, question.text)]
        for question in questions
        if question.in_scope
    ]
    assert sum(each[0] for each in found) / len(found) >= top1
    assert sum(any(each) for each in found) / len(found) >= top3


@pytest.mark.parametrize(("name", "least"), [("en_shop", 14), ("ko_shop", 11)])
async def test_follow_ups_find_what_they_found(
    name: str, least: int, analysis: Analysis, embedder: OfflineEmbedder
) -> None:
    index = await build(labelled_set(name)[0], analysis, embedder)
    found = 0
    for line in (set_folder(name) / "turns.jsonl").read_text(encoding="utf-8").split("\n"):
        turns = json.loads(line)["turns"] if line else []
        said = [turn["text"] for turn in turns]
        for place, turn in enumerate(turns):
            if place and turn["expected"]:
                best = (await ask(index, turn["text"], *said[:place]))[0].entry.id
                found += best in {turn["expected"], *turn.get("accept", ())}
    assert found >= least


@pytest.mark.parametrize(("name", "least"), [("en_shop", 45), ("ko_shop", 68)])
async def test_a_new_topic_is_found_after_an_unrelated_question(
    name: str, least: int, analysis: Analysis, embedder: OfflineEmbedder
) -> None:
    entries, questions = labelled_set(name)
    index = await build(entries, analysis, embedder)
    kept = 0
    for place, question in enumerate(question for question in questions if question.in_scope):
        before = next(
            entry for entry in entries[place % len(entries) :] + entries if entry.id not in question.right
        ).question
        kept += (await ask(index, question.text, before))[0].entry.id in question.right
    assert kept >= least

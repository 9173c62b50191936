"""What a build remembers of texts, against looking at them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from service.knowledge.entry import FaqEntry
from service.retrieval.analysis import full_analysis, light_analysis
from service.retrieval.cutting import Cutting
from service.retrieval.embedders import OfflineEmbedder
from service.retrieval.index import FaqIndex
from service.retrieval.leaving_out import texts_for_trials, trials
from service.retrieval.lexical import Channel, Share, Vocabulary
from service.retrieval.morphology import Morphology

if TYPE_CHECKING:
    from service.retrieval.analysis import Analysis

WORDS = Channel("words", str.split, Share(0.5, 0.5))
ENTRIES = [
    FaqEntry("refund", "환불은 언제 되나요?", "사흘 안에요.", ("refund 언제", "돈 돌려받기")),
    FaqEntry("shipping", "How much is shipping?", "Free over 30,000 won.", ("shipping cost", "배송비 얼마")),
    FaqEntry("coupon", "쿠폰은 어디에 등록하나요?", "장바구니에서요.", ("coupon code 입력", "쿠폰 코드")),
]


class Listening:
    """A channel that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, folded: str) -> list[str]:
        self.asked.append(folded)
        return folded.split()


def test_a_text_is_cut_once_however_often_it_is_asked_for() -> None:
    listening = Listening()
    cutting = Cutting((Channel("words", listening, Share(1, 1)),))
    first, again = cutting("b a b"), cutting("b a b")
    assert listening.asked == ["b a b"]
    assert first is again
    assert (first.bags[0].terms.tolist(), first.bags[0].counts.tolist()) == ([0, 1], [2, 1])


def test_a_text_weighs_the_same_whether_it_was_cut_before() -> None:
    cutting = Cutting((WORDS, Channel("letters", list, Share(0.2, 0.8))))
    cutting("what another build said")
    channels = (WORDS, Channel("letters", list, Share(0.2, 0.8)))
    vocabulary = Vocabulary.learn(channels, [["a b a", "c"], ["b d"]], cutting)
    for text in ("a b a", "c", "b d"):
        (told, left), (known, also_left) = (
            vocabulary.weigh(text, dense=Share(0.5, 0.5)),
            vocabulary.weigh(text, dense=Share(0.5, 0.5), cutting=cutting),
        )
        assert (told.terms.tolist(), told.weights.tolist(), left) == (
            known.terms.tolist(),
            known.weights.tolist(),
            also_left,
        )


def test_terms_of_a_text_that_no_entry_has_are_as_telling_as_unknown_ones() -> None:
    cutting = Cutting((WORDS,))
    cutting("elsewhere")
    vocabulary = Vocabulary.learn((WORDS,), [["a b"], ["a"]], cutting)
    assert vocabulary.idf[vocabulary.numbers[0]["elsewhere"]] == vocabulary.idf[-1]


async def test_an_index_and_its_trials_are_the_same_with_what_was_cut_for_each_other() -> None:
    for analysis in (light_analysis(), full_analysis(Morphology())):
        await _same_with_and_without(analysis)


async def _same_with_and_without(analysis: Analysis) -> None:
    embedder, cutting = OfflineEmbedder(), analysis.cutting()
    rows, tried = await embedder.embed(FaqIndex.texts(ENTRIES)), await embedder.embed(texts_for_trials(ENTRIES))
    alone = FaqIndex.build(ENTRIES, rows, analysis=analysis)
    beside = FaqIndex.build(ENTRIES, rows, analysis=analysis, cutting=cutting)
    assert alone.arrays.keys() == beside.arrays.keys()
    for name, array in alone.arrays.items():
        np.testing.assert_array_equal(array, beside.arrays[name], err_msg=name)
    assert trials(ENTRIES, tried, analysis=analysis) == trials(ENTRIES, tried, analysis=analysis, cutting=cutting)

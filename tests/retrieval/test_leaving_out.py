"""Each phrasing asked as if it, or its entry, were not in the FAQ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from service.knowledge.entry import FaqEntry
from service.retrieval.analysis import light_analysis
from service.retrieval.embedders import OfflineEmbedder
from service.retrieval.index import FaqIndex
from service.retrieval.leaving_out import texts_for_trials, trials
from service.retrieval.prototypes import HeldOut, Prototypes, closeness, ridges

if TYPE_CHECKING:
    from service.retrieval.leaving_out import Trial

ENTRIES = [
    FaqEntry(
        "refund", "When do I get my refund?", "Within three days.", ("refund time", "how long does a refund take")
    ),
    FaqEntry("shipping", "How much is shipping?", "Free over 30,000 won.", ("shipping cost", "delivery fee")),
    FaqEntry("coupon", "Where do I enter a coupon?", "In the cart.", ("use a coupon code",)),
    FaqEntry("alone", "Is there a shop in Busan?", "No.", ()),
]


async def tried(entries: list[FaqEntry], *, most: int = 1_000) -> list[Trial]:
    vectors = await OfflineEmbedder().embed(texts_for_trials(entries, most=most))
    return trials(entries, vectors, analysis=light_analysis(), most=most)


async def test_every_phrasing_is_tried_in_file_order() -> None:
    assert [(trial.entry.id, trial.phrasing) for trial in await tried(ENTRIES)] == [
        (entry.id, phrasing) for entry in ENTRIES for phrasing in entry.phrasings
    ]


async def test_whoever_waits_hears_how_many_phrasings_are_tried() -> None:
    heard: list[tuple[int, int]] = []
    vectors = await OfflineEmbedder().embed(texts_for_trials(ENTRIES, most=5))
    analysis = light_analysis()
    trials(ENTRIES, vectors, analysis=analysis, most=5, on_progress=lambda done, total: heard.append((done, total)))
    assert heard == [(done, 5) for done in range(6)]


async def test_the_entry_itself_is_never_found_without_it() -> None:
    for trial in await tried(ENTRIES):
        assert trial.entry.id not in {match.entry.id for match in trial.without_entry}
        assert trial.without_entry


async def test_an_entry_of_one_phrasing_cannot_be_asked_without_it() -> None:
    alone = (await tried(ENTRIES))[-1]
    assert (alone.entry.id, alone.without_itself) == ("alone", ())


async def test_a_phrasing_finds_its_entry_by_the_others_and_never_by_itself() -> None:
    for trial in (await tried(ENTRIES))[:6]:
        best = trial.without_itself[0]
        assert best.entry.id == trial.entry.id
        assert best.phrasing != trial.phrasing
        assert best.score < 0.999


async def test_what_the_entry_says_elsewhere_is_not_what_the_phrasing_said() -> None:
    """The whole entry holds the phrasing's words too: they must be gone from it as well."""
    odd = FaqEntry("odd", "zyxwv qponm", "Nothing alike.", ("something else",))
    trial = next(each for each in await tried([*ENTRIES, odd]) if each.phrasing == "zyxwv qponm")
    assert all(match.entry.id != "odd" or match.score < 0.1 for match in trial.without_itself)


async def test_leaving_a_phrasing_out_scores_what_an_index_without_it_scores() -> None:
    entries = [*ENTRIES, FaqEntry("invoice", "Can I get an invoice?", "Yes.", ("tax invoice", "receipt", "bill"))]
    embedder, analysis = OfflineEmbedder(), light_analysis()
    for trial in await tried(entries):
        if len(trial.entry.phrasings) < 2:
            continue
        question, *variants = (phrasing for phrasing in trial.entry.phrasings if phrasing != trial.phrasing)
        without = replace(trial.entry, question=question, variants=tuple(variants))
        rest = [without if entry.id == without.id else entry for entry in entries]
        index = FaqIndex.build(rest, await embedder.embed(FaqIndex.texts(rest)), analysis=analysis)
        query = index.query(trial.phrasing)
        real = index.search(query, await embedder.embed(query.texts))
        assert trial.without_itself[0].entry.id == real[0].entry.id
        # rarities were counted with it, and its entry's prototype is learned without the whole entry
        assert trial.without_itself[0].score == pytest.approx(real[0].score, abs=0.08)


async def test_of_many_phrasings_evenly_so_many_are_tried() -> None:
    some = await tried(ENTRIES, most=3)
    assert [trial.phrasing for trial in some] == [
        "When do I get my refund?",
        "shipping cost",
        "Is there a shop in Busan?",
    ]


async def test_what_is_there_twice_cannot_be_left_out_and_is_not_tried() -> None:
    twins = [
        FaqEntry("a", "When do I get my refund?", "Soon.", ("refund please", "REFUND  please")),
        FaqEntry("b", "Is there a shop in Busan?", "No.", ("busan shop",)),
        FaqEntry("c", "busan shop", "No.", ("seoul shop",)),
    ]
    assert [trial.phrasing for trial in await tried(twins)] == [
        "When do I get my refund?",
        "Is there a shop in Busan?",
        "seoul shop",
    ]


async def test_a_faq_of_one_entry_finds_nothing_without_it() -> None:
    assert [trial.without_entry for trial in await tried(ENTRIES[:1])] == [(), (), ()]


def test_held_out_scores_are_those_of_prototypes_learned_without_these_rows() -> None:
    generator = np.random.default_rng(3)
    vectors = generator.normal(size=(12, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T
    owners = np.repeat(np.arange(4, dtype=np.int32), 3)
    close = closeness(cosines, cosines)
    held_out = HeldOut.fit(close, owners, entries=4)
    for row, without in ((0, (0,)), (4, (3, 4, 5)), (11, (0, 11))):
        kept = [other for other in range(12) if other not in without]
        system = close[np.ix_(kept, kept)] + np.diag(ridges(owners)[kept])
        targets = (owners[kept][:, np.newaxis] == np.arange(4)).astype(np.float32)
        learned = Prototypes(np.linalg.solve(system, targets))
        assert held_out.scores(row, without=without) == pytest.approx(learned.scores(close[row, kept]), abs=1e-3)

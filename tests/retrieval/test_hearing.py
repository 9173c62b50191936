"""Each phrasing asked as if it were not written, told in the words that lint's rules know."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from service.knowledge.faq import load_faq
from service.retrieval.decision import scale_of
from service.retrieval.hearing import heard, trials
from service.retrieval.recipe import recipes
from tests.conftest import SHOP, TODAY


async def test_a_trial_never_finds_the_phrasing_itself_and_asks_each_once() -> None:
    entries = load_faq(SHOP).entries
    asked = [trial async for trial in trials(entries, recipes(), on=TODAY)]
    assert sorted(trial.phrasing for trial in asked) == sorted(text for entry in entries for text in entry.phrasings)
    for trial in asked:
        assert trial.phrasing not in {match.phrasing for match in trial.without_itself}
    known = heard(asked[0], scale=scale_of("offline:1"))
    assert (known.entry_id, known.phrasing) == (asked[0].entry.id, asked[0].phrasing)
    assert [entry_id for entry_id, _ in known.found] == [match.entry.id for match in asked[0].without_itself]
    assert all(0 <= sure <= 1 for _, sure in known.found)
    bold = heard(asked[0], scale=scale_of("offline:1"), threshold=0.0)
    assert bold.zone == "answer", "the operator's threshold counts"


async def test_entries_that_would_be_left_with_nothing_or_do_not_answer_today_are_not_asked() -> None:
    fee, jeju, refund, *_ = load_faq(SHOP).entries
    entries = [fee, replace(jeju, variants=()), replace(refund, valid_until=date(2026, 11, 19))]
    told: list[tuple[int, int]] = []
    asked = [trial async for trial in trials(entries, recipes(), on=TODAY, on_progress=lambda *step: told.append(step))]
    assert {trial.entry.id for trial in asked} == {fee.id}
    assert {match.entry.id for trial in asked for match in trial.without_itself} <= {fee.id, jeju.id}
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [trial async for trial in trials([], recipes(), on=TODAY)] == []

"""What went wrong, and where to begin."""

from __future__ import annotations

from service.retrieval.mistakes import Confusion, Trouble, WrongAnswer, confusions, troubles, wrong_answers

from .labelled import outcome

OUTCOMES = [
    outcome("fee", "fee time", 0.9, text="right"),
    outcome("fee", "time fee", 0.5, "ask", text="shown"),
    outcome("fee", "time fee", 0.8, text="taken"),
    outcome("time", "fee refund hours time", 0.5, "ask", text="not among three"),
    outcome("time", "time", 0.1, "fallback", text="too unsure"),
    outcome("time fee", "fee", 0.9, text="accepted"),
    outcome(None, "time", 0.95, text="weather", kind="out"),
    outcome(None, "hours", 0.5, "ask", text="asked back only"),
    outcome("hours", "", 0.0, "fallback", text="???"),
]


def test_confusions_are_counted_by_pair_and_shown_by_what_was_answered() -> None:
    assert confusions(OUTCOMES) == (
        Confusion("fee", "time", times=2, answered=1, example="taken"),
        Confusion("time", "fee", times=1, answered=0, example="not among three"),
    )


def test_wrong_answers_come_with_what_was_right_the_surest_first() -> None:
    assert wrong_answers(OUTCOMES) == (
        WrongAnswer("weather", "out", "time", (), 0.95),
        WrongAnswer("taken", None, "time", ("fee",), 0.8),
    )


def test_the_expected_entry_is_named_before_those_that_are_accepted() -> None:
    (wrong,) = wrong_answers([outcome("z b a", "c", 0.9)])
    assert wrong.right == ("z", "a", "b")


def test_an_entry_is_in_trouble_for_what_it_lost_and_for_what_it_took() -> None:
    assert troubles(OUTCOMES) == (
        Trouble("time", 3, 2, 2, 1, ("not among three", "too unsure"), ("taken", "weather")),
        Trouble("fee", 2 + 1, 1, 0, 0, ("taken",), ()),
        Trouble("hours", 1, 1, 0, 0, ("???",), ()),
    )
    assert [trouble.unhelped for trouble in troubles(OUTCOMES)] == [3, 1, 1]


def test_where_all_went_well_nothing_is_to_be_improved() -> None:
    assert (troubles(OUTCOMES[:2]), wrong_answers(OUTCOMES[:2])) == ((), ())

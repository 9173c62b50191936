"""A flood of calls is a few lines, not a thousand. Threat T33."""

from dataclasses import replace

from structlog.testing import capture_logs

from service.conversation.store import Escalation
from service.desk.flood import Notices
from tests.conversation.samples import NOON

CALLED = Escalation("s", "c", "visitor_asked: 전화번호 010", NOON)


class Hand:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_first_of_an_hour_are_told_one_by_one_and_the_rest_summed_up() -> None:
    clock = Hand()
    notices = Notices(10, clock=clock)
    with capture_logs() as lines:
        for number in range(1_000):
            notices.raised(replace(CALLED, id=str(number)))
    assert [line["event"] for line in lines[:10]] == ["escalation_waiting"] * 10
    assert {line["event"] for line in lines[10:]} == {"many_escalations"}
    assert len(lines) == 10 + 99
    assert lines[-1]["reasons"] == {"visitor_asked": lines[-1]["in_the_last_hour"]}
    assert "010" not in str(lines), "the visitor's own words are not for the log"


def test_an_hour_later_they_are_told_one_by_one_again() -> None:
    clock = Hand()
    notices = Notices(1, clock=clock)
    with capture_logs() as lines:
        for _ in range(3):
            notices.raised(CALLED)
            clock.now += 3_600
    assert [line["event"] for line in lines] == ["escalation_waiting"] * 3

import pytest

from service.errors import VisitorError
from service.web.limits import VisitorLimit, visitor_key


def test_one_question_too_many_is_told_when_to_come_back() -> None:
    limit = VisitorLimit(2)
    limit.spend("203.0.113.7")
    limit.spend("203.0.113.7")
    with pytest.raises(VisitorError) as refused:
        limit.spend("203.0.113.7")
    assert refused.value.status == 429
    assert refused.value.retry_after_seconds is not None
    assert 1 <= refused.value.retry_after_seconds <= 60
    limit.spend("203.0.113.8")


def test_a_minute_later_a_visitor_may_ask_again_and_is_forgotten_in_the_end() -> None:
    """Fault 119: by a clock that nobody sets."""
    now = 100.0
    limit = VisitorLimit(1, clock=lambda: now)
    limit.spend("203.0.113.7")
    now += 59.9
    with pytest.raises(VisitorError):
        limit.spend("203.0.113.7")
    now += 0.2
    limit.spend("203.0.113.7")
    now += 120
    limit.spend("203.0.113.8")
    assert list(limit._asked) == ["203.0.113.8"]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("not an address", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_visitor_is_an_ipv4_address_or_an_ipv6_household(address: str | None, key: str) -> None:
    assert visitor_key(address) == key

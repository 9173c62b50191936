"""What `Retry-After` can say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.generation.upstream.retry import retry_after_seconds

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("3", 3.0),
        ("1.5", 1.5),
        ("300", 300.0),
        ("Sun, 01 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Nov 2026 21:00:30 +0900", 30.0),
        ("Sun, 01 Nov 2026 11:59:59 GMT", None),
        ("Sun, 01 Nov 2026 12:00:30 -0000", 30.0),
        ("Sun, 99 Nov 2026 12:00:30 GMT", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("-1e309", None),
        ("1e309", None),
        ("nan", None),
        ("1" * 5_000, None),
    ],
)
def test_a_wait_is_a_sane_number_of_seconds_or_nothing(header: str | None, seconds: float | None) -> None:
    """Faults 72-74, 105."""
    assert retry_after_seconds(header, now=NOW) == seconds

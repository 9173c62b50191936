"""What somebody at a terminal sees while an index is built."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from service.commands import building


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    seen = io.StringIO()
    monkeypatch.setattr(building, "err", Console(file=seen, force_terminal=True, width=80))
    return seen


def test_a_long_build_shows_what_it_embeds_and_that_it_calibrates(
    terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "QUIET_SECONDS", -1.0)
    with building.building_bars() as (on_progress, on_trial):
        on_progress(3, 7)
        on_trial(1, 4)
    assert "Embedding the FAQ" in terminal.getvalue()
    assert "Calibrating" in terminal.getvalue()
    assert "1/4" in terminal.getvalue()


def test_a_short_build_shows_nothing(terminal: io.StringIO) -> None:
    with building.building_bars() as (on_progress, on_trial):
        on_progress(3, 7)
        on_trial(1, 4)
    assert "Calibrating" not in terminal.getvalue()
    assert "Embedding" not in terminal.getvalue()

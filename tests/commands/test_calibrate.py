"""`ondap calibrate` as somebody types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .test_commands import run, var  # noqa: F401 - var is a fixture

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_threshold_that_was_set_decides_and_no_target_changes_anything(
    var: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("reindex")
    learned = run("calibrate", "--target", "0.5", "--json")
    assert json.loads(learned.stdout)["changed"]
    assert "ONDAP_THRESHOLD" not in learned.stderr
    monkeypatch.setenv("ONDAP_THRESHOLD", "0.6")
    told = run("calibrate", "--target", "0.5", "--json")
    assert json.loads(told.stdout)["changed"] == []
    assert "ONDAP_THRESHOLD=0.6 decides; the target changes nothing until it is removed." in told.stderr

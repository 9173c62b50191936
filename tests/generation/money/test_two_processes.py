"""A cap against two processes of which one is killed: a small run of `scripts/bench/budget.py` (G18)."""

from pathlib import Path

import pytest

from scripts.bench.budget import measured


@pytest.mark.parametrize("reports", ["never", "absurd"])
async def test_the_cap_holds_for_two_processes_and_across_a_kill_by_the_providers_own_count(
    tmp_path: Path, reports: str
) -> None:
    outcome = await measured(
        tmp_path, reports=reports, cap_usd=0.2, concurrency=3, kill_after=40, services=False, seed=7
    )
    assert outcome.calls > 60
    assert outcome.overshoot_percent <= 2
    assert outcome.charged_usd + outcome.held_usd <= outcome.cap_usd + 1e-9
    assert outcome.charged_usd + outcome.held_usd > 0.96 * outcome.cap_usd, "what is left is too little for an answer"

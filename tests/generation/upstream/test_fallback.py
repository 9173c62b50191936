"""Two targets: which one answers, how often each is asked, and how soon a visitor knows."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from service.errors import UpstreamInterrupted, UpstreamRefused, UpstreamUnavailable
from service.generation.completion import CompletionRequest
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.patience import Deadlines
from service.generation.upstream.target import Target
from tests.upstream import FAULTS, Act, Upstream, answer, faulty, whole

from .asked import ASKED, GOOD, PATIENT, Asked, completing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service.generation.completion import Attempt
    from tests.upstream import Received, Script

SECOND = answer(["두 번째"])
DEAD = whole(500, {"error": {}})
BUSY = whole(429, {"error": {}}, headers={"retry-after": "3"})
NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@dataclass
class Seen:
    """What an observer was told."""

    attempts: list[Attempt] = field(default_factory=list)
    states: list[tuple[str, str]] = field(default_factory=list)

    def attempted(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    def breaker_changed(self, target: str, state: str) -> None:
        self.states.append((target, state))


@asynccontextmanager
async def two(*first: Script, second: Script = SECOND, **options: Any) -> AsyncIterator[tuple[Asked, Upstream]]:
    async with Upstream(*first) as one, Upstream(second) as other:
        completer = completing(one, other, **options)
        try:
            yield Asked(one, completer), other
        finally:
            await completer.close()


@pytest.mark.parametrize(
    ("script", "attempts"),
    [
        (DEAD, 2),
        (whole(529, {}), 2),
        (whole(408, {}), 2),
        (whole(409, {}), 2),
        (whole(400, {}), 1),
        (whole(401, {}), 1),
        (whole(404, {}), 1),
        (whole(307, {}), 1),
        (whole(429, {"error": {"code": "insufficient_quota"}}), 1),
        (whole(429, {}, headers={"retry-after": "1"}), 1),
        (whole(429, {}, headers={"retry-after": "300"}), 1),
        (whole(200, "<html>Sign in</html>"), 2),
        ((Act.RESET,), 2),
        (faulty("error object"), 2),
        (faulty("an event of 30 MB"), 1),
        (answer([]), 1),
    ],
)
async def test_the_second_target_answers_what_the_first_cannot(script: Script, attempts: int) -> None:
    """Faults 68-78, 90, 93, 96, 99, goal G4: at most twice the first, and once where twice cannot help."""
    async with two(script) as (asked, other):
        told = await asked.tell()
        assert (told.text, told.error) == ("두 번째", None)
        assert told.ending
        assert (asked.attempts, len(other.received)) == (attempts, 1)
        assert other.received[0].json["model"] == "m-2"


@pytest.mark.parametrize("name", sorted(FAULTS))
async def test_after_the_first_word_no_other_target_goes_on(name: str) -> None:
    """Faults 77, 78, 81-89, 93-95: two models do not write one answer."""
    async with two(faulty(name, after=["제주"]), deadlines=Deadlines(first=20, between=0.1, total=60)) as (
        asked,
        other,
    ):
        told = await asked.tell()
        assert isinstance(told.error, UpstreamInterrupted)
        assert (told.text, other.received) == ("제주", [])


async def test_at_most_two_attempts_at_each_of_two_targets() -> None:
    """Goal G4."""
    async with two(DEAD, second=DEAD) as (asked, other):
        told = await asked.tell()
        assert isinstance(told.error, UpstreamUnavailable)
        assert (asked.attempts, len(other.received)) == (2, 2)


async def test_a_silent_first_target_leaves_the_second_half_of_the_time() -> None:
    """Faults 79, 80."""
    async with two((Act.HANG,), deadlines=Deadlines(first=0.4, total=60, pause=0)) as (asked, other):
        told = await asked.tell()
        assert told.text == "두 번째"
        assert (asked.attempts, len(other.received)) == (1, 1)


async def test_a_dead_target_is_asked_at_most_five_times_and_then_not_at_all() -> None:
    """Fault 76, goals G4, G5: 20 visitors, and each gets an answer."""
    async with two(DEAD) as (asked, other):
        told = [await asked.tell() for _ in range(20)]
        assert {one.text for one in told} == {"두 번째"}
        assert (asked.attempts, len(other.received)) == (5, 20)


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 307])
async def test_a_refused_key_or_model_is_not_shown_a_second_time(status: int) -> None:
    """Faults 70, 71, 99: the breaker opens at once, and what is raised still says who has to act."""
    async with Upstream(whole(status, {})) as upstream:
        completer = completing(upstream)
        asked = Asked(upstream, completer)
        errors = [(await asked.tell()).error for _ in range(4)]
        await completer.close()
    assert all(isinstance(error, UpstreamRefused) for error in errors)
    assert asked.attempts == 1


async def test_a_bad_request_says_nothing_about_the_next_one() -> None:
    """Fault 69."""
    async with Upstream(whole(400, {}), GOOD) as upstream:
        completer = completing(upstream)
        asked = Asked(upstream, completer)
        assert isinstance((await asked.tell()).error, UpstreamRefused)
        assert (await asked.tell()).error is None
        await completer.close()


async def test_a_pause_one_visitor_was_told_of_is_kept_for_all() -> None:
    """Faults 72, 73: 300 seconds fit nobody's deadline, so nobody asks."""
    busy = whole(429, {}, headers={"retry-after": "300"})
    async with Upstream(busy, GOOD) as upstream:
        completer = completing(upstream)
        asked = Asked(upstream, completer)
        errors = [(await asked.tell()).error for _ in range(10)]
        assert completer.states == {"127.0.0.1": "closed"}
        await completer.close()
    assert all(isinstance(error, UpstreamUnavailable) for error in errors)
    assert asked.attempts == 1


async def test_after_a_pause_the_target_is_asked_again() -> None:
    """Fault 72: by a clock that is not the wall's."""
    now = [1000.0]
    async with Upstream(whole(503, {}, headers={"retry-after": "300"}), GOOD) as upstream:
        completer = completing(upstream, clock=lambda: now[0])
        asked = Asked(upstream, completer)
        assert (await asked.tell()).error
        now[0] += 300
        assert (await asked.tell()).error is None
        await completer.close()


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
@pytest.mark.parametrize("header", [None, "1", "Sun, 01 Nov 2026 12:00:01 GMT", "100", "soon", "-5", "1e309", "NaN"])
async def test_no_status_and_no_retry_after_keeps_a_visitor_from_the_second_target(
    status: int, header: str | None
) -> None:
    """Faults 71-76, 105, goal G4: the matrix."""
    headers = {"retry-after": header} if header else {}
    async with two(whole(status, {}, headers=headers), now=lambda: NOON) as (asked, other):
        assert (await asked.tell()).text == "두 번째"
        waits = header in ("1", "100") or (header or "").endswith("GMT")
        assert (asked.attempts, len(other.received)) == (1 if waits else 2, 1)


async def test_a_hang_is_declined_at_once_after_two_visitors() -> None:
    """Faults 79, 80: whoever comes then waits for nothing."""
    async with Upstream((Act.HANG,)) as upstream:
        completer = completing(upstream, deadlines=Deadlines(first=0.1, total=60, pause=0))
        asked = Asked(upstream, completer)
        for _ in range(2):
            await asked.tell()
        began = time.monotonic()
        assert isinstance((await asked.tell()).error, UpstreamUnavailable)
        assert time.monotonic() - began < 0.05
        assert asked.attempts == 2
        await completer.close()


LEARNING = Deadlines(first=60, between=20, total=60, pause=0, quick=0.2)
"""Only what was learnt of a target makes a silence of it short: a test that learns nothing runs into its timeout."""


async def test_a_target_that_began_soon_is_not_waited_for_as_long_when_it_says_nothing() -> None:
    """Faults 79, 80: the visitors that find out, and then nobody."""
    async with asyncio.timeout(20), Upstream(GOOD, (Act.HANG,)) as upstream:
        completer = completing(upstream, deadlines=LEARNING)
        asked = Asked(upstream, completer)
        assert (await asked.tell()).error is None
        errors = [(await asked.tell()).error for _ in range(5)]
        assert {type(error) for error in errors} == {UpstreamUnavailable}
        assert asked.attempts == 1 + 2
        await completer.close()


async def test_two_targets_that_say_nothing_are_given_up_soon_once_both_are_known() -> None:
    """Faults 79, 80: with a fallback too."""
    async with (
        asyncio.timeout(20),
        Upstream(GOOD, DEAD, DEAD, (Act.HANG,)) as one,
        Upstream(GOOD, (Act.HANG,)) as other,
    ):
        completer = completing(one, other, deadlines=LEARNING)
        asked = Asked(one, completer)
        assert [(await asked.tell()).ending is not None for _ in range(4)] == [True, True, False, False]
        assert (asked.attempts, len(other.received)) == (1 + 2 + 1, 1 + 2)
        await completer.close()


class Thinking(Upstream):
    """Answers a visitor after half a second, a probe and the very first question at once."""

    def script_for(self, request: Received) -> Script:
        super().script_for(request)
        quick = len(self.received) == 1 or request.json["messages"] == [{"role": "user", "content": "1+1="}]
        return GOOD if quick else answer(["이제야"], first_token_seconds=0.5)


async def test_a_target_that_thinks_longer_than_it_used_to_is_not_locked_out() -> None:
    """Faults 79, 80: taken for dead after two visitors, and then waited for longer, because it was not."""
    deadlines = Deadlines(first=20, between=20, total=60, pause=0, quick=0.3, probe=0.05)
    async with asyncio.timeout(20), Thinking(GOOD) as upstream:
        completer = completing(upstream, deadlines=deadlines)
        asked = Asked(upstream, completer)
        assert (await asked.tell()).error is None
        assert [type((await asked.tell()).error) for _ in range(2)] == [UpstreamUnavailable] * 2
        assert (await asked.until_answered()).text == "이제야"
        await completer.close()


@pytest.mark.parametrize("status", [401, 500])
async def test_whatever_it_was_that_failed_is_looked_at_as_often(status: int) -> None:
    """A key that was mended is found as soon as a server that is back."""
    probing = Deadlines(first=20, between=20, total=60, pause=0, probe=0.05)
    async with asyncio.timeout(20), Upstream(*[whole(status, {})] * 6, GOOD) as upstream:
        completer = completing(upstream, deadlines=probing)
        asked = Asked(upstream, completer)
        await asked.until_answered()
        await completer.close()


@pytest.mark.parametrize("script", [(Act.RESET,), DEAD], ids=["reset", "500"])
async def test_a_dead_provider_is_declined_within_two_seconds(script: Script) -> None:
    """Faults 68, 76, with the deadlines that are delivered, both targets dead, for the very first visitor."""
    async with two(script, second=script, deadlines=Deadlines()) as (asked, _):
        began = time.monotonic()
        assert isinstance((await asked.tell()).error, UpstreamUnavailable)
        assert time.monotonic() - began < 2


async def test_two_targets_that_cannot_be_reached_are_declined_within_two_seconds() -> None:
    """Fault 68: a TLS hello that nobody answers is what a packet filter looks like."""
    async with Upstream((Act.HANG,)) as upstream:
        address = upstream.base_url.replace("http:", "https:")
        targets = [Target(address, None, "m-1", label=label) for label in "ab"]
        completer = OpenAICompleter(targets)
        began = time.monotonic()
        assert isinstance((await Asked(upstream, completer).tell()).error, UpstreamUnavailable)
        assert time.monotonic() - began < 2.3
        await completer.close()


async def test_it_is_found_back_by_a_probe_and_no_visitor_waits_for_it() -> None:
    """Goal G5: one probe at a time, and the first good answer after it."""
    probing = Deadlines(first=20, between=20, total=60, pause=0, probe=0.05)
    seen = Seen()
    async with Upstream(*[DEAD] * 7, GOOD) as upstream:
        completer = completing(upstream, deadlines=probing, observer=seen, label="shop")
        asked = Asked(upstream, completer)
        for _ in range(30):
            await asked.tell()
        assert asked.attempts == 5
        async with asyncio.timeout(5):
            while completer.states["shop"] == "open":
                assert (await asked.tell()).error
                await asyncio.sleep(0.01)
        assert asked.attempts == 8, "two probes in vain and one that was answered"
        assert (await asked.tell()).error is None
        assert upstream.received[5].json["messages"] == [{"role": "user", "content": "1+1="}]
        await completer.close()
    assert seen.states == [("shop", "open"), ("shop", "probing")]


async def test_every_attempt_is_told_to_the_observer() -> None:
    seen = Seen()
    async with two(DEAD, faulty("hang", after=["제주"]), observer=seen, deadlines=PATIENT) as (asked, _):
        stream = asked.completer.stream(CompletionRequest(ASKED))
        assert await anext(stream) == "제주"
        await stream.aclose()
    outcomes = [(attempt.model, attempt.outcome, attempt.again) for attempt in seen.attempts]
    assert outcomes == [("m-1", "unavailable", False), ("m-1", "abandoned", True)]
    assert seen.attempts[0].first_text_seconds is None
    assert seen.attempts[1].first_text_seconds is not None


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (GOOD, "complete"),
        (whole(401, {}), "refused"),
        (DEAD, "unavailable"),
        (faulty("reset", after=["네"]), "interrupted"),
    ],
)
async def test_an_attempt_says_how_it_ended(script: Script, outcome: str) -> None:
    seen = Seen()
    async with Upstream(script) as upstream:
        completer = completing(upstream, observer=seen)
        await Asked(upstream, completer).tell()
        await completer.close()
    assert seen.attempts[0].outcome == outcome
    assert (seen.attempts[0].usage is not None) is (outcome == "complete")

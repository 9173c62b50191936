"""What a provider allows a minute, with a clock that only sleeping moves."""

import asyncio
import random

import pytest

from service.errors import UpstreamUnavailable
from service.generation.money.limiter import PATIENCE_SECONDS, Limiter


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def admitted(limiter: Limiter, tokens: int = 0) -> bool:
    try:
        await limiter.admit(tokens)
    except UpstreamUnavailable:
        return False
    return True


@pytest.mark.parametrize("per_minute", [1, 2, 3, 10, 60, 500])
async def test_no_minute_holds_more_requests_than_allowed(per_minute: int) -> None:
    time = Time()
    limiter = Limiter(rpm=per_minute, clock=time, sleep=time.sleep)
    chance = random.Random(per_minute)
    went: list[float] = []
    while time.now < 100 + 300:
        if await admitted(limiter):
            went.append(time.now)
        else:
            time.now += chance.expovariate(1.0)
    for began in went:
        assert sum(began <= at < began + 60 for at in went) <= max(per_minute, 1) + 1e-9
    assert len(went) >= 2.5 * per_minute, "nor is much of it left unused"


async def test_no_minute_holds_more_tokens_than_allowed() -> None:
    time = Time()
    limiter = Limiter(tpm=60_000, clock=time, sleep=time.sleep)
    chance = random.Random(5)
    went: list[tuple[float, int]] = []
    while time.now < 100 + 300:
        tokens = chance.randint(100, 3_000)
        if await admitted(limiter, tokens):
            went.append((time.now, tokens))
        else:
            time.now += 0.5
    for began, _ in went:
        assert sum(tokens for at, tokens in went if began <= at < began + 60) <= 60_000


async def test_a_request_larger_than_the_bucket_waits_for_a_full_one_and_holds_up_the_next() -> None:
    time = Time()
    limiter = Limiter(tpm=6_000, clock=time, sleep=time.sleep)
    assert await admitted(limiter, 5_000)
    assert not await admitted(limiter, 1)
    time.now += 60
    assert await admitted(limiter, 1)


async def test_places_are_given_in_order_and_what_is_too_far_is_refused_at_once() -> None:
    limiter = Limiter(rpm=600)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(100):
        await limiter.admit(0)
    assert loop.time() - began < 0.5, "the first burst waits for nothing"
    order: list[int] = []

    async def ask(number: int) -> None:
        await limiter.admit(0)
        order.append(number)

    outcomes = await asyncio.gather(*(ask(number) for number in range(40)), return_exceptions=True)
    refused = [type(outcome) for outcome in outcomes if outcome]
    assert order == list(range(len(order)))
    assert 5 <= len(order) <= 20
    assert set(refused) == {UpstreamUnavailable}
    assert loop.time() - began < PATIENCE_SECONDS + 1.5

"""A day's cap of one dollar against two processes, a provider that keeps its own count, and a kill in the middle.

    python -m scripts.bench.budget                  two workers of our own around the real ledger, usage never reported
    python -m scripts.bench.budget --usage true     the provider reports its count; `absurd`: sometimes nonsense
    python -m scripts.bench.budget --services       two real services on one var folder, asked over HTTP

What was spent is what the provider counts, by a count of its own, in full for every request it accepted. It is none of
ours: there it is compared with the cap. Without reports the estimate decides, which charges Korean about twice.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import math
import os
import random
import re
import signal
import sys
import tempfile
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2

from service.conversation.sqlite import SqliteStore
from service.errors import BudgetSpent, UpstreamError
from service.generation.completion import CompletionRequest, Sampling
from service.generation.message import Message
from service.generation.money.amount import Caps, Limit, nanos, usd
from service.generation.money.budget import Budget
from service.generation.money.budgeted import Budgeted
from service.generation.money.price import Price, Prices
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.target import Target
from tests.process import service
from tests.upstream import DONE, LAST_CHUNK, OPENING, Received, Script, Upstream, chunk, delta, usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PRICE: Final = Price(0.8, 5.0)
MAX_TOKENS: Final = 600
TOLD: Final = {
    "en": "The parcel leaves the warehouse on the next working day, and you get a message with its number (KR-4821). ",
    "ko": "주문하신 상품은 다음 영업일에 출고되고, 운송장 번호(KR-4821)를 문자로 보내 드립니다. ",
}
_PARTS = re.compile(r"[가-힣]+|[A-Za-z]+|\d+|[^\sA-Za-z\d가-힣]")


def tokens_as_counted(text: str) -> int:
    """About what newer vocabularies make of it: words of up to seven letters, three figures, 1.7 syllables a token."""
    total = 0
    for part in _PARTS.findall(text):
        size = 1.7 if "가" <= part[0] <= "힣" else 7 if part[0].isalpha() else 3
        total += math.ceil(len(part) / size)
    return total


class Provider(Upstream):
    """Answers in either language at any length, and keeps its own count of what it is owed."""

    def __init__(self, *, reports: str, seed: int) -> None:
        super().__init__(())
        self._reports = reports
        self._random = random.Random(seed)
        self.calls = 0
        self.owed_nanos = 0
        self.moved = asyncio.Event()

    def script_for(self, request: Received) -> Script:
        told = request.json["messages"]
        read = 3 + sum(4 + tokens_as_counted(str(message["content"])) for message in told)
        sentence = TOLD[self._random.choice(("en", "ko"))]
        pieces = [word + " " for word in (sentence * self._random.randint(1, 18)).split()]
        kept: list[str] = []
        written = 0
        for piece in pieces:
            written += tokens_as_counted(piece)
            if written > MAX_TOKENS:
                break
            kept.append(piece)
        written = tokens_as_counted("".join(kept))
        self.calls += 1
        self.owed_nanos += math.ceil((read * PRICE.input + written * PRICE.output) * 1000)
        self.moved.set()
        script = [*OPENING, *(chunk(delta(content=piece)) for piece in kept), chunk(delta("stop"))]
        return (*script, *self._report(read, written), chunk(DONE), LAST_CHUNK)

    def _report(self, read: int, written: int) -> tuple[bytes, ...]:
        if self._reports == "never":
            return ()
        if self._reports == "absurd":
            wrong = (usage(-1, written), usage(0, 0), usage(None, "many"), usage(read, 1), usage(True, 2.5))
            if self._random.random() < 0.5:
                return (chunk(self._random.choice(wrong)),)
        return (chunk(usage(read, written)), chunk(usage(read, written)))  # twice is not double


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider is owed in the end, against the cap. Shares are of the cap, in percent."""

    calls: int
    owed_usd: float
    charged_usd: float
    cap_usd: float
    overshoot_percent: float
    undershoot_percent: float
    charged_of_cap_percent: float
    held_usd: float


async def measured(
    folder: Path, *, reports: str, cap_usd: float, concurrency: int, kill_after: int, services: bool, seed: int = 1
) -> Outcome:
    """Two processes ask until both are told that nothing is left; the first is killed and replaced on the way."""
    provider = Provider(reports=reports, seed=seed)
    async with provider:
        run = _services if services else _workers
        await asyncio.wait_for(run(folder, provider, cap_usd, concurrency, kill_after), 600)
        store = SqliteStore.open(folder / "ondap.sqlite", read_only=True)
        standing = await store.ledger.standing(datetime.now(UTC).date())
        await store.close()
    owed, cap = usd(provider.owed_nanos), cap_usd
    return Outcome(
        calls=provider.calls,
        owed_usd=round(owed, 6),
        charged_usd=round(usd(standing.spent.nanos), 6),
        cap_usd=cap,
        overshoot_percent=round(100 * max(0.0, owed - cap) / cap, 3),
        undershoot_percent=round(100 * max(0.0, cap - owed) / cap, 3),
        charged_of_cap_percent=round(100 * usd(standing.spent.nanos) / cap, 3),
        held_usd=round(usd(standing.leased.nanos), 6),
    )


async def _workers(folder: Path, provider: Provider, cap_usd: float, concurrency: int, kill_after: int) -> None:
    command = [sys.executable, "-m", "scripts.bench.budget", "--worker", str(folder), provider.base_url]
    options = ["--cap", str(cap_usd), "--concurrency", str(concurrency)]

    async def start() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(*command, *options, stdout=asyncio.subprocess.DEVNULL)

    first, second = await start(), await start()
    children = [first, second]
    try:
        while provider.calls < kill_after and first.returncode is None:
            provider.moved.clear()
            await provider.moved.wait()
        first.kill()
        await first.wait()
        children.append(await start())
        ended = [await child.wait() for child in children[1:]]
        if any(ended):
            raise RuntimeError(f"workers ended with {ended}")
    finally:
        for child in children:
            if child.returncode is None:
                child.kill()
                await child.wait()


async def _worker(folder: Path, base_url: str, cap_usd: float, concurrency: int) -> None:
    """Asks until it is told three times in a row, a while apart, that the budget is spent."""
    async with _budgeted(folder, base_url, cap_usd) as completer:
        await asyncio.gather(*(_ask_until_spent(completer, f"visitor{number}") for number in range(concurrency)))


@asynccontextmanager
async def _budgeted(folder: Path, base_url: str, cap_usd: float) -> AsyncIterator[Budgeted]:
    store = SqliteStore.open(folder / "ondap.sqlite")
    caps = Caps(everyone=Limit(nanos=nanos(cap_usd)))
    budget = Budget(caps, store.ledger, holder=f"worker-{os.getpid()}", clock=lambda: datetime.now(UTC), zone=UTC)
    inner = OpenAICompleter([Target(base_url, None, "fake-1", Sampling(max_tokens=MAX_TOKENS))])
    await budget.start()
    try:
        yield Budgeted(inner, budget, _OneFor(PRICE), max_tokens=MAX_TOKENS)
    finally:
        await inner.close()
        await budget.close()
        await store.close()


class _OneFor(Prices):
    """One price for whatever target."""

    def __init__(self, price: Price) -> None:
        super().__init__({"fake": price})


async def _ask_until_spent(completer: Budgeted, visitor: str) -> None:
    asked = CompletionRequest(
        [Message("system", TOLD["en"] * 20), Message("user", TOLD["ko"] * 10)], request_id="bench", visitor=visitor
    )
    refusals = 0
    while refusals < 3:
        try:
            async with aclosing(completer.stream(asked)) as pieces:
                async for _ in pieces:
                    pass
            refusals = 0
        except BudgetSpent:
            refusals += 1
            await asyncio.sleep(1.1)
        except UpstreamError as error:
            print(error, file=sys.stderr)


async def _services(folder: Path, provider: Provider, cap_usd: float, concurrency: int, kill_after: int) -> None:
    settings: dict[str, Any] = {
        "chat_base_url": provider.base_url,
        "chat_model": "fake-1",
        "chat_max_tokens": str(MAX_TOKENS),
        "chat_input_price": str(PRICE.input),
        "chat_output_price": str(PRICE.output),
        "budget_usd_per_day": str(cap_usd),
        "rate_limit_per_minute": "100000",
        "time_zone": "UTC",
    }
    async with contextlib.AsyncExitStack() as stack:
        first = await stack.enter_async_context(service(folder, **settings))
        second = await stack.enter_async_context(service(folder, **settings))
        urls = {"first": first.url, "second": second.url}
        asking = [asyncio.create_task(_chat(urls, name)) for name in urls for _ in range(concurrency)]
        while provider.calls < kill_after:
            provider.moved.clear()
            await provider.moved.wait()
        first.signal(signal.SIGKILL)
        await first.ended()
        urls["first"] = (await stack.enter_async_context(service(folder, **settings))).url
        await asyncio.gather(*asking)


async def _chat(urls: dict[str, str], name: str) -> None:
    """Asks what no FAQ answers until the model is silent five times in a row."""
    silent = number = 0
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
        while silent < 5:
            number += 1
            question = {"message": f"플루토늄 {number} 톤을 보관하는 방법과 {name} 행성의 날씨를 알려 주세요"}
            try:
                answered = await client.post(f"{urls[name]}/api/chat", json=question)
                source = answered.json().get("source")
            except httpx2.RequestError:
                await asyncio.sleep(0.5)  # it was killed, and comes back at another address
                continue
            silent = 0 if source == "model" else silent + 1
            if silent:
                await asyncio.sleep(1.1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.budget")
    parser.add_argument("--worker", nargs=2, metavar=("FOLDER", "URL"), help=argparse.SUPPRESS)
    parser.add_argument("--services", action="store_true", help="two real services instead of workers of our own")
    parser.add_argument("--usage", choices=("never", "true", "absurd"), default="never", dest="reports")
    parser.add_argument("--cap", type=float, default=1.0, help="US dollars")
    parser.add_argument("--concurrency", type=int, default=8, help="questions under way in each process")
    parser.add_argument("--kill-after", type=int, default=200, help="calls")
    given = parser.parse_args()
    if given.worker:
        asyncio.run(_worker(Path(given.worker[0]), given.worker[1], given.cap, given.concurrency))
        return
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # the provider goes on writing to who was killed
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(
            measured(
                Path(folder),
                reports=given.reports,
                cap_usd=given.cap,
                concurrency=given.concurrency,
                kill_after=given.kill_after,
                services=given.services,
            )
        )
    print(json.dumps({"usage": given.reports, **asdict(outcome)}))


if __name__ == "__main__":
    main()

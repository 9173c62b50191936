"""The provider dies and comes back: what visitors get meanwhile, how often it is asked, how soon it is used again.

    .venv/bin/python -m scripts.bench.outage                          # five kinds of death, half a minute each
    .venv/bin/python -m scripts.bench.outage --kinds hanging --seconds 60 --fallback

Visitors go on asking, one in two something that is in the FAQ. `refused`: nothing listens at the provider's port;
`reset`: it accepts and resets; `hanging`: it accepts and says nothing; `failing`: it answers 500; `denying`: 401. Ten
questions are answered before it dies. Counted: questions of the FAQ that were answered, how long the others waited
until they were declined (first those until it was known to be dead, `first 5`, then the `rest`), requests that reached
the provider once it was known, and the time from its healing to the first good answer. Goals: every question of the
FAQ, 2 s, one probe in 10 s once it is known, 15 s. With `--fallback` the same provider is the second target too, under
another name, so that both are dead at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from service.knowledge.faq import load_faq
from tests.upstream import Act, answer, whole

from .service import ROOT, serving
from .streams import QUESTION, Scripted, ask, plain_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.upstream import Received, Script

    from .streams import Heard

Kind = Literal["refused", "reset", "hanging", "failing", "denying"]
KINDS: Sequence[Kind] = get_args(Kind)

FAQ = ROOT / "data/faq.yaml"
EVERY_SECONDS = 0.5
HEALED_SECONDS = 60.0
WARMING = 10
SETTLED_SECONDS = 10.0
"""After so long everybody knows that the provider is dead; requests to it from then on are probes."""

GOOD = answer(plain_pieces(10))
numbers = count(1)


class Mortal:
    """The provider: alive, or dead in one of the ways. Remembers when it was asked."""

    def __init__(self) -> None:
        self.dead: Kind | None = None
        self.asked_at: list[float] = []

    def script(self, _: Received) -> Script:
        self.asked_at.append(time.monotonic())
        match self.dead:
            case None:
                return GOOD
            case "failing":
                return whole(500, {"error": {"message": "boom"}})
            case "denying":
                return whole(401, {"error": {"message": "no"}})
            case "hanging":
                return (Act.HANG,)
            case "refused" | "reset":
                return (Act.RESET,)


@dataclass(slots=True)
class Outage:
    """What was heard while the provider was dead."""

    faq: list[Heard] = field(default_factory=list)
    others: list[Heard] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    healed_seconds: float | None = None


def source(heard: Heard) -> str:
    """Where the answer came from, and an empty word for one that did not end well."""
    events = heard.events
    well = bool(events) and events[-1].name == "done" and events[-1].data["complete"]
    return str(events[0].data["source"]) if well else ""


async def other(port: int) -> Heard:
    return await ask(port, f"{QUESTION} {next(numbers)}번째", seconds=60)


async def through(port: int, mortal: Mortal, provider: Scripted, kind: Kind, seconds: float) -> Outage:
    """One death from its beginning to the first good answer."""
    outage = Outage()
    for _ in range(WARMING):
        if source(await other(port)) != "model":
            raise SystemExit("The provider is alive and was not used.")
    if kind == "refused":
        await provider.__aexit__()
    mortal.dead = kind
    questions = [entry.question for entry in load_faq(FAQ).entries]
    died = time.monotonic()
    async with asyncio.TaskGroup() as visitors:
        known: list[asyncio.Task[Heard]] = []
        unknown: list[asyncio.Task[Heard]] = []
        while time.monotonic() < died + seconds:
            known.append(visitors.create_task(ask(port, questions[len(known) % len(questions)], seconds=60)))
            unknown.append(visitors.create_task(other(port)))
            await asyncio.sleep(EVERY_SECONDS)
    outage.faq, outage.others = [task.result() for task in known], [task.result() for task in unknown]
    outage.probes = [at - died for at in mortal.asked_at if at >= died + SETTLED_SECONDS]
    mortal.dead = None
    if kind == "refused":
        await provider.__aenter__()
    healed = time.monotonic()
    while time.monotonic() < healed + HEALED_SECONDS:
        if source(await other(port)) == "model":
            outage.healed_seconds = time.monotonic() - healed
            break
        await asyncio.sleep(0.25)
    return outage


def summary(outage: Outage) -> dict[str, object]:
    first, rest = ([heard.seconds for heard in part] for part in (outage.others[:5], outage.others[5:]))
    gaps = [later - earlier for earlier, later in pairwise(outage.probes)]
    return {
        "faq answered": f"{sum(source(heard) == 'faq' for heard in outage.faq)} of {len(outage.faq)}",
        "others declined": f"{sum(source(heard) == 'suggest' for heard in outage.others)} of {len(outage.others)}",
        "declined first 5 max s": round(max(first), 3),
        "declined rest p50 s": round(statistics.median(rest), 3) if rest else None,
        "declined rest max s": round(max(rest), 3) if rest else None,
        "requests once known": len(outage.probes),
        "closest two s": round(min(gaps), 1) if gaps else None,
        "healed to good answer s": round(outage.healed_seconds, 1) if outage.healed_seconds else "never",
    }


def targets(base_url: str, *, both: bool) -> dict[str, Any]:
    """The settings that name them."""
    first = {"chat_base_url": base_url, "chat_model": "fake-1"}
    return first | ({"chat_fallback_base_url": base_url, "chat_fallback_model": "fake-2"} if both else {})


async def measure(options: argparse.Namespace, core: int, folder: Path) -> dict[str, dict[str, object]]:
    report: dict[str, dict[str, object]] = {}
    for kind in options.kinds:
        print(f"  {kind} ...", file=sys.stderr, flush=True)
        mortal = Mortal()
        provider = Scripted(mortal.script)
        async with provider:
            with serving(var_dir=folder, core=core, **targets(provider.base_url, both=options.fallback)) as service:
                report[kind] = summary(await through(service.port, mortal, provider, kind, options.seconds))
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each death lasts")
    parser.add_argument("--fallback", action="store_true", help="two targets, which die together")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with tempfile.TemporaryDirectory() as folder:  # one for all of them: the index is built once
        report = asyncio.run(measure(options, cores[0], Path(folder)))
    if options.json:
        print(json.dumps(report))
        return
    for kind, figures in report.items():
        print(kind)
        for name, figure in figures.items():
            print(f"  {name:26} {figure}")


if __name__ == "__main__":
    main()

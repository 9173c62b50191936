"""Ten thousand streams cut at a random byte: what was sent, what the visitor heard and what was stored must agree.

    .venv/bin/python -m scripts.bench.cuts                         # 10,000, a few minutes
    .venv/bin/python -m scripts.bench.cuts --streams 500 --seed 7
    .venv/bin/python -m scripts.bench.cuts --seed 7 --only 381     # one of them again

A fake provider on loopback cuts each answer somewhere between the first byte of its head and the last of its end: by a
reset, by a close, by a clean end that comes too early, in a body without a length, in one shorter than its length. A
real service passes it on to a visitor on a raw socket. Nothing may be shown (`done` with `complete`) or stored as
complete unless the whole answer with its `finish_reason` had been sent, and each stream ends with exactly one `done` or
`error`. Exits 1 where one did not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from service.conversation.sqlite import SqliteStore
from service.conversation.store import ExchangeFilter
from tests.upstream import DONE, LAST_CHUNK, Act, Pause, answer, chunk, delta, head, usage

from .service import serving
from .streams import QUESTION, Scripted, ask, plain_pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from service.conversation.store import Answer
    from tests.upstream import Received, Script, Step

    from .streams import Heard, Told

How = Literal["reset", "close", "clean end", "until close", "short of its length"]
HOWS: Sequence[How] = get_args(How)
HOPEFUL = ("scripts.bench.hopeful",)
AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class Sent:
    """What the provider did with one request: `said` of its `text` left it, `finished` with a `finish_reason`."""

    how: How
    text: str
    said: str
    finished: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one stream."""

    number: int
    what: str


def cut_answer(random: random.Random) -> tuple[Sent, Script]:
    """An answer of a random length, cut at a random byte in a random way."""
    pieces = plain_pieces(random.randint(1, 30))
    events = [delta(role="assistant", content=""), *(delta(content=piece) for piece in pieces)]
    ends = len(b"".join(events))  # of the last word; the next event is the finish
    finish = delta("stop")
    events += [finish, usage(7, len(pieces)), DONE]
    payload, how = b"".join(events), random.choice(HOWS)
    match how:
        case "reset" | "close":
            raw = [head(), *map(chunk, events), LAST_CHUNK]
        case "clean end":
            raw = [payload]
        case "until close":
            raw = [head(length=-1), payload]
        case "short of its length":
            raw = [head(length=len(payload)), payload]
    cut = random.randint(0, len(b"".join(raw)))
    if how == "clean end":
        sent, arrived = head() + b"".join(map(chunk, _in_events(events, cut))) + LAST_CHUNK, cut
    else:
        sent = b"".join(raw)[:cut]
        arrived = _payload_bytes(events, cut - len(raw[0])) if len(raw) > 2 else max(0, cut - len(raw[0]))
    said = "".join(piece for piece, end in zip(pieces, _text_ends(events), strict=False) if arrived >= end)
    acts: dict[How, Step] = {"reset": Act.RESET, "clean end": Pause(0.0)}
    return Sent(how, "".join(pieces), said, arrived >= ends + len(finish) - 2), (
        *_in_parts(sent, random),
        acts.get(how, Act.CLOSE),
    )


def _text_ends(events: Sequence[bytes]) -> list[int]:
    """Where in the payload the event of each piece is whole but for its empty line."""
    ends, at = [], len(events[0])
    for event in events[1:]:
        at += len(event)
        ends.append(at - 2)
    return ends


def _in_events(events: Sequence[bytes], cut: int) -> list[bytes]:
    """The first `cut` bytes as the events they are, the last of them in part."""
    parts = []
    for event in events:
        if cut > 0:
            parts.append(event[:cut])
        cut -= len(event)
    return parts


def _payload_bytes(events: Sequence[bytes], cut: int) -> int:
    """How much of the payload the first `cut` bytes of a chunked body hold."""
    arrived = 0
    for event in events:
        framed = chunk(event)
        arrived += max(0, min(len(event), cut - framed.index(b"\r\n") - 2))
        cut -= len(framed)
    return arrived


def _in_parts(data: bytes, random: random.Random) -> list[Step]:
    """As it might come over a network: in up to four parts, a moment apart."""
    at = sorted(random.randint(0, len(data)) for _ in range(random.randint(0, 3)))
    parts: list[Step] = []
    for start, end in zip([0, *at], [*at, len(data)], strict=True):
        parts += [data[start:end], Pause(random.choice([0.0, 0.001, 0.004]))]
    return parts


def faults_of(sent: Sequence[Sent], heard: Heard, stored: Answer | None) -> list[str]:
    """What one stream got wrong. Pure: it knows only what left the provider, what was heard and what is on disk."""
    events = heard.events
    if heard.status != 200 or not heard.ended or not events or events[0].name != "meta":
        return [f"was no stream with an end (status {heard.status}, {len(events)} events)"]
    ends = [event for event in events if event.name in {"done", "error"}]
    if len(ends) != 1 or events[-1] is not ends[0]:
        return [f"ended {len(ends)} times, or went on after its end"]
    if stored is None:
        return ["is not on disk"]
    said = "".join(event.data["text"] for event in events if event.name == "delta")
    whole = ends[0].name == "done" and bool(ends[0].data["complete"])
    if events[0].data["source"] != "model":
        return _faults_of_declined(sent, ends[0], said, stored)
    return [what for what, wrong in _claims(sent, ends[0], said, whole=whole, stored=stored).items() if wrong]


def _claims(sent: Sequence[Sent], end: Told, said: str, *, whole: bool, stored: Answer) -> Mapping[str, bool]:
    finished = {one.text.rstrip() for one in sent if one.finished}  # spaces behind the last word are nobody's words
    return {
        "was shown as complete and was not": whole and said.rstrip() not in finished,
        "was stored as complete and was not": stored.end == "complete" and stored.text.rstrip() not in finished,
        "was shown as one thing and stored as another": whole != (stored.end == "complete") or said != stored.text,
        "ended with another answer than it had said": end.name == "done" and end.data["answer"] != said,
        "said what the provider had not": not any(one.said.startswith(said) for one in sent),
    }


def _faults_of_declined(sent: Sequence[Sent], end: Told, said: str, stored: Answer) -> list[str]:
    shown = end.data.get("answer", "")
    leaked = any(one.said and one.said in text for one in sent for text in (shown, stored.text))
    wrong = said or leaked or stored.source == "model" or stored.text != shown
    return ["was declined, and yet showed or stored words of the provider"] if wrong else []


class Cutter:
    """The provider. Each question has its number, each attempt at it its own cut, all of them by the seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.sent: dict[int, list[Sent]] = {}

    def script(self, request: Received) -> Script:
        asked = re.search(r"(\d+)번째", request.json["messages"][-1]["content"])
        if not asked:  # a probe: it finds a provider that answers
            return answer(["네."])
        attempts = self.sent.setdefault(int(asked[1]), [])
        sent, script = cut_answer(random.Random(f"{self._seed} {asked[1]} {len(attempts)}"))
        attempts.append(sent)
        return script


async def hear(port: int, cutter: Cutter, *, streams: int, only: int | None = None) -> dict[int, Heard]:
    """Ask until so many streams were cut; what was heard of each question, by number."""
    numbers = iter([only]) if only is not None else count(1)
    heard: dict[int, Heard] = {}

    async def visitor() -> None:
        for number in numbers:
            if len(cutter.sent) >= streams or number > streams * 10:
                return
            heard[number] = await ask(port, f"{QUESTION} {number}번째")
            if len(heard) % 500 == 0:
                print(f"  {len(heard):,} asked, {len(cutter.sent):,} cut", file=sys.stderr, flush=True)

    await asyncio.gather(*(visitor() for _ in range(AT_ONCE)))
    return heard


async def answers_in(database: Path) -> AsyncIterator[tuple[str, Answer]]:
    """Every stored answer by the id of its exchange."""
    store = SqliteStore.open(database, read_only=True)
    try:
        last = 0
        while page := await store.exchanges(ExchangeFilter(after_number=last), limit=1_000):
            for exchange in page:
                if exchange.answer:
                    yield exchange.id, exchange.answer
            last = page[-1].number
    finally:
        await store.close()


async def judged(cutter: Cutter, heard: Mapping[int, Heard], database: Path) -> list[Fault]:
    """Every fault of every stream."""
    stored = {exchange_id: answer async for exchange_id, answer in answers_in(database)}
    return [
        Fault(number, what)
        for number, one in sorted(heard.items())
        for what in faults_of(
            cutter.sent.get(number, []),
            one,
            next((stored.get(event.data["exchange_id"]) for event in one.events if event.name == "meta"), None),
        )
    ]


def counted(cutter: Cutter, heard: Mapping[int, Heard]) -> dict[str, int]:
    """How the streams that were cut ended, for who hears them."""
    ends: Counter[str] = Counter()
    for number in cutter.sent:
        source, last = heard[number].events[0].data["source"], heard[number].events[-1]
        whole = "complete" if last.data.get("complete") else "cut and said so"
        ends["declined" if source != "model" else whole] += 1
    return dict(ends) | {"provider left alone": len(heard) - len(cutter.sent)}


async def measure(options: argparse.Namespace, core: int, folder: Path) -> tuple[dict[str, object], list[Fault]]:
    cutter = Cutter(options.seed)
    began = time.perf_counter()
    async with Scripted(cutter.script) as provider:
        with serving(
            var_dir=folder, core=core, program=HOPEFUL, chat_base_url=provider.base_url, chat_model="fake-1"
        ) as service:
            heard = await hear(service.port, cutter, streams=options.streams, only=options.only)
    faults = await judged(cutter, heard, folder / "ondap.sqlite")
    report = {
        "seed": options.seed,
        "streams": len(cutter.sent),
        "attempts": dict(Counter(sent.how for attempts in cutter.sent.values() for sent in attempts)),
        "ends": counted(cutter, heard),
        "faults": len(faults),
        "seconds": round(time.perf_counter() - began, 1),
    }
    return report, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=10_000, help="streams to be cut")
    parser.add_argument("--seed", type=int, default=1, help="decides every cut")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one stream of the seed alone")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with tempfile.TemporaryDirectory() as folder:
        report, faults = asyncio.run(measure(options, cores[0], Path(folder)))
    for fault in faults[:10]:
        print(
            f"Stream {fault.number} {fault.what}. Again: --seed {options.seed} --only {fault.number}", file=sys.stderr
        )
    if options.json:
        print(json.dumps(report))
    else:
        print("\n".join(f"{name:10} {value}" for name, value in report.items()))
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()

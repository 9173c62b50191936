"""Completions over real sockets: what a provider can do wrong, before its first word and after it."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import subprocess
import sys
import traceback
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from service.errors import UpstreamError, UpstreamInterrupted, UpstreamRefused, UpstreamUnavailable
from service.generation.completion import CompletionRequest, Ending
from service.generation.message import Message
from service.generation.tokens import Usage, estimate_tokens
from service.generation.upstream.bulkhead import Bulkhead
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.patience import Deadlines
from tests.upstream import (
    DONE,
    FAULTS,
    FINISH,
    LAST_CHUNK,
    OPENING,
    Act,
    Upstream,
    answer,
    chunk,
    delta,
    event,
    faulty,
    head,
    usage,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.upstream import Script

ASKED = [Message("system", "You help."), Message("user", "제주도 배송은 얼마예요?")]
PATIENT = Deadlines(first=20.0, between=20.0, tail=20.0, total=60.0, pause=0.0)
GOOD = answer(["제주", "는 3,000원"])
SILENCES = ("hang", "comment drip", "empty delta drip")
NEVER_TWICE = (
    "an event of 30 MB",
    "a line without end",
    "comments without end",
    "a tool call",
    "a finish by tool call",
)
CANARY = "sk-canary"


@dataclass
class Told:
    """Everything one completion gave: its text, its ending or its error."""

    text: str
    ending: Ending | None
    error: UpstreamError | None


@asynccontextmanager
async def asking(*scripts: Script, deadlines: Deadlines = PATIENT, **options: Any) -> AsyncIterator[Asked]:
    async with Upstream(*scripts) as upstream:
        completer = OpenAICompleter(upstream.base_url, "sk-ours", "m-1", deadlines=deadlines, **options)
        try:
            yield Asked(upstream, completer)
        finally:
            await completer.close()


@dataclass
class Asked:
    upstream: Upstream
    completer: OpenAICompleter

    async def tell(self) -> Told:
        told = Told("", None, None)
        try:
            async for piece in self.completer.stream(CompletionRequest(ASKED, request_id="ex-1")):
                assert told.ending is None, "an ending is the last that comes"
                if isinstance(piece, Ending):
                    told.ending = piece
                elif isinstance(piece, str):
                    told.text += piece
        except UpstreamError as error:
            told.error = error
        return told

    @property
    def attempts(self) -> int:
        return len(self.upstream.received)


async def tell(*scripts: Script, deadlines: Deadlines = PATIENT, **options: Any) -> tuple[Told, int]:
    async with asking(*scripts, deadlines=deadlines, **options) as asked:
        return await asked.tell(), asked.attempts


async def test_a_good_answer_arrives_to_the_byte_with_its_ending() -> None:
    told, attempts = await tell(GOOD)
    assert told == Told("제주는 3,000원", Ending("stop", Usage(7, 5), "fake-1"), None)
    assert told.ending
    assert told.ending.complete
    assert attempts == 1


async def test_the_request_is_what_the_wire_format_asks_for() -> None:
    async with asking(GOOD, temperature=0.2, max_tokens=50) as asked:
        await asked.tell()
        request = asked.upstream.received[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-ours"
    assert request.headers["x-client-request-id"] == "ex-1"
    assert request.headers["accept-encoding"] == "identity"
    assert request.json == {
        "model": "m-1",
        "messages": [{"role": message.role, "content": message.content} for message in ASKED],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.2,
        "max_tokens": 50,
    }


# Faults after the headers


@pytest.mark.parametrize("name", sorted(set(FAULTS) - set(SILENCES)))
async def test_a_fault_before_the_first_word_is_tried_once_more(name: str) -> None:
    """Faults 77, 78, 83-89, 93-95."""
    told, attempts = await tell(faulty(name), GOOD)
    if name in NEVER_TWICE:
        assert isinstance(told.error, UpstreamUnavailable)
        assert (told.text, attempts) == ("", 1)
    else:
        assert told.error is None
        assert (told.text, attempts) == ("제주는 3,000원", 2)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - set(SILENCES)))
async def test_a_fault_that_stays_makes_the_provider_unavailable_after_two_attempts(name: str) -> None:
    """Faults 77, 78, 83-89, 93-95."""
    told, attempts = await tell(faulty(name))
    assert isinstance(told.error, UpstreamUnavailable)
    assert (told.text, told.ending) == ("", None)
    assert attempts == (1 if name in NEVER_TWICE else 2)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - set(SILENCES)))
async def test_a_fault_after_the_first_word_interrupts_and_is_never_tried_again(name: str) -> None:
    """Faults 77, 78, 81, 83-89, 93-95: what was shown stays, and nothing calls it whole."""
    told, attempts = await tell(faulty(name, after=["제주", "는 "]), GOOD)
    assert isinstance(told.error, UpstreamInterrupted)
    assert (told.text, told.ending, attempts) == ("제주는 ", None, 1)


@pytest.mark.parametrize("name", SILENCES)
async def test_silence_before_the_first_word_ends_at_the_first_deadline(name: str) -> None:
    """Faults 80, 82: comments and empty pieces are silence too; a second attempt would only double the wait."""
    told, attempts = await tell(faulty(name), deadlines=Deadlines(first=0.1, between=60, total=60, pause=0))
    assert isinstance(told.error, UpstreamUnavailable)
    assert attempts == 1


@pytest.mark.parametrize("name", SILENCES)
async def test_silence_after_the_first_word_interrupts(name: str) -> None:
    """Faults 81, 82."""
    told, attempts = await tell(faulty(name, after=["제주"]), deadlines=Deadlines(first=20, between=0.1, total=60))
    assert isinstance(told.error, UpstreamInterrupted)
    assert (told.text, attempts) == ("제주", 1)


async def test_a_hang_before_the_headers_ends_at_the_first_deadline() -> None:
    """Fault 79."""
    told, attempts = await tell((Act.HANG,), deadlines=Deadlines(first=0.1, total=60, pause=0))
    assert isinstance(told.error, UpstreamUnavailable)
    assert attempts == 1


async def test_an_answer_that_never_ends_is_stopped_at_the_total_deadline() -> None:
    """Fault 94."""
    endless = answer([f"{n} " for n in range(500)], interval_seconds=0.01)
    told, _ = await tell(endless, deadlines=Deadlines(first=20, between=20, total=0.4))
    assert isinstance(told.error, UpstreamInterrupted)
    assert told.text.startswith("0 1 2")


async def test_a_visitor_who_reads_slowly_does_not_count_as_a_silent_provider() -> None:
    async with asking(answer(["하나", "둘"]), deadlines=Deadlines(first=20, between=0.05, total=60)) as asked:
        pieces = []
        async for piece in asked.completer.stream(CompletionRequest(ASKED)):
            pieces.append(piece)
            read_on = asyncio.Event()
            asyncio.get_running_loop().call_later(0.1, read_on.set)
            await read_on.wait()
    assert pieces[:2] == ["하나", "둘"]


async def test_no_stream_cut_at_any_byte_is_passed_off_as_whole() -> None:
    """Faults 83-86, goal G3: only a stream that carries its finish_reason to the end of that event is complete."""
    body = b"".join(delta(content=piece) for piece in ("제주", "는 ", "3,000원"))
    finish = delta("stop")
    sent = body + finish + usage(7, 5) + DONE
    seeded = random.Random(20261101)
    cuts = [*sorted(seeded.sample(range(len(sent)), 40)), len(body + finish) - 1, len(body + finish)]
    for cut, ending in itertools.product(cuts, (Act.RESET, Act.CLOSE)):
        told, _ = await tell((head(length=-1), sent[:cut], ending))
        if told.ending:
            assert cut >= len(body + finish)
            assert told.text == "제주는 3,000원"
        else:
            assert "제주는 3,000원".startswith(told.text)
            assert isinstance(told.error, UpstreamInterrupted if told.text else UpstreamUnavailable)


async def test_the_same_piece_a_hundred_times_is_a_loop_and_not_an_answer() -> None:
    """Fault 92."""
    told, _ = await tell(answer(["네 "] * 300))
    assert isinstance(told.error, UpstreamInterrupted)
    assert told.text == "네 " * 99


async def test_text_beyond_sixteen_kibibytes_is_cut_and_called_interrupted() -> None:
    """Fault 94."""
    told, _ = await tell(answer([f"{n:04}" + "가" * 332 for n in range(20)]))
    assert isinstance(told.error, UpstreamInterrupted)
    assert len(told.text.encode()) == 16_000


# Ends


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", "stop"),
        ("eos_token", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("brand_new", "other"),
    ],
)
async def test_the_ending_says_why_the_answer_ended(reason: str, expected: str) -> None:
    """Fault 95: only `stop` is complete."""
    told, _ = await tell(answer(["네"], finish=(chunk(delta(reason)), chunk(DONE), LAST_CHUNK)))
    assert told.ending
    assert told.ending.finish_reason == expected
    assert told.ending.complete is (expected == "stop")


@pytest.mark.parametrize(
    "after_it",
    [
        (LAST_CHUNK,),
        (Act.RESET,),
        (Act.CLOSE,),
        (chunk(event("{broken")), Act.HANG),
        (chunk(DONE), Act.HANG),
        (Act.HANG,),
    ],
    ids=["end", "reset", "close", "garbage", "done and no end", "hang"],
)
async def test_what_goes_wrong_behind_a_finish_reason_does_not_undo_a_whole_answer(after_it: Script) -> None:
    """Fault 86's other side: some providers never send [DONE], and some never close."""
    told, _ = await tell(
        answer(["네"], finish=(chunk(delta("stop")), *after_it)), deadlines=Deadlines(first=20, tail=0.05)
    )
    assert told.error is None
    assert told.ending
    assert told.ending.complete


async def test_text_behind_a_finish_reason_needs_a_new_one() -> None:
    goes_on = (chunk(delta("stop")), chunk(delta(content=" 그리고")), chunk(DONE), LAST_CHUNK)
    told, _ = await tell(answer(["네"], finish=goes_on))
    assert isinstance(told.error, UpstreamInterrupted)
    assert told.text == "네 그리고"


@pytest.mark.parametrize(
    "silent",
    [
        (),
        (chunk(delta(content="  \n")),),
        (chunk(delta(reasoning_content="The visitor wants ...")),),
        (chunk(delta(content="<think>The visitor wants ...")),),
    ],
    ids=["nothing", "white space", "reasoning field", "reasoning tag"],
)
async def test_an_answer_without_a_visible_word_is_no_answer(silent: Script) -> None:
    """Faults 96, 97."""
    told, attempts = await tell((*OPENING, *silent, *FINISH))
    assert isinstance(told.error, UpstreamUnavailable)
    assert (told.text, attempts) == ("", 1)


@pytest.mark.parametrize(
    "counted",
    [
        (),
        (usage(-1, 5),),
        (usage(7, 10**12),),
        (usage("7", 5),),
        (usage(True, 5),),
        (event({"choices": [], "usage": 3}),),
    ],
    ids=["missing", "negative", "absurd", "text", "boolean", "no object"],
)
async def test_tokens_that_nobody_counted_believably_are_estimated(counted: tuple[bytes, ...]) -> None:
    """Fault 98."""
    told, _ = await tell(
        answer(["제주는 ", "3,000원"], finish=(chunk(delta("stop")), *map(chunk, counted), chunk(DONE), LAST_CHUNK))
    )
    asked = sum(estimate_tokens(message.content) for message in ASKED)
    assert told.ending
    assert told.ending.usage == Usage(asked, estimate_tokens("제주는 3,000원"), estimated=True)


async def test_usage_that_comes_twice_is_counted_once() -> None:
    """Fault 98."""
    twice = (chunk(usage(1, 1)), chunk(delta("stop")), chunk(usage(7, 5)), chunk(DONE), LAST_CHUNK)
    told, _ = await tell(answer(["네"], finish=twice))
    assert told.ending
    assert told.ending.usage == Usage(7, 5)


# What arrives instead of a stream


async def test_a_completion_in_one_piece_is_accepted_although_a_stream_was_asked_for() -> None:
    """Fault 91."""
    said = {"index": 0, "message": {"role": "assistant", "content": "네, 됩니다."}, "finish_reason": "stop"}
    counted = {"prompt_tokens": 3, "completion_tokens": 4}
    told, _ = await tell(whole(200, {"model": "fake-2", "choices": [said], "usage": counted}))
    assert told == Told("네, 됩니다.", Ending("stop", Usage(3, 4), "fake-2"), None)


async def test_a_completion_in_one_piece_needs_its_finish_reason_too() -> None:
    """Faults 86, 91."""
    told, _ = await tell(whole(200, {"choices": [{"message": {"content": "네, 됩"}}]}))
    assert isinstance(told.error, UpstreamInterrupted)


@pytest.mark.parametrize(
    "other",
    [
        whole(200, "<html>Sign in to the network</html>"),
        whole(200, {"error": {"message": CANARY}}),
        whole(200, {"detail": CANARY}),
        (head(200, "application/json", length=-1), b'{"choices": [{"mess', Act.CLOSE),
        (head(200, "application/octet-stream"), chunk(delta(content="네")), *FINISH),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Act.CLOSE),
    ],
    ids=["html", "error", "other json", "cut json", "other type", "not http"],
)
async def test_what_is_no_completion_counts_as_a_failed_attempt(other: Script) -> None:
    """Faults 85, 90, 91."""
    told, attempts = await tell(other, GOOD)
    assert (told.text, told.error, attempts) == ("제주는 3,000원", None, 2)
    told, attempts = await tell(other)
    assert isinstance(told.error, UpstreamUnavailable)
    assert (told.text, attempts) == ("", 2)


# Who is to blame, and whether trying again helps


@pytest.mark.parametrize("status", [307, 308, 400, 401, 402, 403, 404, 405, 413, 422])
async def test_a_refusal_is_final(status: int) -> None:
    """Faults 69-71, 99: one attempt, and the operator is told."""
    moved = {"location": "https://elsewhere.example/v1"} if status < 400 else {}
    told, attempts = await tell(whole(status, {"error": {"message": CANARY}}, headers=moved))
    assert isinstance(told.error, UpstreamRefused)
    assert str(status) in str(told.error)
    assert attempts == 1


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
async def test_a_busy_provider_is_asked_once_more(status: int) -> None:
    """Faults 71, 72, 76."""
    busy = whole(status, {"error": {"message": CANARY}})
    told, attempts = await tell(busy, GOOD)
    assert (told.text, attempts) == ("제주는 3,000원", 2)
    told, attempts = await tell(busy)
    assert isinstance(told.error, UpstreamUnavailable)
    assert attempts == 2


async def test_an_exhausted_quota_is_final() -> None:
    """Fault 75."""
    told, attempts = await tell(whole(429, {"error": {"code": "insufficient_quota", "message": CANARY}}))
    assert isinstance(told.error, UpstreamRefused)
    assert attempts == 1


@pytest.mark.parametrize(
    ("retry_after", "attempts"),
    [
        ("0", 2),
        ("0.01", 2),
        ("300", 1),
        ("Sun, 01 Nov 2026 00:00:00 GMT", 2),
        ("Sun, 01 Nov 2026 01:00:00 GMT", 1),
        ("Sat, 31 Oct 1998 00:00:00 GMT", 2),
        ("soon", 2),
        ("-5", 2),
        ("1e309", 2),
        ("NaN", 2),
        ("", 2),
    ],
)
async def test_a_second_attempt_waits_as_asked_or_is_not_made(retry_after: str, attempts: int) -> None:
    """Faults 72-74, 105: 300 seconds do not fit the deadline, and nonsense counts as nothing said."""
    busy = whole(429, {"error": {}}, headers={"retry-after": retry_after})
    told, made = await tell(busy, GOOD, now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    assert made == attempts
    assert isinstance(told.error, UpstreamUnavailable) is (attempts == 1)


async def test_nobody_listening_is_unavailable() -> None:
    """Fault 68."""
    async with Upstream(GOOD) as gone:
        base_url = gone.base_url
    completer = OpenAICompleter(base_url, None, "m-1", deadlines=PATIENT)
    with pytest.raises(UpstreamUnavailable):
        await anext(completer.stream(CompletionRequest(ASKED)))
    await completer.close()


@pytest.mark.parametrize(
    "script",
    [
        whole(401, {"error": {"message": f"Incorrect API key provided: {CANARY}", "code": CANARY}}),
        whole(500, CANARY),
        faulty("error object"),
        faulty("error event of text"),
        faulty("error object", after=["네"]),
    ],
)
async def test_no_word_of_the_provider_and_no_key_is_in_an_error(script: Script) -> None:
    """T19: neither in the message nor in a traceback that a log would print."""
    told, _ = await tell(script)
    assert told.error
    printed = "".join(traceback.format_exception(told.error))
    assert CANARY not in printed
    assert "sk-ours" not in printed
    assert re.match(r"The completion endpoint 127\.0\.0\.1 [^\n]+\.$", str(told.error))


# Resources


@pytest.mark.parametrize(
    "script",
    [(Act.HANG,), (*OPENING, Act.HANG), faulty("hang", after=["네"]), faulty("comment drip", after=["네"])],
    ids=["before headers", "before the first word", "between words", "while it drips"],
)
async def test_a_visitor_who_leaves_frees_the_provider_at_once(script: Script) -> None:
    """Fault 120, goal G10."""
    async with asking(script) as asked:
        reading = asyncio.create_task(asked.tell())
        await asked.upstream.arrived()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        async with asyncio.timeout(5):
            await asked.upstream.all_closed()


async def test_closing_the_iterator_in_the_middle_closes_the_connection() -> None:
    """Fault 120, goal G10."""
    async with asking(faulty("hang", after=["네"])) as asked:
        async with aclosing(asked.completer.stream(CompletionRequest(ASKED))) as pieces:
            assert await anext(pieces) == "네"
            assert asked.upstream.open_connections == 1
        async with asyncio.timeout(5):
            await asked.upstream.all_closed()


async def test_leaving_during_the_pause_before_a_second_attempt_makes_none() -> None:
    """Fault 120."""
    busy = whole(429, {}, headers={"retry-after": "15"})
    async with asking(busy, GOOD) as asked:
        reading = asyncio.create_task(asked.tell())
        await asked.upstream.arrived()
        done, _ = await asyncio.wait({reading}, timeout=0.1)
        assert not done
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert asked.attempts == 1


async def test_a_connection_is_used_again_after_a_whole_answer() -> None:
    async with asking(GOOD) as asked:
        for _ in range(3):
            assert (await asked.tell()).error is None
        assert asked.upstream.connections == 1
        assert asked.attempts == 3


async def test_a_connection_that_the_provider_closed_meanwhile_costs_no_answer() -> None:
    async with asking((*GOOD, Act.CLOSE), GOOD) as asked:
        assert (await asked.tell()).error is None
        assert (await asked.tell()).text == "제주는 3,000원"


async def test_only_so_many_completions_run_and_wait_at_once() -> None:
    """Fault 103."""
    bulkhead = Bulkhead(places=1, queue=1, patience_seconds=60)
    async with asking(faulty("hang"), bulkhead=bulkhead) as asked:
        running = asyncio.create_task(asked.tell())
        await asked.upstream.arrived()
        queued = asyncio.create_task(asked.tell())
        await asyncio.wait({queued}, timeout=0.05)
        refused = await asked.tell()
        assert isinstance(refused.error, UpstreamUnavailable)
        assert asked.attempts == 1
        for task in (running, queued):
            task.cancel()
        await asyncio.wait({running, queued})


async def test_a_place_in_the_queue_is_given_up_after_a_while() -> None:
    """Fault 103."""
    async with asking(faulty("hang"), bulkhead=Bulkhead(places=1, patience_seconds=0.05)) as asked:
        running = asyncio.create_task(asked.tell())
        await asked.upstream.arrived()
        assert isinstance((await asked.tell()).error, UpstreamUnavailable)
        running.cancel()
        await asyncio.wait({running})


async def test_many_streams_at_once_do_not_mix() -> None:
    """T22: each visitor gets the bytes of their own answer."""
    scripts = [answer([f"{n}번 손님 ", f"답 {n}"]) for n in range(40)]
    async with asking(*scripts) as asked:
        told = await asyncio.gather(*(asked.tell() for _ in scripts))
    assert {one.text for one in told} == {f"{n}번 손님 답 {n}" for n in range(40)}
    assert all(one.ending and one.ending.complete for one in told)


def test_a_service_without_an_endpoint_does_not_pay_for_the_sdk() -> None:
    asked = "import sys, service.generation.completion; print('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True).stdout.strip() == b"False"

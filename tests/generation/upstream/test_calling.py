"""Tool calls out of a stream: however a provider cuts them up, numbers them or ends them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.generation.completion import CompletionRequest, Ending, ToolCalls
from service.generation.message import Message, Tool, ToolCall
from service.generation.upstream.answer import AnswerReader
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.target import Target
from service.generation.upstream.wire import EventStream, OneDocument
from tests.upstream import DONE, LAST_CHUNK, OPENING, Upstream, chunk, delta, event, usage, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.upstream import Script

ORDER = ToolCall("call_a", "order_status", '{"order": "A-1"}')
STOCK = ToolCall("call_b", "stock", '{"item": "등불"}')


def part(index: int | None = 0, **fields: Any) -> dict[str, Any]:
    """One fragment, such as `part(0, id="call_a", name="stock", arguments="{")`."""
    function = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    return {**({} if index is None else {"index": index}), **fields, "function": function}


def read(parts: Iterable[bytes], *, offered: bool = True) -> tuple[str, AnswerReader]:
    reader = AnswerReader(EventStream(), offered=offered)
    text = "".join([reader.feed(data) for data in parts])
    return text + reader.end(), reader


def calls_in(*fragments: list[dict[str, Any]], end: str = "tool_calls") -> tuple[ToolCall, ...]:
    _, reader = read([*(delta(tool_calls=found) for found in fragments), delta(end), DONE])
    assert reader.fault is None
    assert reader.finish_reason == "tool_calls"
    return reader.calls


@pytest.mark.parametrize(
    "fragments",
    [
        [
            [part(0, id="call_a", name="order_status", arguments="")],
            [part(0, arguments='{"order":')],
            [part(0, arguments=' "A-1"}')],
            [part(1, id="call_b", name="stock")],
            [part(1, arguments='{"item": "등불"}')],
        ],
        [
            [part(0, id="call_a", name="order_status"), part(1, id="call_b", name="stock")],
            [part(1, arguments='{"item"'), part(0, arguments='{"order": ')],
            [part(0, arguments='"A-1"}')],
            [part(1, arguments=': "등불"}')],
        ],
        [
            [part(0, id="call_a", name="order_status", arguments='{"order": "A-1"}')],
            [part(0, id="call_b", name="stock", arguments='{"item": "등불"}')],
        ],
        [
            [
                part(None, id="call_a", name="order_status", arguments='{"order": "A-1"}'),
                part(None, id="call_b", name="stock", arguments='{"item": "등불"}'),
            ]
        ],
        [
            [part(None, id="call_a", name="order_status", arguments='{"order": ')],
            [part(None, arguments='"A-1"}')],
            [part(None, id="call_b", name="stock", arguments="{")],
            [part(None, id="call_b", arguments='"item": "등불"}')],
        ],
        [
            [part(0, id="call_a", name="order_status", arguments='{"order": ')],
            [part(0, id="call_a", name="order_status", arguments='"A-1"}')],
            [part(1, id="call_b", name="st", arguments=None)],
            [part(1, id=None, name="ock", arguments='{"item": "등불"}')],
        ],
        [
            [part(0, id="call_a", name="order_status", arguments={"order": "A-1"})],
            [part(1, id="call_b", name="stock", arguments={"item": "등불"})],
        ],
    ],
    ids=["in turn", "interleaved", "all numbered 0", "whole, not numbered", "by id", "names again", "objects"],
)
@pytest.mark.parametrize("end", ["tool_calls", "stop", "function_call", "who knows"])
def test_calls_are_put_together_as_the_provider_cut_them(fragments: list[list[dict[str, Any]]], end: str) -> None:
    assert calls_in(*fragments, end=end) == (ORDER, STOCK)


SENT = b"".join(
    (
        delta(content="확인해 볼게요."),
        delta(tool_calls=[part(0, id="call_a", name="order_status", arguments='{"order":')]),
        delta(tool_calls=[part(0, arguments=' "A-1"}')]),
        delta("tool_calls"),
        DONE,
    )
)


@given(st.integers(0, len(SENT)))
def test_calls_are_exact_wherever_the_bytes_were_cut(cut: int) -> None:
    text, reader = read([SENT[:cut], SENT[cut:]])
    assert (text, reader.calls, reader.fault) == ("확인해 볼게요.", (ORDER,), None)


@given(st.integers(0, SENT.index(b'"tool_calls"}]}') + 10))
def test_no_beginning_of_a_stream_has_calls(cut: int) -> None:
    _, reader = read([SENT[:cut]])
    assert reader.fault
    assert reader.calls == ()


@pytest.mark.parametrize(
    ("halves", "whole"), [(("\ud83d", "\ude00"), "😀"), (("\ud83d", ""), "\ufffd"), (("", "\ude00"), "\ufffd")]
)
def test_half_a_character_in_arguments_is_put_together_or_replaced(halves: tuple[str, str], whole: str) -> None:
    """Faults 29, 88: a lone half could not be sent on, nor stored."""
    begun, ended = (f'"{half}' if first else f'{half}"' for half, first in zip(halves, (True, False), strict=True))
    fragments = [part(0, id="call_a", name="stock", arguments=begun), part(0, arguments=ended)]
    _, reader = read(
        [
            *(
                event(json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [fragment]}}]}))
                for fragment in fragments
            ),
            delta("tool_calls"),
            DONE,
        ]
    )
    assert reader.calls == (ToolCall("call_a", "stock", f'"{whole}"'),)


def test_calls_without_an_id_get_one_each() -> None:
    calls = calls_in([part(0, name="stock"), part(1, name="stock")], [part(2, id="\n", name="stock", arguments="")])
    assert [call.id for call in calls] == ["call_1", "call_2", "call_3"]
    assert {call.arguments for call in calls} == {"{}"}


def test_the_older_form_of_a_call_is_understood() -> None:
    _, reader = read(
        [
            delta(function_call={"name": "stock", "arguments": '{"item":'}),
            delta(function_call={"arguments": ' "등불"}'}),
            delta("function_call"),
        ]
    )
    assert reader.calls == (ToolCall("call_1", "stock", STOCK.arguments),)


def test_calls_in_one_document_are_understood() -> None:
    reader = AnswerReader(OneDocument(), offered=True)
    said = {"content": None, "tool_calls": [part(None, id="call_a", name="order_status", arguments=ORDER.arguments)]}
    reader.feed(json.dumps({"choices": [{"message": said, "finish_reason": "tool_calls"}]}).encode())
    reader.end()
    assert (reader.calls, reader.fault) == ((ORDER,), None)


@pytest.mark.parametrize("end", ["length", "content_filter"])
def test_calls_that_a_limit_cut_off_are_none(end: str) -> None:
    """Fault 95: the rest of the arguments is not known."""
    _, reader = read([delta(tool_calls=[part(0, id="call_a", name="pay", arguments='{"won": 1')]), delta(end)])
    assert (reader.calls, reader.fault, reader.finish_reason) == ((), None, end)


def test_a_call_is_a_sign_of_the_model_and_takes_an_earlier_end_back() -> None:
    reader = AnswerReader(EventStream(), offered=True)
    reader.feed(delta("stop"))
    reader.feed(delta(tool_calls=[part(0, id="call_a", name="stock", arguments='{"a')]))
    assert reader.moved
    reader.end()
    assert reader.fault


@pytest.mark.parametrize(
    ("sent", "complaint", "again"),
    [
        ([delta(tool_calls=[part(0, arguments="x" * 9_000)])] * 2, "16 KiB", False),
        ([delta(tool_calls=[part(n, name="stock") for n in range(9)])], "more than 8", False),
        ([delta(tool_calls=[part(0, arguments="{}")]), delta("tool_calls")], "without naming it", True),
        ([delta(tool_calls=[part(0, name="rm -rf")]), delta("tool_calls")], "without naming it", True),
        ([delta(content="네"), delta("tool_calls")], "without naming it", True),
        ([delta(tool_calls={"index": 0})], "something else", True),
        ([delta(tool_calls=["stock"])], "something else", True),
        ([delta(tool_calls=[{"index": 0, "function": "stock"}])], "something else", True),
        ([delta(tool_calls=[part(0, name=7)])], "something else", True),
        ([delta(tool_calls=[part(0, name="stock", arguments=[1])])], "something else", True),
    ],
)
def test_what_is_no_call_is_a_fault(sent: list[bytes], complaint: str, again: bool) -> None:
    """Faults 89, 95."""
    _, reader = read(sent)
    assert reader.fault
    assert complaint in str(reader.fault)
    assert reader.fault.again is again
    assert reader.calls == ()


@pytest.mark.parametrize("sent", [delta(tool_calls=[part(0, name="pay")]), delta("tool_calls"), delta("function_call")])
def test_where_none_was_offered_a_call_is_a_fault(sent: bytes) -> None:
    """Fault 95."""
    _, reader = read([sent, delta("stop")], offered=False)
    assert "none was offered" in str(reader.fault)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["index", "id", "function", "name", "arguments", "type"]), inner)
    ),
)


@given(NESTED, NESTED)
def test_no_json_at_all_breaks_the_reader(calls: object, call: object) -> None:
    for said in ({"tool_calls": calls}, {"tool_calls": [calls, call]}, {"function_call": call}):
        read([event({"choices": [{"delta": json.loads(json.dumps(said))}]}), delta("tool_calls")])


# over a socket

TOOL = Tool("order_status", "Where an order is.", {"type": "object", "properties": {"order": {"type": "string"}}})
ASKS = CompletionRequest((Message("user", "어디쯤 왔어요?"),), tools=(TOOL,))


def calling(*said: bytes) -> Script:
    return (*OPENING, *map(chunk, said), chunk(delta("tool_calls")), chunk(usage(20, 8)), chunk(DONE), LAST_CHUNK)


async def pieces_of(upstream: Upstream, asked: CompletionRequest) -> list[Any]:
    completer = OpenAICompleter([Target(upstream.base_url, None, "m-1")])
    try:
        return [piece async for piece in completer.stream(asked)]
    finally:
        await completer.close()


async def test_a_completion_gives_its_calls_and_then_its_ending() -> None:
    asks = delta(tool_calls=[part(0, id="call_a", name="order_status", arguments=ORDER.arguments)])
    async with Upstream(calling(delta(content="잠시만요."), asks)) as upstream:
        text, calls, ending = await pieces_of(upstream, ASKS)
    assert text == "잠시만요."
    assert calls == ToolCalls((ORDER,))
    assert isinstance(ending, Ending)
    assert (ending.finish_reason, ending.usage.input_tokens, ending.complete) == ("tool_calls", 20, False)


async def test_tools_and_their_results_are_told_as_the_wire_format_asks_for() -> None:
    messages = (
        *ASKS.messages,
        Message("assistant", "", calls=(ORDER,)),
        Message("tool", "배송 중", call_id="call_a"),
    )
    async with Upstream(whole(200, {"choices": [{"message": {"content": "네"}, "finish_reason": "stop"}]})) as upstream:
        await pieces_of(upstream, CompletionRequest(messages, tools=(TOOL,)))
        sent = upstream.received[0].json
    described = {"name": "order_status", "description": "Where an order is.", "parameters": TOOL.schema}
    assert sent["tools"] == [{"type": "function", "function": described}]
    asked = {"id": "call_a", "type": "function", "function": {"name": "order_status", "arguments": ORDER.arguments}}
    assert sent["messages"][1:] == [
        {"role": "assistant", "content": None, "tool_calls": [asked]},
        {"role": "tool", "content": "배송 중", "tool_call_id": "call_a"},
    ]

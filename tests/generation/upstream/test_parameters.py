"""What is asked of a model beside the messages, and what is no longer asked once an endpoint refused it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from service.generation.completion import CompletionRequest, Ending, Sampling
from service.generation.message import Message, Tool, ToolCall
from tests.upstream import whole

from .asked import GOOD, asking

if TYPE_CHECKING:
    from tests.upstream import Script

CONFIGURED = Sampling(0.2, 0.9, 0.1, -0.1, 300, 7, ("END",))
ON_THE_WIRE = {
    "temperature": 0.2,
    "top_p": 0.9,
    "presence_penalty": 0.1,
    "frequency_penalty": -0.1,
    "max_tokens": 300,
    "seed": 7,
    "stop": ["END"],
}


async def sent_for(request: CompletionRequest, *scripts: Script) -> list[dict[str, Any]]:
    async with asking(*(scripts or (GOOD,)), sampling=CONFIGURED) as asked:
        pieces = [piece async for piece in asked.completer.stream(request)]
        assert isinstance(pieces[-1], Ending)
        return [received.json for received in asked.upstream.received]


async def test_what_is_configured_is_asked_unless_the_request_says_otherwise() -> None:
    (plain,) = await sent_for(CompletionRequest([Message("user", "?")]))
    assert {name: plain[name] for name in ON_THE_WIRE} == ON_THE_WIRE
    own = Sampling(temperature=0.0, stop=("x", "y"))
    (other,) = await sent_for(CompletionRequest([Message("user", "?")], own))
    assert {name: other[name] for name in ON_THE_WIRE} == ON_THE_WIRE | {"temperature": 0.0, "stop": ["x", "y"]}


async def test_tools_their_calls_and_their_results_are_told_as_the_wire_format_has_it() -> None:
    messages = [
        Message("user", "?"),
        Message("assistant", "", (ToolCall("call_1", "order_status", '{"id": 7}'),)),
        Message("tool", '{"status": "sent"}', call_id="call_1"),
    ]
    tool = Tool("order_status", "Where an order is.", {"type": "object", "properties": {"id": {"type": "integer"}}})
    (sent,) = await sent_for(CompletionRequest(messages, tools=[tool], response_format={"type": "json_object"}))
    called = {"id": "call_1", "type": "function", "function": {"name": "order_status", "arguments": '{"id": 7}'}}
    assert sent["messages"][1] == {"role": "assistant", "content": None, "tool_calls": [called]}
    assert sent["messages"][2] == {"role": "tool", "content": '{"status": "sent"}', "tool_call_id": "call_1"}
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    assert (sent["tools"], sent["tool_choice"]) == ([{"type": "function", "function": function}], "auto")
    assert sent["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("complaint", "field"),
    [
        ("Unsupported parameter: 'top_p' is not supported with this model.", "top_p"),
        ("presence_penalty: Extra inputs are not permitted", "presence_penalty"),
        ("Unrecognized request argument supplied: frequency_penalty", "frequency_penalty"),
        ("Unsupported parameter: 'stop' is not supported with this model.", "stop"),
        ("'seed' does not support 7 with this model", "seed"),
        ("registry.ollama.ai/library/gemma does not support tools", "tools"),
        ("This response_format type is unavailable now", "response_format"),
    ],
)
async def test_what_an_endpoint_refuses_by_name_is_left_out(complaint: str, field: str) -> None:
    tool = Tool("t", "d", {"type": "object"})
    request = CompletionRequest([Message("user", "?")], tools=[tool], response_format={"type": "json_object"})
    first, second = await sent_for(request, whole(400, {"error": {"message": complaint}}), GOOD)
    gone = set(first) - set(second)
    assert gone == ({"tools", "tool_choice"} if field == "tools" else {field})


async def test_a_server_without_schemas_is_asked_for_json() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
    complaint = whole(400, {"error": {"message": "response_format type json_schema is not supported"}})
    request = CompletionRequest([Message("user", "?")], response_format=schema)
    sent = await sent_for(request, complaint, GOOD)
    assert [json.dumps(one["response_format"]["type"]) for one in sent] == ['"json_schema"', '"json_object"']

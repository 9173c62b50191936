"""JSON of a shape: whole, checked, mended once, and otherwise nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from service.errors import UpstreamError, UpstreamRefused, UpstreamUnavailable
from service.generation.completion import CompletionRequest, Ending
from service.generation.message import Message
from service.generation.schema import Schema
from service.generation.structured import Structured, checked, unfenced
from service.generation.tokens import Usage
from tests.fakes import FakeCompleter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from service.generation.completion import Piece

SCHEMA = Schema.of(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["n"],
        "properties": {"n": {"type": "integer"}, "who": {"$ref": "#/$defs/who"}},
        "$defs": {"who": {"type": "string", "maxLength": 5}},
    }
)
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": SCHEMA.data}}
ASKED = CompletionRequest([Message("system", "뽑아라"), Message("user", "하나")], response_format=FORMAT)


class Answers(FakeCompleter):
    """One answer a request: text, an error, or text and why it ended. Formats in `refuses` are refused by type."""

    def __init__(self, *answers: str | UpstreamError | tuple[str, str], refuses: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.answers = list(answers)
        self.refuses = refuses

    async def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        if asked.response_format and asked.response_format["type"] in self.refuses:
            self.requests.append(asked)
            raise UpstreamRefused("no such response_format")
        answer = self.answers.pop(0)
        if isinstance(answer, UpstreamError):
            self.end, self.pieces = answer, ()
        elif isinstance(answer, tuple):
            self.pieces, self.end = (answer[0],), answer[1]
        else:
            self.pieces, self.end = (answer[:3], answer[3:]), "stop"
        async for piece in super().stream(asked):
            yield piece


async def pieces_of(completer: FakeCompleter, structured: Structured | None = None) -> list[Any]:
    return [piece async for piece in (structured or Structured(completer)).stream(ASKED, SCHEMA)]


async def test_the_whole_json_is_one_piece() -> None:
    completer = Answers(' {"n": 1,\n "who": "나"} ')
    [text, ending] = await pieces_of(completer)
    assert json.loads(text) == {"n": 1, "who": "나"}
    assert ending.complete
    assert completer.requests == [ASKED]


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        ("sorry", "not JSON"),
        ("", "not JSON"),
        ('{"n": 1', "not JSON"),
        ('Here: {"n": 1}', "not JSON"),
        ('{"n": 1} {"n": 2}', "not JSON"),
        ('{"n": NaN}', "NaN is not a JSON number"),
        ('{"n": 1e999}', "not JSON"),
        ('{"n": 1, "n": 2}', "the same name twice"),
        ('{"n": 1, "who": "\\ud800"}', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"n": ' + "9" * 5_000 + "}", "not JSON"),
        ('{"n": "one"}', "$.n"),
        ('{"n": 1, "x": 2}', "'x' was unexpected"),
        ('{"n": 1, "who": "너무 긴 이름"}', "$.who"),
    ],
)
async def test_what_does_not_fit_is_asked_for_once_more_with_what_is_wrong(first: str, complaint: str) -> None:
    completer = Answers(first, '{"n": 2}')
    assert await pieces_of(completer) == ['{"n": 2}', Ending("stop", Usage(24, 68), "fake-1")]
    [*before, answer, faults] = completer.asked[1]
    assert before == list(ASKED.messages)
    assert answer == Message("assistant", first or "-")
    assert faults.role == "user"
    assert complaint in faults.content
    assert "<faults-" in faults.content


async def test_a_second_answer_that_does_not_fit_is_none() -> None:
    completer = Answers("no", '{"n": "canary-7f3a"}')
    with pytest.raises(UpstreamUnavailable) as caught:
        await pieces_of(completer)
    assert "canary" not in str(caught.value)
    assert len(completer.asked) == 2


@pytest.mark.parametrize("reason", ["length", "content_filter", "other"])
async def test_half_an_answer_is_never_shown(reason: str) -> None:
    [ending] = await pieces_of(Answers(('{"n": 1}', reason)))
    assert ending.finish_reason == reason
    [ending] = await pieces_of(Answers("no", ('{"n": 1}', reason)))
    assert (ending.finish_reason, ending.usage) == (reason, Usage(24, 68))


@pytest.mark.parametrize(
    ("refuses", "sent"),
    [
        ((), ["json_schema"]),
        (("json_schema",), ["json_schema", "json_object"]),
        (("json_schema", "json_object"), ["json_schema", "json_object", None]),
    ],
)
async def test_an_endpoint_that_knows_no_format_is_asked_another_way_and_this_is_remembered(
    refuses: tuple[str, ...], sent: list[str | None]
) -> None:
    completer = Answers('{"n": 1}', '{"n": 2}', refuses=refuses)
    structured = Structured(completer)
    assert (await pieces_of(completer, structured))[0] == '{"n": 1}'
    assert [asked.response_format and asked.response_format["type"] for asked in completer.requests] == sent
    assert ('"maxLength": 5' in completer.requests[-1].messages[0].content) == bool(refuses)
    asked_before = len(completer.requests)
    assert (await pieces_of(completer, structured))[0] == '{"n": 2}'
    assert len(completer.requests) == asked_before + 1


async def test_an_endpoint_that_refuses_everything_is_refused_and_nothing_is_learned_from_it() -> None:
    completer = Answers(*[UpstreamRefused("key")] * 3, '{"n": 1}')
    structured = Structured(completer)
    with pytest.raises(UpstreamRefused):
        await pieces_of(completer, structured)
    assert (await pieces_of(completer, structured))[0] == '{"n": 1}'
    assert completer.requests[-1] == ASKED


async def test_other_failures_are_passed_on_at_once() -> None:
    completer = Answers(UpstreamUnavailable("away"), '{"n": 1}')
    with pytest.raises(UpstreamUnavailable, match="away"):
        await pieces_of(completer)
    assert len(completer.requests) == 1


async def test_an_answer_without_end_is_given_up() -> None:
    completer = FakeCompleter(*["x" * 10_000] * 100, end=None)
    with pytest.raises(UpstreamUnavailable, match="did not come to an end"):
        await pieces_of(completer)
    assert completer.stopped


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("```json\n{}\n```", "{}"),
        (" ```\n{}\n``` ", "{}"),
        ("```json\r\n{}\r\n```", "{}"),
        ("```python\n{}\n```", "```python\n{}\n```"),
        ("so: ```json\n{}\n```", "so: ```json\n{}\n```"),
    ],
)
def test_one_code_fence_around_it_is_taken_off(text: str, bare: str) -> None:
    assert unfenced(text) == bare


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ({"$ref": "https://evil.example/schema.json"}, "another document"),
        ({"properties": {"a": {"items": {"$ref": "file:///etc/passwd"}}}}, "another document"),
        ({"$id": "http://127.0.0.1:9/", "$ref": "#"}, "gives the schema an address"),
        ({"properties": {"a": {"$ref": "#/$defs/b"}}}, "leads nowhere"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"type": "thing"}, "no JSON schema"),
        ({"$ref": 5}, "no JSON schema"),
    ],
)
def test_a_schema_that_leaves_itself_is_refused(schema: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Schema.of(schema)


def test_nothing_is_ever_fetched() -> None:
    """Also for a schema that nobody checked before: no connection is made."""
    with pytest.raises(Exception, match=r"Unresolvable|http://127"):
        Schema({"$ref": "http://127.0.0.1:9/schema.json"}).faults({})


def test_an_answer_nested_too_deeply_does_not_fit() -> None:
    tree = Schema.of({"type": "array", "items": {"$ref": "#"}})
    assert tree.faults([[], [[]]]) == []
    _, faults = checked("[" * 900 + "]" * 900, tree)
    assert faults == ["$: this is nested too deeply."]


def test_ten_faults_are_enough() -> None:
    _, faults = checked(json.dumps({f"x{n}": n for n in range(50)} | {"n": "a", "who": 5}), SCHEMA)
    assert 0 < len(faults) <= 10

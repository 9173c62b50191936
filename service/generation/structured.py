"""An answer that is JSON of a given shape, or none: whole, checked, and mended at most once."""

from __future__ import annotations

import json
import re
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from ..errors import UpstreamRefused, UpstreamUnavailable
from .completion import Ending
from .fence import fenced
from .message import Message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from .completion import Completer, CompletionRequest, Piece
    from .schema import Schema

log = structlog.get_logger(__name__)

MAX_CHARACTERS = 256 * 1024
FENCE = re.compile(r"```(?:json|JSON)?[ \t]*\r?\n(.*?)\r?\n?```", re.DOTALL)
SHAPE = "Answer with one JSON value that fits this JSON schema, and nothing else:\n"
REPAIR = "Your answer does not fit the schema. Write the whole corrected JSON, and nothing else."


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    ending: Ending


class Structured:
    """Asks a completer for JSON of a shape. Remembers which of the ways to ask for it its endpoint takes."""

    def __init__(self, completer: Completer) -> None:
        self.model = completer.model
        self._completer = completer
        self._first_way = 0

    async def stream(self, asked: CompletionRequest, schema: Schema) -> AsyncGenerator[Piece, None]:
        """One piece with the whole JSON, then an `Ending` with what all requests for it cost.

        An answer that was cut off or withheld gives its `Ending` alone. White space and one code fence around the
        JSON are taken off; nothing else is forgiven. What does not fit is asked for once more with what is wrong.
        Raises as `Completer.stream`, never after a piece, and `UpstreamUnavailable` where the second answer does not
        fit either.
        """
        first = await self._answer(asked, schema)
        if not first.ending.complete:
            yield first.ending
            return
        value, faults = checked(first.text, schema)
        ending = first.ending
        if faults:
            log.info("structured_answer_repaired", request_id=asked.request_id, faults=len(faults))
            second = await self._answer(_repair(asked, first.text, faults, schema), schema)
            ending = replace(second.ending, usage=first.ending.usage + second.ending.usage)
            if not ending.complete:
                yield ending
                return
            value, faults = checked(second.text, schema)
        if faults:
            raise UpstreamUnavailable(f"{self.model} answered twice with JSON that does not fit the schema.")
        yield json.dumps(value, ensure_ascii=False)
        yield ending

    async def _answer(self, asked: CompletionRequest, schema: Schema) -> _Answer:
        """Asked by the format it was asked with, else as any JSON object, else by words alone."""
        ways = (asked.response_format, {"type": "json_object"}, None)
        for way in range(self._first_way, len(ways) - 1):
            try:
                answer = await self._whole(_asked_by(ways[way], asked, schema, described=way > 0))
            except UpstreamRefused:
                log.info("response_format_refused", request_id=asked.request_id, model=self.model, way=way)
            else:
                self._first_way = way
                return answer
        answer = await self._whole(_asked_by(None, asked, schema, described=True))
        self._first_way = len(ways) - 1
        return answer

    async def _whole(self, asked: CompletionRequest) -> _Answer:
        pieces: list[str] = []
        characters = 0
        async with aclosing(self._completer.stream(asked)) as stream:
            async for piece in stream:
                if isinstance(piece, Ending):
                    return _Answer("".join(pieces), piece)
                if isinstance(piece, str):
                    pieces.append(piece)
                    characters += len(piece)
                if characters > MAX_CHARACTERS:
                    break
        raise UpstreamUnavailable(f"{self.model} did not come to an end with its JSON.")


def checked(text: str, schema: Schema) -> tuple[Any, list[str]]:
    """The JSON in a model's answer, and what is wrong with it in sentences; a value that counts only without any."""
    try:
        value = json.loads(unfenced(text), object_pairs_hook=_named_once, parse_constant=_no_number)
        # half a character and 1e999 are JSON to the reader and to nobody else
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, json.JSONDecodeError | _OurFault) else "it cannot be read"
        return None, [f"This is not JSON: {said}."]
    return value, schema.faults(value)


def unfenced(text: str) -> str:
    """`text` without the white space and the one code fence around it."""
    bare = text.strip()
    fence = FENCE.fullmatch(bare)
    return fence[1] if fence else bare


class _OurFault(ValueError):
    """JSON that Python would read and nobody should write."""


def _named_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise _OurFault("an object has the same name twice")
    return named


def _no_number(name: str) -> Any:
    raise _OurFault(f"{name} is not a JSON number")


def _asked_by(
    response_format: Mapping[str, Any] | None, asked: CompletionRequest, schema: Schema, *, described: bool
) -> CompletionRequest:
    if not described:
        return asked
    first, *others = asked.messages
    told = replace(first, content=f"{first.content}\n\n{SHAPE}{_described(schema)}")
    return replace(asked, messages=[told, *others], response_format=response_format)


def _described(schema: Schema) -> str:
    return json.dumps(schema.data, ensure_ascii=False)


def _repair(asked: CompletionRequest, answer: str, faults: Sequence[str], schema: Schema) -> CompletionRequest:
    """With the schema, for an endpoint that takes a format and does not hold it.

    The faults repeat words of the answer, which may repeat the visitor's: they are data too.
    """
    wrong = fenced({"faults": "\n".join(faults)})
    told = Message("user", f"{REPAIR}\n{SHAPE}{_described(schema)}\n{wrong}")
    return replace(asked, messages=[*asked.messages, Message("assistant", answer or "-"), told])

"""An answer in OpenAI's words: whole, and as chunks. What they have no words for is in the extra field `ondap`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..conversation.events import Delta, Done, Failed, Meta
from ..errors import VisitorError
from .openai_errors import error_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..conversation.events import Event
    from ..generation.tokens import Usage
    from ..knowledge.entry import Link

OWNER = "ondap"
DEFAULT_MODEL = "ondap"
CREATED = 1_790_000_000
"""Models have no birthday here; clients want one, and sort by it at most."""

WITHHELD = "withheld"
"""How an answer fails that must not be shown."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What every chunk of one answer carries. `created` is in seconds since 1970, `handle` opens the conversation."""

    exchange_id: str
    model: str
    created: int
    handle: str

    def opening(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.exchange_id}", "object": kind, "created": self.created, "model": self.model}


def model_names(personas: Iterable[str]) -> list[str]:
    """What clients may ask for: the default persona, then each by its name."""
    return [DEFAULT_MODEL, *(f"{DEFAULT_MODEL}/{name}" for name in sorted(personas))]


def model_object(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": OWNER}


def as_completion(
    heading: Heading, events: Iterable[Event], links_of: Callable[[str], Sequence[Link]]
) -> dict[str, Any]:
    """A whole answer. Raises `VisitorError` where it broke off: half an answer must not look like one."""
    meta: Meta | None = None
    body: dict[str, Any] = heading.opening("chat.completion")
    for event in events:
        match event:
            case Meta():
                meta = event
            case Failed() if event.code == WITHHELD:
                return body | _whole(event.message, "content_filter", None, _about(heading, meta))
            case Failed():
                raise VisitorError(event.code, event.message, status=503, retry_after_seconds=1)
            case Done():
                text = _lead(meta) + event.answer + _appendix(meta, links_of)
                body |= _whole(text, _reason(event), event.usage, _about(heading, meta, event))
            case _:
                continue
    return body


def _whole(text: str, reason: str, usage: Usage | None, about: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return {"choices": [choice], "usage": _usage(usage), "ondap": about}


class Chunks:
    """Spells one answer as `chat.completion.chunk` events, all events that come together in one go."""

    def __init__(self, heading: Heading, links_of: Callable[[str], Sequence[Link]], *, with_usage: bool) -> None:
        self._heading = heading
        self._links_of = links_of
        self._with_usage = with_usage
        self._meta: Meta | None = None
        self._shown: list[str] = []
        self._opened = False
        opening = _compact(heading.opening("chat.completion.chunk"))[:-1]
        unused = ',"usage":null' if with_usage else ""
        self._before = f'data: {opening}{unused},"choices":[{{"index":0,"delta":{{"content":'
        self._after = '},"logprobs":null,"finish_reason":null}]}\n\n'

    def spell(self, events: Iterable[Event]) -> bytes:
        """The bytes for these events, none for a `Meta` alone: it travels with the first text."""
        said: list[str] = []
        texts: list[str] = []
        for event in events:
            match event:
                case Meta():
                    self._meta = event
                case Delta():
                    texts.append(event.text)
                case Done():
                    texts.append(self._rest(event, "".join(texts)))
                    said += (self._content(texts), *self._end(event))
                case Failed() if event.code == WITHHELD:
                    texts.append(f"\n\n{event.message}" if self._shown or texts else event.message)
                    said += (self._content(texts), *self._withheld())
                case Failed():
                    said += (self._content(texts), self._broken(event))
                case _:
                    continue
        if texts:
            said.append(self._content(texts))
        return "".join(said).encode()

    def _content(self, texts: list[str]) -> str:
        """All these texts as one chunk, after the one that opens the answer; `texts` is empty then."""
        text = "".join(texts)
        texts.clear()
        self._shown.append(text)
        opening = ""
        if not self._opened:
            opening, text = self._opening(), _lead(self._meta) + text
        self._opened = True
        return f"{opening}{self._before}{json.dumps(text, ensure_ascii=False)}{self._after}" if text else opening

    def _opening(self) -> str:
        return self._chunk({"role": "assistant", "content": ""}, None, _about(self._heading, self._meta))

    def _rest(self, done: Done, fresh: str) -> str:
        """What of the answer was not shown as pieces. An answer that is known whole has none."""
        shown = "".join(self._shown) + fresh
        return (done.answer[len(shown) :] if done.answer.startswith(shown) else "") + _appendix(
            self._meta, self._links_of
        )

    def _end(self, done: Done) -> tuple[str, ...]:
        last = self._chunk({}, _reason(done), _about(self._heading, self._meta, done))
        return (last, self._usage_chunk(done.usage), "data: [DONE]\n\n")

    def _withheld(self) -> tuple[str, ...]:
        last = self._chunk({}, "content_filter", _about(self._heading, self._meta))
        return (last, self._usage_chunk(None), "data: [DONE]\n\n")

    def _broken(self, failed: Failed) -> str:
        """OpenAI's clients raise on it. No reason to finish and no [DONE]: it must not look whole to any of them."""
        return f"data: {_compact({'error': error_object(503, failed.message, code=failed.code)})}\n\n"

    def _usage_chunk(self, usage: Usage | None) -> str:
        if not self._with_usage:
            return ""
        body = self._heading.opening("chat.completion.chunk") | {"choices": [], "usage": _usage(usage)}
        return f"data: {_compact(body)}\n\n"

    def _chunk(self, delta: dict[str, Any], reason: str | None, about: dict[str, Any]) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        unused = {"usage": None} if self._with_usage else {}
        body = self._heading.opening("chat.completion.chunk") | unused | {"choices": [choice], "ondap": about}
        return f"data: {_compact(body)}\n\n"


def _about(heading: Heading, meta: Meta | None, done: Done | None = None) -> dict[str, Any]:
    """Where an answer comes from and how sure it is; with its end also how it ended."""
    about: dict[str, Any] = asdict(meta) if meta else {"exchange_id": heading.exchange_id}
    about["conversation_id"] = heading.handle
    if done:
        about |= {
            "complete": done.complete,
            "offer_agent": done.offer_agent,
            "escalated": done.escalated,
            "cited": [asdict(entry) for entry in done.cited],
            "usage_estimated": bool(done.usage and done.usage.estimated),
        }
    return about


def _lead(meta: Meta | None) -> str:
    """The sentence in front of the answer, for somebody who is angry or in danger."""
    return f"{meta.said_first}\n\n" if meta and meta.said_first else ""


def _appendix(meta: Meta | None, links_of: Callable[[str], Sequence[Link]]) -> str:
    """What the widget shows as buttons under an answer, for clients that have none."""
    if meta is None:
        return ""
    lines: list[str] = []
    if meta.source == "suggest":
        lines = [f"- {near.question}" for near in meta.suggestions]
    elif meta.entry_id:
        lines = [f"- [{link.title}]({link.url})" for link in links_of(meta.entry_id)]
    return "\n\n" + "\n".join(lines) if lines else ""


def _reason(done: Done) -> str:
    return "stop" if done.complete else "length"


def _usage(usage: Usage | None) -> dict[str, int]:
    """Tokens that a model was paid for: an answer from the FAQ cost none."""
    read, written = (usage.input_tokens, usage.output_tokens) if usage else (0, 0)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _compact(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

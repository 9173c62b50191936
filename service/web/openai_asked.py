"""What clients of OpenAI's protocol may ask: their fields, and what we read out of their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..conversation.answering import HISTORY
from ..conversation.privacy import mask_forbidden
from ..errors import VisitorError
from ..generation.message import Turn
from .wire import MESSAGE_CHARACTERS, Text, question_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANSWER_CHARACTERS = 8_000
"""As much of an earlier answer as is looked at."""

TASK = "### Task:"
"""So begin the prompts in which Open WebUI asks for titles, tags and follow-up questions, the whole chat inside."""

IGNORED = frozenset(
    {
        *("temperature", "top_p", "top_k", "min_p", "seed", "stop", "logit_bias", "prediction"),
        *("frequency_penalty", "presence_penalty", "repetition_penalty"),
        *("max_tokens", "max_completion_tokens", "reasoning_effort", "verbosity"),
        *("tools", "functions", "parallel_tool_calls"),
        *("user", "safety_identifier", "store", "service_tier", "prompt_cache_key", "prompt_cache_retention"),
    }
)
"""They tune a model or keep its books; the persona and the settings decide that here.

A tool on offer need not be called, and never is: Open WebUI offers its own with every question. Only a call that is
demanded (`tool_choice`) could not be answered.
"""

ONLY: Mapping[str, tuple[object, ...]] = {
    "n": (1,),
    "tool_choice": ("none", "auto"),
    "function_call": ("none", "auto"),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "modalities": (["text"],),
    "audio": (),
    "web_search_options": (),
    "response_format": ({"type": "text"},),
}
"""Fields whose other values would ask for an answer of another kind, with those that do not."""

JSON_OBJECT = {"type": "json_object"}


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    type: Annotated[str, Field(max_length=64)]
    text: Text | None = None


class ChatMessage(BaseModel):
    """One message; clients send back whatever they got, so that further fields are nothing to refuse."""

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[_Part] | None = None

    def text(self) -> str:
        """All its text. Raises `VisitorError` where a user shows something that cannot be read."""
        if isinstance(self.content, str):
            return self.content
        parts = self.content or []
        other = next((part.type for part in parts if part.type != "text"), None)
        if other and self.role == "user":
            raise _refused("unsupported_content", "Only text can be read here, no images, sound or files.", "messages")
        return "\n".join(part.text for part in parts if part.text)


class StreamOptions(BaseModel):
    """`include_obfuscation` is accepted and ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    include_usage: bool | None = None


class CompletionAsked(BaseModel):
    """A chat completion as it is asked for. Fields that are not listed here are judged by `require_supported`."""

    model_config = ConfigDict(extra="allow", strict=True, hide_input_in_errors=True)

    model: Annotated[Text, Field(max_length=200)]
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    metadata: dict[str, Annotated[Text, Field(max_length=512)]] | None = None

    @classmethod
    def read(cls, body: bytes) -> CompletionAsked:
        """Raises `VisitorError` that names the field and never its value."""
        try:
            return cls.model_validate_json(body.removeprefix(b"\xef\xbb\xbf"))
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            if fault["type"] == "json_invalid":
                raise _refused("invalid_json", "The body is not valid JSON.") from None
            where = ".".join(map(str, fault["loc"]))[:64]  # the client's own names are in it
            raise _refused("invalid_request", f"{where}: {fault['msg']}.", where or None) from None

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def conversation(self) -> str | None:
        """The handle of the conversation to go on with."""
        return (self.metadata or {}).get("conversation_id")

    def require_supported(self, *, speaks_json: bool) -> None:
        """Raises `VisitorError` for the first field that asks for what is not to be had, or that nobody knows.

        `speaks_json` is true where the persona answers in JSON whatever it is asked.
        """
        for name, value in (self.model_extra or {}).items():
            if value is None or name in IGNORED or value in ONLY.get(name, ()):
                continue
            if name == "response_format" and value == JSON_OBJECT and speaks_json:
                continue
            if name in ONLY:
                raise _refused("unsupported_parameter", f"This value of '{name}' is not supported here.", name)
            raise _refused("unknown_parameter", f"Unrecognized request argument: '{name[:64]}'.", name[:64])

    def question(self) -> str:
        """The last thing the user said, as it is stored. Raises `VisitorError` where that is no question for us."""
        text = next((message.text() for message in reversed(self.messages) if message.role == "user"), None)
        if text is None:
            raise _refused("invalid_request", "There is no message of the role 'user'.", "messages")
        if text.lstrip().startswith(TASK):
            raise _refused("unsupported_task", "Titles, tags and other tasks are not made here.", "messages")
        if len(text) > MESSAGE_CHARACTERS:
            raise _refused(
                "context_length_exceeded", f"A question has at most {MESSAGE_CHARACTERS:,} characters.", "messages"
            )
        return mask_forbidden(question_text(text))

    def told(self) -> tuple[Turn, ...]:
        """What was said before the question, as far as the client tells it, oldest first."""
        last = max(number for number, message in enumerate(self.messages) if message.role == "user")
        newest = _turns(self.messages[:last])[-HISTORY:]  # masking takes its time: only what is looked at
        return tuple(Turn(mask_forbidden(turn.question), mask_forbidden(turn.answer)) for turn in newest)


def _turns(messages: Sequence[ChatMessage]) -> list[Turn]:
    """Questions with what was answered to each. A greeting before the first question belongs to none."""
    turns: list[Turn] = []
    for message in messages:
        text = message.text().strip()
        if message.role == "user" and text:
            turns.append(Turn(text[:MESSAGE_CHARACTERS], ""))
        elif message.role == "assistant" and text and turns:
            asked = turns.pop()
            answered = "\n\n".join(filter(None, (asked.answer, text)))[:ANSWER_CHARACTERS]
            turns.append(Turn(asked.question, answered))
    return turns


def _refused(code: str, message: str, field: str | None = None) -> VisitorError:
    return VisitorError(code, message, status=400, field=field)

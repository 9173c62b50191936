"""What is said to a model, and what it says beside text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model wants a tool to be called. `arguments` is JSON as the model wrote it: checked by whoever calls."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model. Only our own template speaks in the system role.

    `calls` are what an assistant asked for, `call_id` names the one that a message of the role `tool` answers.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the same visitor, and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A function a model may ask for. `schema` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    schema: Mapping[str, Any]

"""What else is asked of a model, beside the messages."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..completion import Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..completion import CompletionRequest
    from ..message import Tool
    from .target import Target

TOKENS_FIELDS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
JSON_OBJECT = {"type": "json_object"}
UNSUPPORTED = re.compile(
    r"(?:not|n't) support|unsupported|forbidden|unrecogni[sz]ed|unknown|unexpected|not (?:permitted|allowed|available)"
    r"|unavailable",
    re.IGNORECASE,
)
EVERYDAY_WORDS = {"stop", "seed", "tools", "thinking"}


class Parameters:
    """The optional fields of requests to one target. What it refuses by name is left out, or renamed, from then on."""

    def __init__(self, target: Target) -> None:
        self._sampling = target.sampling
        self._extra = target.quirks.extra
        self._counts = target.quirks.counts
        self._tokens_field: str = target.quirks.tokens_field
        self._refused: frozenset[str] = frozenset()

    def fields(self, asked: CompletionRequest) -> dict[str, Any]:
        """What the request says itself, then what is configured, without what this target does not know."""
        wanted: dict[str, Any] = {
            **self._extra,
            "stream_options": {"include_usage": True} if self._counts else None,
            **self._chosen(asked.sampling),
            "response_format": self._format(asked.response_format),
            "tools": [_described(tool) for tool in asked.tools],
        }
        if wanted["tools"] and "tools" not in self._refused:
            wanted["tool_choice"] = "auto"
        return {name: value for name, value in wanted.items() if name not in self._refused and value not in (None, [])}

    def concede(self, complaint: str, *, sent: Mapping[str, Any]) -> bool:
        """Whether a request with other fields than those `sent` may be accepted, after a refusal with this text."""
        refused = next((name for name in sent if _is_refused(name, complaint)), None)
        if refused is None:
            return False
        if refused in TOKENS_FIELDS:
            self._tokens_field = TOKENS_FIELDS[refused]
        elif refused == "response_format" and sent[refused].get("type") == "json_schema":
            self._refused |= {"json_schema"}
        else:
            self._refused |= {refused}
        return True

    def _chosen(self, sampling: Sampling) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        for field in fields(Sampling):
            value = getattr(sampling, field.name)
            value = getattr(self._sampling, field.name) if value is None or value == () else value
            name = self._tokens_field if field.name == "max_tokens" else field.name
            chosen[name] = list(value) if isinstance(value, tuple) else value
        return chosen

    def _format(self, wanted: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """A server that knows no schemas may still know JSON; whoever asked checks the answer anyway."""
        if wanted and wanted.get("type") == "json_schema" and "json_schema" in self._refused:
            return JSON_OBJECT
        return wanted


def _described(tool: Tool) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description, "parameters": dict(tool.schema)}
    return {"type": "function", "function": described}


def _is_refused(name: str, complaint: str) -> bool:
    """Endpoints word this freely: Mistral and TGI name the field, newer OpenAI models "do not support" it.

    A field that is refused for its value (too large, too small) is not: the operator has to hear of that.
    """
    if name == "stream_options":
        return name in complaint
    if name in TOKENS_FIELDS:
        return bool(re.search(rf"\b{name}\b", complaint) and UNSUPPORTED.search(complaint)) and (
            TOKENS_FIELDS[name] in complaint or name == "max_completion_tokens"
        )
    named = rf"['\"`]{name}['\"`]|support {name}\b" if name in EVERYDAY_WORDS else rf"\b{name}\b"
    return bool(re.search(named, complaint) and UNSUPPORTED.search(complaint))

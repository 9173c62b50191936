"""What else is asked of a model, beside the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Parameters:
    """The optional fields of a request. What an endpoint refuses by name is left out, or renamed, from then on."""

    def __init__(self, *, temperature: float | None, max_tokens: int | None) -> None:
        wanted = {
            "stream_options": {"include_usage": True},
            "temperature": temperature,
            "max_tokens": max_tokens,
        }
        self._fields: Mapping[str, Any] = {name: value for name, value in wanted.items() if value is not None}

    @property
    def fields(self) -> Mapping[str, Any]:
        return self._fields

    def concede(self, complaint: str, *, sent: Mapping[str, Any]) -> bool:
        """Whether a request with other fields than those `sent` may be accepted, after a refusal with this text."""
        refused = next((name for name in sent if _is_refused(name, complaint)), None)
        if refused is None:
            return False
        fields = dict(self._fields)
        value = fields.pop(refused, None)
        if refused == "max_tokens" and value is not None:
            fields["max_completion_tokens"] = value
        self._fields = fields
        return True


def _is_refused(name: str, complaint: str) -> bool:
    """Endpoints word this freely: Mistral and TGI name the field, newer OpenAI models "do not support" it."""
    match name:
        case "stream_options":
            return name in complaint
        case "temperature":
            return name in complaint and "support" in complaint.lower()
        case "max_tokens":
            return name in complaint and "max_completion_tokens" in complaint and "support" in complaint.lower()
        case _:
            return False

"""Where completions can be asked for: an address, a model, and how its provider wants to be spoken to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..completion import Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where a provider departs from the wire format that the others share.

    `tokens_field` is what it calls the longest answer; `counts` whether it knows `stream_options`; `key_header` the
    header its key goes into, None for `Authorization: Bearer`; `extra` what else its requests say; `query` what its
    address needs.
    """

    tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    counts: bool = True
    key_header: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


PLAIN = Quirks()


@dataclass(frozen=True, slots=True)
class Target:
    """One model at one address. `sampling` holds what a request does not say itself; `label` is its name in logs."""

    base_url: str
    api_key: str | None = field(repr=False)
    model: str
    sampling: Sampling = field(default_factory=Sampling)
    quirks: Quirks = PLAIN
    label: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "?"

    @property
    def name(self) -> str:
        return self.label or self.host

    @property
    def url(self) -> str:
        """Where requests go. A query in the base URL, such as an `api-version`, stays and wins."""
        parts = urlsplit(self.base_url)
        query = {**self.quirks.query, **dict(parse_qsl(parts.query))}
        path = f"{parts.path.rstrip('/')}/chat/completions"
        return parts._replace(path=path, query=urlencode(query), fragment="").geturl()

    @property
    def key_headers(self) -> dict[str, str]:
        if self.api_key is None:
            return {}
        if self.quirks.key_header:
            return {self.quirks.key_header: self.api_key}
        return {"Authorization": f"Bearer {self.api_key}"}

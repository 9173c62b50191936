"""Providers by name: where each is, which model it is asked for, and how it wants to be spoken to.

Base URLs, models and quirks are those the providers document (autumn 2026); docs/operating.md says what was only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .target import PLAIN, Quirks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...settings import Provider

CLASSIC_API_VERSION = "2024-10-21"


@dataclass(frozen=True, slots=True)
class Preset:
    """What need not be configured; None is for the operator to say. `keyed` where nothing is answered without a key."""

    base_url: str | None
    model: str | None
    quirks: Quirks = PLAIN
    keyed: bool = True


PRESETS: Mapping[Provider, Preset] = {
    "openai": Preset("https://api.openai.com/v1", "gpt-5.4-mini", Quirks(tokens_field="max_completion_tokens")),
    # It thinks unless it is told not to: many seconds of silence, and a temperature that does nothing.
    "deepseek": Preset(
        "https://api.deepseek.com", "deepseek-v4-flash", Quirks(extra={"thinking": {"type": "disabled"}})
    ),
    "holysheep": Preset("https://api.holysheep.ai/v1", "gpt-4.1"),
    "globalapi": Preset("https://global-apis.com/v1", "deepseek-chat"),
    "huggingface": Preset("https://router.huggingface.co/v1", "openai/gpt-oss-120b"),
    "ollama": Preset("http://127.0.0.1:11434/v1", "gemma3", keyed=False),
    "vllm": Preset("http://127.0.0.1:8000/v1", None, keyed=False),
    "lmstudio": Preset("http://127.0.0.1:1234/v1", None, keyed=False),
    "tgi": Preset("http://127.0.0.1:8080/v1", "tgi", keyed=False),
    "azure": Preset(None, None, Quirks(tokens_field="max_completion_tokens", key_header="api-key")),
}


def azure(base_url: str) -> tuple[str, Mapping[str, str]]:
    """Azure's address made whole, and the query it needs.

    A bare resource gets the path of the current API, which has no versions; one that names a deployment is spoken to
    in the classic API, which wants a version in every request.
    """
    path = urlsplit(base_url).path.rstrip("/")
    if "/deployments/" in path:
        return base_url, {"api-version": CLASSIC_API_VERSION}
    return (base_url, {}) if path else (f"{base_url.rstrip('/')}/openai/v1", {})

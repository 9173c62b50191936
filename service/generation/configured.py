"""The completer that the settings name."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..errors import SettingsError
from .completion import Sampling, Unobserved
from .upstream.completer import OpenAICompleter
from .upstream.providers import PRESETS, azure
from .upstream.target import PLAIN, Target

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ..settings import Provider, Settings
    from .completion import Observer
    from .upstream.bulkhead import Bulkhead
    from .upstream.patience import Deadlines

HOME_DOMAINS = (".local", ".internal", ".lan", ".home.arpa", ".localhost", ".svc", ".test")


def completer_from(
    settings: Settings,
    *,
    observer: Observer | None = None,
    deadlines: Deadlines | None = None,
    bulkhead: Bulkhead | None = None,
) -> OpenAICompleter | None:
    """None where no model is configured. Raises `SettingsError` with the variable that is missing or unsafe."""
    targets = targets_from(settings)
    if not targets:
        return None
    return OpenAICompleter(targets, observer=observer or Unobserved(), deadlines=deadlines, bulkhead=bulkhead)


def targets_from(settings: Settings) -> list[Target]:
    """The first target and, where one is configured, the one behind it. Raises `SettingsError`."""
    first = _Named(
        "ONDAP_CHAT",
        settings.chat_provider,
        settings.chat_base_url,
        settings.chat_api_key,
        settings.chat_model,
    )
    if first.absent:
        return []
    second = _Named(
        "ONDAP_CHAT_FALLBACK",
        settings.chat_fallback_provider,
        settings.chat_fallback_base_url,
        settings.chat_fallback_api_key,
        settings.chat_fallback_model,
    )
    targets = [first.target(_sampling(settings))]
    if not second.nothing:
        targets.append((second.behind(first) if second.absent else second).target(_sampling(settings)))
    return _told_apart(targets)


@dataclass(frozen=True, slots=True)
class _Named:
    """One endpoint as the settings name it; `prefix` is what its variables begin with."""

    prefix: str
    provider: Provider | None
    base_url: str | None
    api_key: SecretStr | None
    model: str | None

    @property
    def absent(self) -> bool:
        return self.provider is None and self.base_url is None

    @property
    def nothing(self) -> bool:
        return self.absent and self.api_key is None and self.model is None

    def behind(self, first: _Named) -> _Named:
        """Another model, or another key, of the provider that is asked first."""
        if self.model is None:
            raise SettingsError(f"{self.prefix}_MODEL is missing: a fallback needs another model or provider.")
        return replace(self, provider=first.provider, base_url=first.base_url, api_key=self.api_key or first.api_key)

    def target(self, sampling: Sampling) -> Target:
        preset = PRESETS[self.provider] if self.provider else None
        base_url = self.base_url or (preset and preset.base_url)
        model = self.model or (preset and preset.model)
        if not base_url:
            raise SettingsError(f"{self.prefix}_BASE_URL is missing: {self.provider} has no address of its own.")
        if not model:
            raise SettingsError(f"{self.prefix}_MODEL is missing: {self.provider or base_url} needs a model's name.")
        if preset and preset.keyed and not self.api_key:
            raise SettingsError(f"{self.prefix}_API_KEY is missing: {self.provider} answers nobody without a key.")
        if self.api_key and _in_the_open(base_url):
            raise SettingsError(f"{self.prefix}_BASE_URL: a key must not travel over http. Use https.")
        quirks = preset.quirks if preset else PLAIN
        if self.provider == "azure":
            base_url, query = azure(base_url)
            quirks = replace(quirks, query=query)
        key = self.api_key.get_secret_value() if self.api_key else None
        return Target(base_url, key, model, sampling, quirks, self.provider or "")


def _sampling(settings: Settings) -> Sampling:
    return Sampling(
        temperature=settings.chat_temperature,
        top_p=settings.chat_top_p,
        presence_penalty=settings.chat_presence_penalty,
        frequency_penalty=settings.chat_frequency_penalty,
        max_tokens=settings.chat_max_tokens,
        seed=settings.chat_seed,
        stop=settings.chat_stop,
    )


def _told_apart(targets: list[Target]) -> list[Target]:
    """Two targets of one name are told apart by their models."""
    if len({target.name for target in targets}) == len(targets):
        return targets
    return [replace(target, label=f"{target.name} {target.model}") for target in targets]


def _in_the_open(base_url: str) -> bool:
    """Whether this leaves the house unencrypted: http to anything but this machine and private networks."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme == "https":
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith(HOME_DOMAINS)
    return address.is_global

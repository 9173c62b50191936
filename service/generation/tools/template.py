"""Where a tool asks: a URL whose scheme, host and port are written by the operator and by nobody else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

VISITOR = "visitor"
"""`{visitor}` stands for who asks, and is filled from the identity alone."""

MAX_URL_CHARACTERS = 2_000
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;={}-]|%[0-9A-Fa-f]{2})+")
_PORTS = {"http": 80, "https": 443}
_DOTS = {".", ".."}
_LOCAL_NAMES = {"localhost"}


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """`https://api.example.com/orders/{order}?by={visitor}`, checked."""

    text: str
    host: str
    port: int
    placeholders: frozenset[str]
    inside: bool
    """Whether the operator wrote a loopback or private address, and so means a machine of their own."""

    @classmethod
    def parse(cls, text: str) -> UrlTemplate:
        """Raises `ValueError` with what the operator should do about it."""
        try:
            parts = urlsplit(_PLACEHOLDER.sub("x", text))
            port = parts.port
        except ValueError:
            raise ValueError("is no URL. Write one such as https://api.example.com/orders/{order}") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be a URL such as https://api.example.com/orders/{order}")
        if not _CHARACTERS.fullmatch(text):
            raise ValueError("must hold nothing but the characters of a URL. Percent-encode the rest")
        if parts.username is not None or parts.password is not None:
            raise ValueError("must hold no user name or password. Put a key into 'headers'")
        host = text.partition("://")[2].partition("/")[0].partition("?")[0]
        if "{" in host or "}" in host or "%" in host:
            raise ValueError("must name its host in full: no placeholder and no '%' in it")
        if host != host.lower() or port == _PORTS[parts.scheme] or not parts.path.startswith("/"):
            # the request is signed as it is written here, and an HTTP client would write it otherwise
            raise ValueError("must have a host in lower case, no default port, and a path that begins with '/'")
        if not _DOTS.isdisjoint(parts.path.split("/")):
            raise ValueError("must hold no '.' or '..' between slashes")
        if "{" in _PLACEHOLDER.sub("", text) or "}" in _PLACEHOLDER.sub("", text):
            raise ValueError("has a brace that belongs to no {placeholder}")
        loopback, private = _kind(parts.hostname)
        if parts.scheme == "http" and not loopback:
            raise ValueError("must begin with https://. Only a loopback address may be asked over http://")
        return cls(
            text,
            parts.hostname,
            port or _PORTS[parts.scheme],
            frozenset(_PLACEHOLDER.findall(text)),
            inside=loopback or private,
        )

    def filled(self, values: Mapping[str, object]) -> str:
        """The URL with every value percent-encoded, so that none can leave its place. Raises `ValueError`."""
        url = _PLACEHOLDER.sub(lambda found: quote(_written(values[found[1]]), safe=""), self.text)
        if len(url) > MAX_URL_CHARACTERS:
            raise ValueError("the arguments are too long")
        if any(segment in _DOTS for segment in urlsplit(url).path.split("/")):
            raise ValueError("an argument must not be '.' or '..'")
        return url


def _written(value: object) -> str:
    """Raises `ValueError` for nothing, which would ask for everything: /orders/ instead of /orders/7."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not text:
        raise ValueError("an argument must not be empty")
    return text


def _kind(host: str) -> tuple[bool, bool]:
    """Whether a literal host is loopback, and whether it is private."""
    try:
        address = ip_address(host)
    except ValueError:
        return host.lower() in _LOCAL_NAMES, False
    return address.is_loopback, address.is_private and not address.is_link_local and not address.is_unspecified

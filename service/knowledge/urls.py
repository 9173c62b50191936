"""Which addresses a link may have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_URL = 2_000
_WEB = re.compile(r"https?://[^\s\\]+", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^\s@<>\\]+@[^\s@<>\\]+", re.IGNORECASE)
_PHONE = re.compile(r"tel:\+?[0-9][0-9().-]{1,30}", re.IGNORECASE)  # no * or #: those are commands to a network
_BARE = re.compile(r"(?<![A-Za-z0-9])https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+", re.IGNORECASE)
_PUNCTUATION = ".,;:!?'*_~"


def is_allowed_url(url: str) -> bool:
    """Whether a link may lead there: http(s) to a named host, mailto or tel.

    An address with a user before the host (`https://bank.example@evil.example`) only ever misleads its reader.
    """
    if len(url) > MAX_URL or not url.isprintable():
        return False
    if _MAIL.fullmatch(url) or _PHONE.fullmatch(url):
        return True
    if not _WEB.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # a broken IPv6 address or port
        return False


def split_at_urls(text: str) -> Iterator[tuple[str, str | None]]:
    """The text in pieces, each with the web address it spells, if it does.

    An address ends before a Korean particle (`https://example.com/returns에서`) and before the sentence's punctuation.
    """
    done = 0
    for found in _BARE.finditer(text):
        url = found.group().rstrip(_PUNCTUATION)
        url = url if "(" in url else url.rstrip(_PUNCTUATION + ")")
        if is_allowed_url(url):
            if found.start() > done:
                yield text[done : found.start()], None
            yield url, url
            done = found.start() + len(url)
    if done < len(text):
        yield text[done:], None

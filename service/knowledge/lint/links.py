"""Rules about where an answer leads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..entries import MAX_LABEL
from ..faults import shown
from ..markup import parse_markup, plain_text, written_links
from ..urls import is_allowed_url
from .finding import Found
from .hosts import host_of, is_number, is_private, lookalike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..entry import FaqEntry
    from .finding import Look

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HALF_LINK = re.compile(r"\[[^\]\n]{1,80}\](?:| {1,3}(?=\((?:https?:|www\.|mailto:|tel:)))\([^)\n]{0,200}\)?")
"""`[words] (in brackets)` is common in Korean; only an address behind the space shows that a link was meant."""
_NAMED_HOST = re.compile(r"(?:https?://|www\.)([\w.-]+\.[\w-]{2,})|([\w-]+(?:\.[\w-]+)*\.(?:com|net|org|kr|io|shop))\b")


def broken_link(look: Look) -> Iterator[Found]:
    for line, entry, url, _ in _links(look):
        if not is_allowed_url(url):
            why = "is no web, mail or telephone address" if _SCHEME.match(url) else "has no https:// in front"
            yield Found(line, entry.id, f"the link to {shown(url)} {why}." if url else "a link leads nowhere.")
    for entry in look.entries:
        if "](" in entry.answer or "] (" in entry.answer:
            left = _HALF_LINK.search(plain_text(parse_markup(entry.answer)))
            if left:
                line = look.lines(entry.id).answer
                yield Found(line, entry.id, f"{shown(left.group())} is no link, and customers see its source.")


def lookalike_host(look: Look) -> Iterator[Found]:
    for line, entry, url, label in _links(look):
        host = host_of(url)
        if host and (oddity := lookalike(host)):
            yield Found(line, entry.id, f"the host of {shown(url)} {oddity}.")
        elif host and (other := _another_host(label, host)):
            yield Found(line, entry.id, f"the link says {shown(other)} and leads to {shown(host)}.")


def _another_host(label: str, host: str) -> str | None:
    """A host that the words of a link name while it leads to another."""
    found = _NAMED_HOST.search(label[:MAX_LABEL].lower())
    said = (found[1] or found[2]) if found else host
    return None if _bare(said) == _bare(host) or host.endswith(f".{_bare(said)}") else said


def _bare(host: str) -> str:
    return host.rstrip(".").removeprefix("www.")


def unreachable_host(look: Look) -> Iterator[Found]:
    for line, entry, url, _ in _links(look):
        if (host := host_of(url)) and (is_number(host) or is_private(host)):
            what = "a bare number" if is_number(host) else "a name of a private network"
            yield Found(line, entry.id, f"the host of {shown(url)} is {what}.")


def plain_http(look: Look) -> Iterator[Found]:
    for line, entry, url, _ in _links(look):
        host = host_of(url)
        if host and url.lower().startswith("http:") and not is_number(host) and not is_private(host):
            yield Found(line, entry.id, f"{shown(url)} begins with http://.")


def empty_title(look: Look) -> Iterator[Found]:
    for line, entry, url, label in _links(look):
        if not any(map(str.isalnum, label)):
            yield Found(line, entry.id, f"the link to {shown(url)} has no words to tap.")


def _links(look: Look) -> Iterator[tuple[int, FaqEntry, str, str]]:
    """Each address of an entry: the line, the entry, where it leads, and the words it stands under."""
    for entry in look.entries:
        lines = look.lines(entry.id)
        if "](" in entry.answer or "://" in entry.answer or "<" in entry.answer:
            for url, label in written_links(entry.answer):
                yield lines.answer, entry, url, label
        for line, link in zip(lines.links, entry.links, strict=True):
            yield line, entry, link.url, link.title

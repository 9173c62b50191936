"""What is odd about the host that an address names."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

_MAY_MIX = tuple(
    frozenset(scripts)
    for scripts in (
        {"LATIN", "HANGUL", "CJK"},
        {"LATIN", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"},
        {"LATIN", "BOPOMOFO", "CJK"},
    )
)
"""Scripts that people do write together; any other mixture only looks like a name (UTS 39, highly restrictive)."""
_LOOKS_LATIN = frozenset("асԁеһіјӏорԛѕԝхуѵӏ" + "αικνορτυωχ")
"""Cyrillic and Greek letters that are drawn like Latin ones."""
_PRIVATE = re.compile(r"(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|test|invalid)$")
_NUMBER = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+))*")


def host_of(url: str) -> str | None:
    """The host of a web address in lower case; None where it names none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_number(host: str) -> bool:
    """Whether it is an IP address, in any of the spellings that browsers take."""
    try:
        return bool(ip_address(host))
    except ValueError:
        return _NUMBER.fullmatch(host) is not None


def is_private(host: str) -> bool:
    """Whether only some computers can reach it."""
    return "." not in host or _PRIVATE.search(host) is not None


def lookalike(host: str) -> str | None:
    """What makes a host look like another one; None where nothing does."""
    *labels, _ = spelled = [_spelled(label) for label in host.rstrip(".").split(".")]
    for label in labels or spelled:
        scripts = {_script(character) for character in label if character.isalpha()}
        if len(scripts) > 1 and not any(scripts <= allowed for allowed in _MAY_MIX):
            return f"mixes {' and '.join(sorted(script.capitalize() for script in scripts))} letters"
        letters = {character for character in label if character.isalpha()}
        if letters and letters <= _LOOKS_LATIN:
            return "is written in letters that only look Latin"
    return None


def _spelled(label: str) -> str:
    """A label as it is shown, out of its ASCII form (`xn--`)."""
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label


@lru_cache(maxsize=512)
def _script(character: str) -> str:
    return unicodedata.name(character, "UNKNOWN").split()[0]

"""Markup that a browser or a chat client might run or fetch, and addresses that are programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .rules import Offence

if TYPE_CHECKING:
    from .rules import Offences

_PATTERNS: Final = re.compile(
    r"</?[a-z!?%/\\-]|<[^\s\d=<>-]"  # a tag, a comment, a declaration; not "3 < 5"
    r"|&(?:#x?[0-9a-f]{1,7}|(?:lt|gt|quot|apos|amp|colon|tab|newline|lpar|rpar|sol|nbsp)\b);?"
    r"|!\s?\["  # an image
    r"|\]\s?\(|\]\s?\[|^\s{0,3}\[[^\]\n]{1,60}\]:"  # links whose target is hidden behind words
    r"|(?:j\s?a\s?v\s?a|v\s?b|live|m\s?o\s?c\s?h\s?a)?\s?s\s?c\s?r\s?i\s?p\s?t\s?:"
    r"|(?<![a-z])(?:data\s?:\s?(?:text|image|application|audio|video|font|[,;/])|(?:blob|about|view-source|feed|jar|mhtml|ms-[a-z-]{2,30}):[a-z/])"
    r"|(?<![a-z])on(?:error|load|click|focus|blur|mouse[a-z]{2,6}|key[a-z]{2,6}|toggle|begin|start|animation[a-z]{2,10}|pointer[a-z]{2,8})\s?="
    r"|(?<![a-z])(?:src|srcset|href|srcdoc|style|formaction|xlink)\s?=\s?[\"'`a-z/#&\\]"
    r"|(?<![a-z])(?:expression|url|@import|alert|eval|prompt|confirm|atob|fromcharcode)[(`]"
    r"|document\s?\.\s?(?:cookie|domain|write|location)|window\s?[.\[]"
    r"|\\x[0-9a-f]{2}|\\u[0-9a-f{]|%3c|\$\{|\{\{|\{%|<%|\[\[",
    re.MULTILINE,
)


def offences(folded: str) -> Offences:
    for found in _PATTERNS.finditer(folded):
        yield Offence("markup", *found.span())

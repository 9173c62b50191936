"""Text of visitors and authors as data for a model: between tags that the text itself cannot close."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def fenced(parts: Mapping[str, str]) -> str:
    """Each part between `<name-code>` and `</name-code>`; the code occurs in none of them.

    Characters that a person would not see (bidi controls, tags, zero width) are left out: they carry hidden orders.
    """
    seen = {name: visible(text) for name, text in parts.items()}
    code = _code_outside("\n".join(seen.values()))
    return "\n".join(f"<{name}-{code}>\n{text}\n</{name}-{code}>" for name, text in seen.items())


def visible(text: str) -> str:
    """`text` in NFC with line breaks and tabs, and otherwise only what is seen on a screen."""
    if not text.replace("\n", "").isprintable():  # most texts are, and it is asked for each of them twice
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")
    return unicodedata.normalize("NFC", VARIATION_SELECTORS.sub("", text))


def _code_outside(text: str) -> str:
    """The same code for the same text, so that a request can be repeated to the byte."""
    digest = sha256(text.encode())
    while (code := digest.hexdigest()[:12]) in text:
        digest.update(b"again")
    return code

"""Masking of personal data, Korean patterns first.

Two strengths, for two kinds of place:

- `mask` is for what is written about the service: process logs, traces, error reports. Whatever points to a person
  goes.
- `mask_forbidden` is for the conversation itself: the exchange log and what is sent upstream. Only what the law or a
  card contract forbids to keep goes; a phone number that a customer leaves for a call back stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..knowledge.personal import CARDS, EMAIL, PHONE, RESIDENT

if TYPE_CHECKING:
    from ..knowledge.personal import Detector


def mask(text: str) -> str:
    """Applied to process logs: e-mail addresses, card, resident and Korean phone numbers give way to their kind."""
    text = _replace(EMAIL, text, "[이메일]")
    return _replace(PHONE, mask_forbidden(text), "[전화번호]")


def mask_forbidden(text: str) -> str:
    """Applied to the exchange log and to what goes upstream: card numbers and resident registration numbers."""
    for card in CARDS:
        text = _replace(card, text, "[카드번호]")
    return _replace(RESIDENT, text, "[주민번호]")


def _replace(detector: Detector, text: str, kind: str) -> str:
    pieces: list[str] = []
    kept_until = 0
    for start, end in detector.places(text):
        pieces += text[kept_until:start], kind
        kept_until = end
    return "".join(pieces) + text[kept_until:]

"""What a visitor's words call for beside an answer. Who can tell is the desk's business; here it is acted upon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .messages import MessageKey


@dataclass(frozen=True, slots=True)
class Reaction:
    """`escalate` with `reason`, `say_first` before the answer; without `answer`, the FAQ and the model stay silent.

    `sure` is false where a model may still say that nobody need be called.
    """

    reason: str
    escalate: bool
    say_first: MessageKey | None
    answer: bool = True
    offer_agent: bool = True
    sure: bool = True

"""What a visitor's words call for beside an answer. Who can tell is the desk's business; here it is acted upon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..generation.message import Turn
    from ..retrieval.decision import Zone
    from .draft import Background, Question
    from .messages import MessageKey
    from .store import Escalation


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


class Desk(Protocol):
    """The people's side: hears who needs one, and is told of everybody who waits."""

    doubts: bool
    """Whether somebody takes a second look at what the rules are not sure of."""

    def asks_for_person(self, message: str) -> bool:
        """Whether a visitor asks for a person in so many words."""

    def react(self, message: str, history: Background, zone: Zone) -> Reaction | None:
        """What a message calls for beside its answer; None where nothing worries."""

    def called(self, escalation: Escalation, told: Sequence[Turn] = ()) -> None:
        """A new escalation is on disk; `told` are earlier turns that only the client has. Returns at once."""

    def look_again(self, question: Question, history: Background, escalation: Escalation) -> None:
        """The rules were not sure that a person is needed; `escalation` is to be stored if one is. Returns at once."""

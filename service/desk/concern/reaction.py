"""What follows from a concern: nobody is refused an answer for being angry, and nobody in danger is only answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...conversation.reaction import Reaction
from .concern import Concern, concern_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...conversation.draft import Background
    from ...conversation.messages import MessageKey
    from ...retrieval.decision import Zone
    from .rules import Kind

_SAY: Final[Mapping[Kind, MessageKey]] = {
    "self_harm": "concern_self_harm",
    "safety": "concern_safety",
    "legal": "concern_legal",
    "anger": "concern_anger",
    "repeated_failure": "concern_repeated_failure",
}


def react(message: str, history: Background, zone: Zone) -> Reaction | None:
    """What a message calls for beside its answer; None where nothing worries."""
    concern = concern_in(message, history=history)
    return reaction(concern, zone) if concern else None


def reaction(concern: Concern, zone: Zone) -> Reaction:
    """What to do about a concern where the FAQ decided for `zone`.

    Somebody who speaks of ending their life gets no FAQ answer. A question that only the conversation shows to be
    hopeless, and that the FAQ can answer now, is answered and a person offered: it may not be hopeless any more.
    """
    solved_now = concern.only_from_history and zone == "answer"
    return Reaction(
        reason=concern.reason,
        escalate=not solved_now,
        say_first=None if concern.only_from_history else _SAY[concern.kind],
        answer=concern.kind != "self_harm",
        sure=concern.is_sure or concern.kind in {"safety", "self_harm"},
    )

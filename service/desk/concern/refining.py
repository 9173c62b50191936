"""A model's second look at a concern that the rules are not sure of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..asking import short_reply

if TYPE_CHECKING:
    from ...conversation.draft import Background
    from ...generation.completion import Completer
    from ...generation.persona.prompt import Prompt
    from .concern import Concern

SECONDS: Final = 1.5
MAX_TOKENS: Final = 16
TURNS: Final = 2
"""Earlier turns shown to the model."""
CHARACTERS: Final = 600
"""Of the message and of each turn."""

_VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


class Refiner:
    """Asks about anger, threats and failure alone: no model may talk us out of danger."""

    def __init__(self, completer: Completer, prompt: Prompt, *, seconds: float = SECONDS) -> None:
        self._completer = completer
        self._prompt = prompt
        self._seconds = seconds

    async def refine(
        self, concern: Concern, message: str, history: Background, *, visitor: str | None = None
    ) -> Concern | None:
        """The concern, or None where the model says that there is none. Its silence or nonsense keeps the concern."""
        if concern.is_sure or concern.kind in {"safety", "self_harm"}:
            return concern
        earlier = "\n\n".join(
            f"{turn.question[:CHARACTERS]}\n-> {turn.answer[:CHARACTERS]}" for turn in history.turns[-TURNS:]
        )
        reply = await short_reply(
            self._completer,
            self._prompt.render(kind=concern.kind),
            {"earlier": earlier or "-", "message": message[:CHARACTERS]},
            max_tokens=MAX_TOKENS,
            seconds=self._seconds,
            visitor=visitor,
        )
        verdict = _VERDICT.match(reply or "")
        return None if verdict and verdict[1].lower() == "no" else concern

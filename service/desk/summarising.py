"""Writing summaries once an escalation is on disk: at once from what is stored, then in a model's words if sound."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import structlog

from ..conversation.privacy import mask
from ..errors import OndapError
from .asking import short_reply
from .summary import as_told, short, summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..conversation.store import Escalation, Exchange, Store
    from ..generation.completion import Completer
    from ..generation.message import Turn
    from ..generation.persona.prompt import Prompt
    from .summary import SummaryWords

log = structlog.get_logger(__name__)

LINES: Final = 3
LONGEST_LINE: Final = 240
EXCHANGES: Final = 20
SECONDS: Final = 10.0
MAX_TOKENS: Final = 300

_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+", re.IGNORECASE)


class Summariser:
    """Writes the summary of an escalation into the store. `prompt` knows the team's language."""

    def __init__(
        self,
        store: Store,
        words: SummaryWords,
        *,
        completer: Completer | None = None,
        instructions: Prompt | None = None,
        locale: str = "ko",
        seconds: float = SECONDS,
    ) -> None:
        self._store = store
        self._words = words
        self._completer = completer
        self._instructions = instructions
        self._locale = locale
        self._seconds = seconds

    async def write(self, escalation: Escalation, told: Sequence[Turn] = ()) -> None:
        """To be run in a task of its own, after the escalation is on disk. Never raises: the queue does without.

        `told` are earlier turns as a client tells them; they count where the conversation itself has none.
        """
        try:
            exchanges = await self._store.conversation(escalation.conversation_id, limit=EXCHANGES)
            if len(exchanges) <= 1:
                exchanges = [*as_told(told, escalation.requested_at), *exchanges]
            plain = summary_of(escalation, exchanges, self._words)
            await self._store.summarise(escalation.id, plain)
            worded = await self._worded(plain, exchanges, escalation)
            if worded:
                await self._store.summarise(escalation.id, worded)
        except OndapError as error:
            log.warning("summary_not_written", escalation_id=escalation.id, reason=str(error))

    async def _worded(self, plain: str, exchanges: Sequence[Exchange], escalation: Escalation) -> str | None:
        if self._completer is None or self._instructions is None:
            return None
        said = transcript(exchanges)
        reply = await short_reply(
            self._completer,
            self._instructions.render(locale=self._locale),
            {"draft": plain, "conversation": said or "-"},
            max_tokens=MAX_TOKENS,
            seconds=self._seconds,
            visitor=escalation.visitor,
        )
        return sound(reply, f"{plain}\n{said}") if reply else None


def transcript(exchanges: Sequence[Exchange]) -> str:
    return "\n".join(
        f"Q: {short(each.question, 300)}\nA: {short(each.answer.text, 300) if each.answer else '-'}"
        for each in exchanges
    )


def sound(reply: str, source: str) -> str | None:
    """A model's three lines, masked; None unless they are three and hold no number or address the source lacks."""
    lines = [" ".join(line.split()) for line in mask(reply).splitlines() if line.strip()]
    if len(lines) != LINES or any(len(line) > LONGEST_LINE or not line.isprintable() for line in lines):
        return None
    text = "\n".join(lines)
    numbers = set(_NUMBER.findall(source))
    invented = [each for each in _NUMBER.findall(text) if each not in numbers]
    foreign = [each for each in _ADDRESS.findall(text) if each not in source]
    return None if invented or foreign else text

"""The people's side of the service, as the conversation knows it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from ..errors import OndapError
from .concern.concern import concern_in
from .concern.reaction import react
from .escalation import asks_for_person

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from ..conversation.draft import Background, Question
    from ..conversation.reaction import Reaction
    from ..conversation.store import Escalation, Store
    from ..generation.message import Turn
    from ..retrieval.decision import Zone
    from .concern.refining import Refiner
    from .flood import Notices
    from .summarising import Summariser

log = structlog.get_logger(__name__)


class Desk:
    """`conversation.reaction.Desk`: rules first, then, in tasks that nobody waits for, what takes longer."""

    def __init__(
        self,
        store: Store,
        *,
        notices: Notices,
        summariser: Summariser,
        refiner: Refiner | None,
        counted: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        self.doubts = refiner is not None
        self._store = store
        self._notices = notices
        self._summariser = summariser
        self._refiner = refiner
        self._counted = counted
        self._tasks: set[asyncio.Task[None]] = set()

    def asks_for_person(self, message: str) -> bool:
        return asks_for_person(message)

    def react(self, message: str, history: Background, zone: Zone) -> Reaction | None:
        return react(message, history, zone)

    def called(self, escalation: Escalation, told: Sequence[Turn] = ()) -> None:
        self._notices.raised(escalation)
        self._counted(escalation.reason)
        self._later(self._summariser.write(escalation, told))

    def look_again(self, question: Question, history: Background, escalation: Escalation) -> None:
        if self._refiner:
            self._later(self._escalate_if_confirmed(self._refiner, question, history, escalation))

    async def close(self) -> None:
        """End what is still under way; the queue does without."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="desk")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _escalate_if_confirmed(
        self, refiner: Refiner, question: Question, history: Background, escalation: Escalation
    ) -> None:
        concern = concern_in(question.text, history=history)
        if concern is None or not await refiner.refine(concern, question.text, history, visitor=escalation.visitor):
            return
        try:
            kept = await self._store.escalate(escalation)
        except OndapError as error:
            log.warning("escalation_not_recorded", exchange_id=question.exchange_id, reason=str(error))
            return
        if kept == escalation:
            self.called(escalation, history.told)

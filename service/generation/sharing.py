"""One completion for the same request, however many ask for it: while it is under way, and for a while after."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from ..errors import BudgetSpent
from .completion import Bill, Ending
from .tokens import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from .completion import Completer, CompletionRequest, Piece

REMEMBERED = 1_000
"""Whole answers kept at most; one is 16 KiB at the largest."""


class Shared:
    """A `Completer` that sends requests with `shared` set and the same words only once.

    Two requests are the same when every message, parameter and format in them is: persona, facts and with them the
    version of the index are part of the words, so nothing that differs in one of them is ever mixed up. Who joins late
    hears what was said so far first. One that leaves does not end it for the others; the last one does. Where the one
    who pays has no budget left, the others ask once more, and one of them pays.

    With `keep_seconds` a whole answer is given again for so long without asking the model, and costs nothing.
    """

    def __init__(
        self, completer: Completer, *, keep_seconds: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.model = completer.model
        self._completer = completer
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._under_way: dict[str, _UnderWay] = {}
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        """As `Completer.stream`. It is paid for once: the others who hear its end have a usage of nothing."""
        return self._together(asked) if asked.shared else self._completer.stream(asked)

    async def _together(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        words = same_words(asked)
        if kept := self._remembered(words):
            yield kept.text
            yield kept.ending
            return
        for again in (False, True):
            under_way, joined = self._joined(words, asked)
            try:
                async with aclosing(under_way.follow()) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, Ending):
                            yield piece if under_way.paid_by(asked.bill) else _free(piece)
                        else:
                            yield piece
            except BudgetSpent:  # comes before any piece
                if again or not joined:
                    raise
            else:
                return
            finally:
                if under_way.task.done():
                    under_way.paid_by(asked.bill)

    def _joined(self, words: str, asked: CompletionRequest) -> tuple[_UnderWay, bool]:
        """The completion for these words, and whether it is another's."""
        under_way = self._under_way.get(words)
        if under_way and not under_way.left:
            return under_way, True
        bill = Bill()
        completion = self._completer.stream(replace(asked, bill=bill))
        under_way = self._under_way[words] = _UnderWay(completion, bill, partial(self._over, words))
        return under_way, False

    def _over(self, words: str, ended: _UnderWay) -> None:
        if self._under_way.get(words) is not ended:
            return
        del self._under_way[words]
        ending = ended.pieces[-1] if ended.pieces else None
        if self._keep_seconds and isinstance(ending, Ending) and ending.complete:
            text = "".join(piece for piece in ended.pieces if isinstance(piece, str))
            self._kept[words] = _Kept(text, _free(ending), self._clock() + self._keep_seconds)
            if len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)

    def _remembered(self, words: str) -> _Kept | None:
        kept = self._kept.get(words)
        if kept and kept.until <= self._clock():
            del self._kept[words]
            return None
        return kept


def same_words(asked: CompletionRequest) -> str:
    """A digest of everything that the answer depends on: not of who asks, nor of the name of the request."""
    told = asdict(replace(asked, request_id=None, visitor=None, meter=None, bill=None))
    return sha256(json.dumps(told, sort_keys=True, default=dict).encode()).hexdigest()


def _free(ending: Ending) -> Ending:
    return replace(ending, usage=Usage(0, 0), cost_usd=0.0)


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str
    ending: Ending
    until: float


class _UnderWay:
    """One completion with all who listen to it. It runs in a task of its own, so that none of them owns it."""

    def __init__(
        self, completion: AsyncGenerator[Piece, None], bill: Bill, when_over: Callable[[_UnderWay], None]
    ) -> None:
        self.pieces: list[Piece] = []
        self._bill = bill
        self._is_paid = False
        self._when_over = when_over
        self.left = False
        self._listeners = 0
        self._waiting: list[asyncio.Future[None]] = []
        self.task = asyncio.create_task(self._run(completion), name="shared completion")
        self.task.add_done_callback(self._ended)

    def paid_by(self, bill: Bill | None) -> bool:
        """Whether it is `bill` that the completion stands on: of the first who is there at its end, and nobody else."""
        if self._is_paid:
            return False
        self._is_paid = True
        if bill:
            bill.include(self._bill)
        return True

    async def follow(self) -> AsyncGenerator[Piece, None]:
        """Every piece from the first. Raises what ended the completion, for each listener anew."""
        self._listeners += 1
        heard = 0
        try:
            while True:
                while heard < len(self.pieces):
                    heard += 1
                    yield self.pieces[heard - 1]
                if self.task.done():
                    self.task.result()
                    return
                more = asyncio.get_running_loop().create_future()
                self._waiting.append(more)
                await more
        finally:
            self._listeners -= 1
            if not self._listeners and not self.task.done():
                self.left = True
                self.task.cancel()
                await asyncio.wait({self.task})  # what it has cost is known to whoever asked once it is over

    async def _run(self, completion: AsyncGenerator[Piece, None]) -> None:
        try:
            async with aclosing(completion):
                async for piece in completion:
                    self.pieces.append(piece)
                    self._wake()
        finally:
            self._when_over(self)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._when_over(self)  # also of a task that was stopped before it began
        if not task.cancelled():
            task.exception()  # whoever still listens hears of it; where nobody does, nobody needs to
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for listener in waiting:
            if not listener.done():
                listener.set_result(None)

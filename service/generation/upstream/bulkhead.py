"""How many completions may run at once, and how many may wait for a place."""

from __future__ import annotations

import asyncio

from ...errors import UpstreamUnavailable


class Bulkhead:
    """`async with` takes a place. Raises `UpstreamUnavailable` when the queue is full or the wait is too long."""

    def __init__(self, *, places: int = 100, queue: int = 100, patience_seconds: float = 2.0) -> None:
        self.places = places
        self._free = asyncio.Semaphore(places)
        self._queue = queue
        self._patience_seconds = patience_seconds
        self._waiting = 0

    async def __aenter__(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._queue:
            raise UpstreamUnavailable("Too many completions are under way, and too many wait for a place.")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise UpstreamUnavailable("Too many completions are under way, and no place became free in time.") from None
        finally:
            self._waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self._free.release()

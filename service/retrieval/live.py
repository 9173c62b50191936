"""The index a running service answers from, exchanged for a newer one without a question noticing."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import IndexRefused, IndexUnavailable, UpstreamError
from .snapshot import open_snapshot, prove

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .recipe import Recipe
    from .snapshot import Snapshot
    from .storage import IndexStorage

POLL_SECONDS = 0.5
PROVE_AGAIN_SECONDS = 30.0


class LiveIndex:
    """A question takes `snapshot` once and keeps it to its end.

    `refused`, `doubt` and `stale` are what an operator should know, one line each or None. `on_change` is told each
    line that is new, and each version that begins to serve. One task calls `start` and then `watch` or `refresh`.
    """

    def __init__(
        self,
        storage: IndexStorage,
        recipes: Mapping[str, Recipe],
        faq_path: Path,
        *,
        on_change: Callable[[str], None] = lambda sentence: None,
        prove_again_seconds: float = PROVE_AGAIN_SECONDS,
    ) -> None:
        self._storage = storage
        self._recipes = recipes
        self._faq_path = faq_path
        self._faq_stamp: tuple[int, int] | None = None
        self._faq_digest: str | None = None
        self._on_change = on_change
        self._told: tuple[str, ...] = ()
        self._prove_again_seconds = prove_again_seconds
        self._prove_at = 0.0
        self._snapshot: Snapshot | None = None
        self._refused_version: str | None = None
        self.refused: str | None = None
        """Why the version that is published is not the one that serves."""
        self.doubt: str | None = None
        """Why the API embedder may not, or does not, fit the vectors that serve; in the second case offline answers."""

    @property
    def snapshot(self) -> Snapshot:
        """Raises `IndexUnavailable` before `start`."""
        if self._snapshot is None:
            raise IndexUnavailable("No index is loaded. Run `ondap reindex`.")
        return self._snapshot

    @property
    def stale(self) -> str | None:
        """Why the FAQ file is not what the index was made from."""
        if self._faq_digest == self.snapshot.faq_digest:
            return None
        what = "cannot be read" if self._faq_digest is None else "has changed"
        return f"{self._faq_path} {what} since index {self.snapshot.version} was built. Run `ondap reindex`."

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(problem for problem in (self.refused, self.doubt, self.stale) if problem)

    async def start(self) -> None:
        """Loads the published version. Raises `IndexUnavailable` or `IndexRefused` when there is none to serve."""
        await self._take_up(self._storage.current())
        await self._look_at_faq()
        self._tell()

    async def watch(self, *, poll_seconds: float = POLL_SECONDS) -> None:
        """Runs until it is cancelled."""
        while True:
            await asyncio.sleep(poll_seconds)
            await self.refresh()

    async def refresh(self) -> None:
        """Takes up what was published since. What cannot be is said in `refused`, and the old version serves on."""
        version = None
        try:
            version = self._storage.current()
            if version == self.snapshot.version:
                self.refused = None
                await self._prove_again()
            elif version != self._refused_version:
                await self._take_up(version)
        except IndexRefused as reason:
            self.refused, self._refused_version = str(reason), version
        except IndexUnavailable as reason:  # the system did not let us read; the next time it may
            self.refused = str(reason)
        await self._look_at_faq()
        self._tell()

    async def _take_up(self, version: str) -> None:
        snapshot = await asyncio.to_thread(open_snapshot, self._storage, version, self._recipes)
        self.doubt = await self._doubt_about(snapshot)
        self._snapshot, self.refused = snapshot, None

    async def _doubt_about(self, snapshot: Snapshot) -> str | None:
        """Raises `IndexRefused` when the embedder that is asked first is not the one that made the index."""
        self._prove_at = asyncio.get_running_loop().time() + self._prove_again_seconds
        try:
            await prove(snapshot, next(iter(self._recipes.values())).embedder)
        except UpstreamError as error:
            return f"Whether the vectors of index {snapshot.version} still fit could not be checked. {error}"
        return None

    async def _prove_again(self) -> None:
        """Looks again, now and then, when the endpoint was away: until then nobody knows what its vectors are worth."""
        snapshot = self.snapshot
        if not self.doubt or snapshot.api is None or asyncio.get_running_loop().time() < self._prove_at:
            return
        try:
            self.doubt = await self._doubt_about(snapshot)
        except IndexRefused as reason:
            self._snapshot, self.doubt = replace(snapshot, api=None), str(reason)

    async def _look_at_faq(self) -> None:
        """Reads the FAQ file only when its time or size is another."""
        try:
            facts = self._faq_path.stat()
            if (stamp := (facts.st_mtime_ns, facts.st_size)) != self._faq_stamp:
                content = await asyncio.to_thread(self._faq_path.read_bytes)
                self._faq_digest, self._faq_stamp = hashlib.sha256(content).hexdigest(), stamp
        except OSError:  # said by `stale`
            self._faq_digest = self._faq_stamp = None

    def _tell(self) -> None:
        sentences = (f"Index {self.snapshot.version} serves.", *self.problems)
        for sentence in sentences:
            if sentence not in self._told:
                self._on_change(sentence)
        self._told = sentences

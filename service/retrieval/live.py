"""The index a running service answers from, exchanged for a newer one without a question noticing."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import FaqError, IndexRefused, IndexUnavailable, UpstreamError
from .questions import questions_digest
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

    Where `questions_path` or `target` is not given, nobody is told that an index was calibrated by others.
    """

    def __init__(
        self,
        storage: IndexStorage,
        recipes: Mapping[str, Recipe],
        faq_path: Path,
        *,
        questions_path: Path | None = None,
        target: float | None = None,
        on_change: Callable[[str], None] = lambda sentence: None,
        prove_again_seconds: float = PROVE_AGAIN_SECONDS,
    ) -> None:
        self._storage = storage
        self._recipes = recipes
        self._faq_path = faq_path
        self._faq_stamp: tuple[int, int] | None = None
        self._faq_digest: str | None = None
        self._synonyms = next(iter(recipes.values())).synonyms
        self._synonyms_stamp: tuple[int, int] | None = None
        self._synonyms_digest: str | None = None
        self._questions_path = questions_path
        self._questions_stamp: tuple[int, int] | None = None
        self._questions_digest: str | None = None
        self._questions_unreadable = False
        self._target = target
        self._on_change = on_change
        self._told: tuple[str, ...] = ()
        self._prove_again_seconds = prove_again_seconds
        self._prove_at = 0.0
        self._snapshot: Snapshot | None = None
        self._unproven: Snapshot | None = None
        self._withdrawn: frozenset[str] = frozenset()
        self._refused_version: str | None = None
        self.refused: str | None = None
        """Why the version that is published is not the one that serves."""
        self.doubt: str | None = None
        """Why the offline index answers although an API embedder is configured: its vectors may not, or do not, fit."""

    @property
    def snapshot(self) -> Snapshot:
        """Raises `IndexUnavailable` before `start`."""
        if self._snapshot is None:
            raise IndexUnavailable("No index is loaded. Run `ondap reindex`.")
        return self._snapshot

    @property
    def stale(self) -> str | None:
        """Why the index is not what would be made now of the FAQ, the synonyms, the labelled questions, the target."""
        if self._faq_digest == self.snapshot.faq_digest:
            return self._stale_synonyms() or self._stale_calibration()
        if self._faq_digest in self._withdrawn:
            return (
                f"{self._faq_path} was rolled back from, and index {self.snapshot.version} serves again. "
                "Mend the file and run `ondap reindex`."
            )
        what = "cannot be read" if self._faq_digest is None else "has changed"
        return f"{self._faq_path} {what} since index {self.snapshot.version} was built. Run `ondap reindex`."

    def _stale_synonyms(self) -> str | None:
        if self._synonyms_digest == self.snapshot.synonyms_digest:
            return None
        what = "cannot be read" if self._synonyms_digest is None else "has changed"
        return f"{self._synonyms.path} {what} since index {self.snapshot.version} was built. Run `ondap reindex`."

    def _stale_calibration(self) -> str | None:
        version = self.snapshot.version
        if self._questions_path is not None:
            if self._questions_unreadable:
                return f"{self._questions_path} cannot be read since index {version} was built. Run `ondap reindex`."
            if self._questions_digest != self.snapshot.questions_digest:
                return f"{self._questions_path} has changed since index {version} was built. Run `ondap reindex`."
        for calibration in self.snapshot.calibrations.values():
            if self._target not in (None, calibration.target):
                return (
                    f"Index {version} was calibrated for a target of {calibration.target:g}, and {self._target:g} is "
                    "configured. Run `ondap reindex`."
                )
        return None

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(problem for problem in (self.refused, self.doubt, self.stale) if problem)

    async def start(self) -> None:
        """Loads the published version. Raises `IndexUnavailable` or `IndexRefused` when there is none to serve."""
        await self._take_up(self._storage.current())
        self._withdrawn = self._storage.withdrawn()
        await self._look_at_files()
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
            self._withdrawn = self._storage.withdrawn()
            if version == self.snapshot.version:
                self.refused = None
                await self._prove_again()
            elif version != self._refused_version:
                await self._take_up(version)
        except IndexRefused as reason:
            self.refused, self._refused_version = str(reason), version
        except IndexUnavailable as reason:  # the system did not let us read; the next time it may
            self.refused = str(reason)
        await self._look_at_files()
        self._tell()

    async def _take_up(self, version: str) -> None:
        snapshot = await asyncio.to_thread(open_snapshot, self._storage, version, self._recipes)
        await self._serve(snapshot)
        self.refused = None

    async def _serve(self, snapshot: Snapshot) -> None:
        """Lets it answer, with its api part only where the endpoint shows that it still is the one that made it.

        Raises `IndexRefused` when not even its offline part can answer.
        """
        self._prove_at = asyncio.get_running_loop().time() + self._prove_again_seconds
        doubt, unproven, serving = snapshot.lacks_api, None, snapshot
        try:
            await prove(snapshot, self._recipes)
        except UpstreamError as error:
            doubt = f"Whether the vectors of index {snapshot.version} still fit could not be checked. {error}"
            unproven, serving = snapshot, replace(snapshot, api=None)
        except IndexRefused as reason:
            if snapshot.api is None:
                raise
            doubt, serving = str(reason), replace(snapshot, api=None)
        if serving.api is None:
            await asyncio.to_thread(snapshot.offline_when_needed)
        self._snapshot, self._unproven, self.doubt = serving, unproven, doubt

    async def _prove_again(self) -> None:
        """Looks again, now and then, when the endpoint was away: until then nobody knows what its vectors are worth."""
        if self._unproven and asyncio.get_running_loop().time() >= self._prove_at:
            await self._serve(self._unproven)

    async def _look_at_files(self) -> None:
        """Reads a file only when its time or size is another."""
        try:
            facts = self._faq_path.stat()
            if (stamp := (facts.st_mtime_ns, facts.st_size)) != self._faq_stamp:
                content = await asyncio.to_thread(self._faq_path.read_bytes)
                self._faq_digest, self._faq_stamp = hashlib.sha256(content).hexdigest(), stamp
        except OSError:  # said by `stale`
            self._faq_digest = self._faq_stamp = None
        try:
            written = self._synonyms.stamp()
            if written != self._synonyms_stamp or self._synonyms_digest is None:
                self._synonyms_digest = await asyncio.to_thread(self._synonyms.digest)
                self._synonyms_stamp = written
        except (FaqError, OSError):
            self._synonyms_digest = self._synonyms_stamp = None

        await self._look_at_questions()

    async def _look_at_questions(self) -> None:
        path = self._questions_path
        try:
            facts = path.stat() if path and path.exists() else None
            stamp = (facts.st_mtime_ns, facts.st_size) if facts else None
            if stamp != self._questions_stamp or self._questions_unreadable:
                self._questions_digest = await asyncio.to_thread(questions_digest, path)
                self._questions_stamp = stamp
            self._questions_unreadable = False
        except (FaqError, OSError):  # said by `stale`
            self._questions_unreadable = True

    def _tell(self) -> None:
        sentences = (f"Index {self.snapshot.version} serves.", *self.problems)
        for sentence in sentences:
            if sentence not in self._told:
                self._on_change(sentence)
        self._told = sentences

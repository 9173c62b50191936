"""Index versions on disk: a folder `<root>/<version>/` for each, and the file `<root>/current`.

A version's name ends in the digest of its manifest, the manifest holds the digest of every other file, and nothing
is changed after the folder has its name. `current` lists the published versions, newest first: the first one serves,
the others are what a rollback goes back to, and every folder it does not list is a leftover. `withdrawn` lists the
digests of the FAQs that were rolled back from since the last publication.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING

from ..errors import BuildInProgress, IndexRefused, IndexUnavailable, OperatorError
from .contents import API, OFFLINE, Content, content_of, files_of, manifest_of
from .files import read_if_present, read_whole, refused, replace_synced, sync_folder, write_synced
from .manifest import MAX_MANIFEST_BYTES, Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

KEPT_VERSIONS = 5
"""Enough to take a few changes back; each version is a whole copy on the disk."""
_STAMP = "%Y%m%dT%H%M%SZ"
_VERSION = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{8})")
_DRAFT = ".draft-"
_MANIFEST = "manifest.json"


class IndexStorage:
    """Reading needs no lock; whoever writes, publishes, rolls back or tidies holds `lock()`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pointer = root / "current"
        self._withdrawn = root / "withdrawn"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Raises `BuildInProgress` while somebody else holds it. The system frees it when its holder dies.

        What the disk refuses whoever holds it is raised as `OperatorError`.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with (self._root / ".lock").open("a+") as file:
                self._take(file)
                yield
        except OSError as error:
            message = f"The index cannot be written: {error}. Free some space or check permissions."
            raise OperatorError(message) from error

    def _take(self, file: IO[str]) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BuildInProgress(
                f"Process {file.read(20)} is building the index in {self._root}. Wait until it is done."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()

    def published(self) -> tuple[str, ...]:
        """Versions, the one that serves first; none before the first build.

        Raises `IndexRefused`, and `IndexUnavailable` where we may not read.
        """
        content = read_if_present(self._pointer, at_most=4096)
        if content is None:
            return ()
        versions = tuple(content.decode("ascii", errors="replace").split())
        if not versions or not all(_VERSION.fullmatch(version) for version in versions):
            raise refused(self._pointer, "is damaged: it does not name a version")
        return versions

    def current(self) -> str:
        """Raises `IndexUnavailable` before the first build, `IndexRefused` when the pointer is damaged."""
        versions = self.published()
        if not versions:
            raise IndexUnavailable(f"There is no index in {self._root}. Run `ondap reindex`.")
        return versions[0]

    def describe(self, version: str) -> Manifest:
        """The manifest alone, checked against the version's name. Raises `IndexRefused`."""
        path = self._root / version / _MANIFEST
        content = read_whole(path, at_most=MAX_MANIFEST_BYTES)
        if version != _name(version.partition("-")[0], content):
            raise refused(path, "is damaged: its content is not what was written")
        return Manifest.from_bytes(content, path)

    def read(self, version: str, *, parts: Collection[str] = (OFFLINE, API)) -> Content:
        """Everything, in memory and verified; of the parts only those named. Raises `IndexRefused`."""
        return content_of(self._root / version, self.describe(version), parts=parts)

    def write(self, content: Content, *, on_step: Callable[[str], None]) -> str:
        """Puts a complete version on the disk and returns its name; nobody uses it before `publish`.

        `on_step` is told of each step after it was made, for whoever wants to interfere there.
        """
        files = files_of(content)
        files[_MANIFEST] = manifest_of(content, files).to_bytes()
        version = _name(self._stamp(content.created_at), files[_MANIFEST])
        draft = self._root / f"{_DRAFT}{version}"
        try:
            for part in content.parts:
                (draft / part).mkdir(parents=True)
            for name, written in files.items():
                write_synced(draft / name, written)
                on_step(f"wrote {name}")
            for folder in (*content.parts, "."):
                sync_folder(draft / folder)
            on_step("synced")
            draft.rename(self._root / version)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)  # what cannot be removed now is removed by the next build
            raise
        sync_folder(self._root)
        on_step("renamed")
        return version

    def publish(self, version: str) -> None:
        """From here on `version` serves. A damaged pointer is replaced, and what it listed is forgotten."""
        try:
            earlier = self.published()
        except IndexRefused:
            earlier = ()
        self._point_to((version, *earlier))
        self._withdrawn.unlink(missing_ok=True)

    def withdrawn(self) -> frozenset[str]:
        """The digests of the FAQs that were rolled back from: nobody but a person publishes one of them again.

        Raises `IndexRefused`, and `IndexUnavailable` where we may not read.
        """
        content = read_if_present(self._withdrawn, at_most=4096)
        return frozenset((content or b"").decode("ascii", errors="replace").split())

    def rollback(self) -> str:
        """Publishes the version before the current one again and returns its name, after reading it as a whole.

        The FAQ that the current one was made from is `withdrawn` from then on. Raises `IndexUnavailable` when there is
        no earlier version, `IndexRefused` when it is damaged.
        """
        earlier = self.published()[1:]
        if not earlier:
            raise IndexUnavailable(f"There is no earlier index in {self._root} to go back to.")
        self.read(earlier[0])
        self._withdraw(self.current())
        self._point_to(earlier)
        return earlier[0]

    def _withdraw(self, version: str) -> None:
        """Comes before the pointer moves: as long as `version` serves, that its FAQ is withdrawn changes nothing."""
        with suppress(IndexRefused):  # a damaged version does not say what it was made from
            digests = self.withdrawn() | {self.describe(version).faq.sha256}
            replace_synced(self._withdrawn, "".join(f"{digest}\n" for digest in sorted(digests)).encode())

    def remove_drafts(self) -> None:
        """Drafts are what builds that were killed left behind: whoever holds the lock has none yet."""
        for folder in self._root.glob(f"{_DRAFT}*"):
            shutil.rmtree(folder)

    def remove_unpublished(self) -> None:
        """Removes versions that never were published, were rolled back, or are older than we keep."""
        published = self.published()
        for folder in self._root.iterdir():
            if _VERSION.fullmatch(folder.name) and folder.name not in published:
                shutil.rmtree(folder)

    def _stamp(self, now: datetime) -> str:
        """Later than that of every version there is: names sort by age even when the clock was put back."""
        stamps = [found[1] for folder in self._root.iterdir() if (found := _VERSION.fullmatch(folder.name))]
        after = [datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC) + timedelta(seconds=1) for stamp in stamps]
        return max([now, *after]).strftime(_STAMP)

    def _point_to(self, versions: Sequence[str]) -> None:
        replace_synced(self._pointer, "".join(f"{version}\n" for version in versions[:KEPT_VERSIONS]).encode())


def _name(stamp: str, manifest: bytes) -> str:
    return f"{stamp}-{hashlib.sha256(manifest).hexdigest()[:8]}"

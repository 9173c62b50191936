"""Bytes that reach the disk before we go on, and bytes that are what they were when they were written."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from ..errors import IndexRefused, IndexUnavailable

if TYPE_CHECKING:
    from pathlib import Path


def refused(file: Path | str, what: str) -> IndexRefused:
    """The one form of every refusal: which file, what is wrong, what to do."""
    return IndexRefused(f"The index is refused: {file} {what}. Run `ondap reindex`.")


def write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Makes the names in a folder durable: a file's own fsync does not."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_synced(path: Path, content: bytes) -> None:
    """Whoever reads `path` sees the old content or the new, also after a power failure."""
    fresh = path.with_name(f".{path.name}.new")
    write_synced(fresh, content)
    fresh.replace(path)
    sync_folder(path.parent)


def read_verified(path: Path, *, size: int, sha256: str) -> bytes:
    """The whole file, in memory, so that nothing done to it later can reach us.

    Raises `IndexRefused` when it is missing or is not, byte for byte, what was written.
    """
    content = read_whole(path, at_most=size)
    if len(content) != size:
        raise refused(path, f"is damaged: {len(content)} bytes where {size} were written")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise refused(path, "is damaged: its content is not what was written")
    return content


def read_whole(path: Path, *, at_most: int) -> bytes:
    """As `read_if_present`, and raises `IndexRefused` also when the file is missing."""
    content = read_if_present(path, at_most=at_most)
    if content is None:
        raise refused(path, "is missing")
    return content


def read_if_present(path: Path, *, at_most: int) -> bytes | None:
    """Raises `IndexRefused` when the file holds more than `at_most` bytes.

    Raises `IndexUnavailable` when the system will not give it to us, which may pass and no build can mend.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size  # what is there decides how much memory is taken, not a manifest
            if size > at_most:
                raise refused(path, f"is damaged: it holds {size} bytes, more than {at_most}")
            return file.read(size)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IndexUnavailable(f"The index cannot be read: {path}: {error.strerror}. Check its permissions.") from error

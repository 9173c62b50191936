"""Which file system a path is on.

A write-ahead log needs memory that its processes share, and a network file system has none (fault 114).
"""

from __future__ import annotations

from pathlib import Path

NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs"})

_MOUNTS = Path("/proc/self/mountinfo")


def network_file_system(path: Path) -> str | None:
    """The type of the network file system `path` lies on; None on a local one, and where the system does not say."""
    if not _MOUNTS.exists():
        return None
    found = file_system_type(path.resolve(), _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape"))
    return found if found in NETWORK_FILE_SYSTEMS else None


def file_system_type(path: Path, mountinfo: str) -> str | None:
    """The type of the innermost mount above an absolute `path`; of several on one spot the last hides the others."""
    best: tuple[int, str] | None = None
    for line in mountinfo.splitlines():
        place, _, source = line.partition(" - ")
        point = Path(place.split(" ")[4].replace("\\040", " "))
        if path.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            best = len(point.parts), source.split(" ")[0]
    return None if best is None else best[1]

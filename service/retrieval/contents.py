"""All that one index version holds, to files and back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .arrays import from_bytes, refuse_unless_unit_rows, to_bytes
from .files import read_verified, refused
from .manifest import (
    FORMAT,
    CalibrationRecord,
    CountsRecord,
    FaqRecord,
    Manifest,
    PartRecord,
    entries_from_bytes,
    entries_to_bytes,
    record_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from ..knowledge.entry import FaqEntry
    from .arrays import Array
    from .calibration import Calibration
    from .embedders import FloatArray

ENTRIES = "entries.json"
OFFLINE, API = "offline", "api"
"""The two parts: one that needs nobody, whose vectors know no Hangul and may be zero, and one made by an endpoint."""
PROBES = "probes"
VECTORS = "vectors"
"""What `FaqIndex` calls its rows of shape (rows, dim)."""


@dataclass(frozen=True, slots=True)
class Probes:
    """Texts and the vectors, of shape (len(texts), dim), that the embedder gave them when the index was built."""

    texts: tuple[str, ...]
    vectors: FloatArray


@dataclass(frozen=True, slots=True)
class Part:
    """What one embedder made of the entries; `arrays` and `facts` are those of its `FaqIndex`."""

    embedder: str
    arrays: Mapping[str, Array]
    facts: Mapping[str, Any]
    probes: Probes
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Content:
    """`parts` are OFFLINE and, where an API embedder was configured, API.

    `faq_digest`, and `questions_digest` of the team's labelled questions if there were any, are sha256 in hex.
    """

    created_at: datetime
    faq_name: str
    faq_digest: str
    entries: tuple[FaqEntry, ...]
    parts: Mapping[str, Part]
    questions_digest: str | None = None


def files_of(content: Content) -> dict[str, bytes]:
    """Every file but the manifest, by its path inside the version's folder."""
    files = {ENTRIES: entries_to_bytes(content.entries)}
    for name, part in content.parts.items():
        for array_name, array in (*part.arrays.items(), (PROBES, part.probes.vectors)):
            files[_array_file(name, array_name)] = to_bytes(array)
    return files


def manifest_of(content: Content, files: Mapping[str, bytes]) -> Manifest:
    return Manifest(
        format=FORMAT,
        created_at=content.created_at.isoformat(),
        faq=FaqRecord(name=content.faq_name, sha256=content.faq_digest),
        questions=content.questions_digest,
        counts=_counts(content.entries),
        parts={
            name: PartRecord(
                embedder=part.embedder,
                arrays=sorted(part.arrays),
                facts=dict(part.facts),
                probes=list(part.probes.texts),
                calibration=CalibrationRecord(embedder=part.embedder, faq=content.faq_digest, learned=part.calibration),
            )
            for name, part in content.parts.items()
        },
        files={name: record_of(written) for name, written in files.items()},
    )


def content_of(folder: Path, manifest: Manifest, *, parts: Collection[str]) -> Content:
    """The entries and those of `parts` that the version has, read from the disk as a whole and verified.

    Raises `IndexRefused`, naming the file.
    """
    entries = entries_from_bytes(_verified(folder, ENTRIES, manifest), folder / ENTRIES)
    found, written = _counts(entries), manifest.counts
    if found != written:
        raise refused(
            folder / ENTRIES,
            f"holds {found.entries} entries and {found.phrasings} phrasings where the manifest "
            f"has {written.entries} and {written.phrasings}",
        )
    return Content(
        created_at=datetime.fromisoformat(manifest.created_at),
        faq_name=manifest.faq.name,
        faq_digest=manifest.faq.sha256,
        entries=entries,
        parts={name: _part_of(folder, name, manifest) for name in parts if name in manifest.parts},
        questions_digest=manifest.questions,
    )


def _part_of(folder: Path, name: str, manifest: Manifest) -> Part:
    record = manifest.parts[name]

    def array(array_name: str) -> Array:
        file = _array_file(name, array_name)
        return from_bytes(_verified(folder, file, manifest), folder / file)

    arrays = {array_name: array(array_name) for array_name in (*record.arrays, PROBES)}
    for array_name in arrays.keys() & {VECTORS, PROBES}:
        path = folder / _array_file(name, array_name)
        refuse_unless_unit_rows(arrays[array_name], path, zero_allowed=name == OFFLINE)
    probes = arrays.pop(PROBES)
    if len(probes) != len(record.probes):
        raise refused(folder / _array_file(name, PROBES), f"holds {len(probes)} vectors for {len(record.probes)} texts")
    if VECTORS in arrays and arrays[VECTORS].shape[1] != probes.shape[1]:
        dimensions = f"{arrays[VECTORS].shape[1]} where the probes have {probes.shape[1]}"
        raise refused(folder / _array_file(name, VECTORS), f"holds vectors of dimension {dimensions}")
    calibration = _calibration_of(record, manifest, folder / "manifest.json")
    return Part(record.embedder, arrays, record.facts, Probes(tuple(record.probes), probes), calibration)


def _calibration_of(record: PartRecord, manifest: Manifest, path: Path) -> Calibration:
    """What was learned, where it was learned with this very embedder and FAQ."""
    calibration = record.calibration
    if calibration.embedder != record.embedder:
        raise refused(path, f"was calibrated with {calibration.embedder}, and its vectors are {record.embedder}'s")
    if calibration.faq != manifest.faq.sha256:
        raise refused(path, "was calibrated with another FAQ than it holds")
    return calibration.learned


def _verified(folder: Path, name: str, manifest: Manifest) -> bytes:
    record = manifest.files.get(name)
    if record is None:
        raise refused(folder / "manifest.json", f"does not list {name}")
    return read_verified(folder / name, size=record.size, sha256=record.sha256)


def _array_file(part: str, array_name: str) -> str:
    return f"{part}/{array_name}.npy"


def _counts(entries: Sequence[FaqEntry]) -> CountsRecord:
    return CountsRecord(entries=len(entries), phrasings=sum(len(entry.phrasings) for entry in entries))

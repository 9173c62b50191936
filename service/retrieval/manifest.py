"""What one index version says about itself, and the entries it was made from, as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..knowledge.entry import FaqEntry, Link
from .calibration import Calibration  # noqa: TC001 - pydantic reads what the record holds
from .files import refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMAT = 2
"""Goes up with every change of what the files hold or of how they are read, so that no version reads another's."""
MAX_MANIFEST_BYTES = 16 * 2**20


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class FileRecord(Record):
    size: int = Field(ge=0)
    """In bytes."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class FaqRecord(Record):
    name: str
    sha256: str


class CountsRecord(Record):
    entries: int
    phrasings: int


class CalibrationRecord(Record):
    """What was `learned`, and for whom: with another embedder or FAQ its numbers mean nothing."""

    embedder: str
    faq: str
    """Its sha256."""
    learned: Calibration


class PartRecord(Record):
    """One embedder's index: the files `<part>/<name>.npy` for each of `arrays`, and `<part>/probes.npy`.

    `probes` are the texts whose vectors show whether an embedder still is the one that made the index.
    """

    embedder: str
    arrays: list[Annotated[str, Field(pattern="^[a-z0-9_]+$")]]
    facts: dict[str, Any]
    probes: list[str]
    calibration: CalibrationRecord


class Manifest(Record):
    """`files` are all files of the version but this one, whose digest is in the version's name."""

    format: int
    created_at: str
    faq: FaqRecord
    questions: str | None
    """The sha256 of the labelled questions the calibration has heard, where there were any."""
    counts: CountsRecord
    parts: dict[str, PartRecord]
    files: dict[str, FileRecord]

    def to_bytes(self) -> bytes:
        return (json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes, path: Path) -> Manifest:
        """Raises `IndexRefused` when it is not a manifest, or one of another format."""
        try:
            written = json.loads(content)
        except (ValueError, RecursionError):
            raise refused(path, "is damaged: it is not JSON") from None
        found = written.get("format") if isinstance(written, dict) else None
        if found != FORMAT:
            raise refused(path, f"was written by another version of Ondap: format {found!a:.20}, ours is {FORMAT}")
        try:
            manifest = cls.model_validate_json(content)
            datetime.fromisoformat(manifest.created_at)
        except ValidationError as error:
            where = ".".join(str(step) for step in error.errors(include_input=False)[0]["loc"])
            raise refused(path, f"is damaged: {where} is not what it should be") from None
        except ValueError:
            raise refused(path, "is damaged: created_at is not a time") from None
        return manifest


def record_of(content: bytes) -> FileRecord:
    return FileRecord(size=len(content), sha256=hashlib.sha256(content).hexdigest())


def entries_to_bytes(entries: Sequence[FaqEntry]) -> bytes:
    written = [{name: _plain(value) for name, value in asdict(entry).items()} for entry in entries]
    return (json.dumps(written, ensure_ascii=False, indent=1) + "\n").encode()


def entries_from_bytes(content: bytes, path: Path) -> tuple[FaqEntry, ...]:
    try:
        return tuple(_entry(**written) for written in json.loads(content))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise refused(path, "is damaged: it does not hold entries") from None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _entry(
    *,
    variants: list[str],
    tags: list[str],
    links: list[dict[str, str]],
    valid_from: str | None,
    valid_until: str | None,
    **rest: Any,
) -> FaqEntry:
    return FaqEntry(
        variants=tuple(variants),
        tags=tuple(tags),
        links=tuple(Link(**link) for link in links),
        valid_from=None if valid_from is None else date.fromisoformat(valid_from),
        valid_until=None if valid_until is None else date.fromisoformat(valid_until),
        **rest,
    )

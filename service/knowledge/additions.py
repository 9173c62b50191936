"""New phrasings for a FAQ, as a patch that a person reviews. Nothing here writes the FAQ but `apply`."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FaqError, OperatorError
from .edits import edited
from .entries import MAX_PHRASING
from .faq import Faq, faq_of
from .faults import shown
from .fields import can_be_seen
from .jsonl_additions import jsonl_edits
from .patch import as_patch
from .source import read_bytes, source_of
from .visible import visible_text
from .yaml_additions import yaml_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .entry import FaqEntry

__all__ = ["Addition", "FaqText", "apply", "as_patch", "one_line", "with_additions"]


@dataclass(frozen=True, slots=True)
class Addition:
    """A phrasing for an entry, and in a few words for the reviewer why. One line, as `one_line` makes it."""

    entry_id: str
    phrasing: str
    why: str

    def __post_init__(self) -> None:
        phrasing = self.phrasing
        if not can_be_seen(phrasing) or len(phrasing) > MAX_PHRASING or phrasing != one_line(phrasing):
            raise FaqError(f"entry {shown(self.entry_id)}: {shown(self.phrasing)} cannot be a phrasing. Leave it out.")


@dataclass(frozen=True, slots=True)
class FaqText:
    """A FAQ file as it was when it was read: `text` is its bytes to the last one, `faq` the entries in it."""

    text: str
    faq: Faq

    @classmethod
    def read(cls, path: Path) -> FaqText:
        """Raises `FaqError` as `load_faq` does."""
        return cls.of(path, read_bytes(path))

    @classmethod
    def of(cls, path: Path, content: bytes) -> FaqText:
        """As `read`, of bytes that may not be in the file yet."""
        faq = faq_of(path, source_of(path, content))
        return cls(content.decode(), faq)

    @property
    def content(self) -> bytes:
        return self.text.encode()


def one_line(text: str) -> str:
    """The words a reader sees, single spaces between them."""
    return " ".join(visible_text(text).split())


def with_additions(before: FaqText, additions: Iterable[Addition]) -> FaqText:
    """The FAQ with the phrasings at the end of their entries' variants, and every other character as it was.

    Raises `FaqError` where an entry is missing, where a phrasing is one of its entry's already, and where the result
    would be anything but the entries as they were and the additions.
    """
    new = _by_entry(before.faq, additions)
    path, mark = before.faq.path, "\ufeff" if before.text.startswith("\ufeff") else ""
    text = before.text.removeprefix("\ufeff")
    edits = jsonl_edits(text, new) if path.suffix.lower() == ".jsonl" else yaml_edits(text, new)
    wanted = tuple(_grown(entry, new.get(entry.id, ())) for entry in before.faq.entries)
    try:
        after = FaqText.of(path, (mark + edited(text, edits)).encode())
    except (FaqError, ValueError, LookupError) as error:
        raise _not_added(path, new) from error
    if after.faq.entries != wanted:
        raise _not_added(path, new)
    return after


def apply(before: FaqText, after: FaqText) -> None:
    """Puts `after` in the place of the file in one step.

    Raises `FaqError` when the file is not what `before` was read from any more, `OperatorError` when it cannot be
    written.
    """
    path = before.faq.path.resolve()  # of a link, the file it leads to
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        written = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(after.content)
                file.flush()
                os.fsync(file.fileno())
            written.chmod(mode)
            if hashlib.sha256(read_bytes(path)).hexdigest() != before.faq.digest:
                raise FaqError(f"{before.faq.path}: it was changed meanwhile and is left as it is. Run it again.")
            written.replace(path)
        finally:
            with suppress(FileNotFoundError):
                written.unlink()
    except OSError as error:
        raise OperatorError(f"{before.faq.path} cannot be written ({error.strerror}). Check the folder.") from error


def _by_entry(faq: Faq, additions: Iterable[Addition]) -> Mapping[str, Sequence[str]]:
    known = {entry.id: set(entry.phrasings) for entry in faq.entries}
    new: dict[str, list[str]] = {}
    for addition in additions:
        where = f"{faq.path}: entry {shown(addition.entry_id)}"
        if addition.entry_id not in known:
            raise FaqError(f"{where} is not in the file. Leave its additions out.")
        if addition.phrasing in known[addition.entry_id]:
            raise FaqError(f"{where}: {shown(addition.phrasing)} is a phrasing of it already. Leave it out.")
        known[addition.entry_id].add(addition.phrasing)
        new.setdefault(addition.entry_id, []).append(addition.phrasing)
    return new


def _grown(entry: FaqEntry, new: Sequence[str]) -> FaqEntry:
    return replace(entry, variants=(*entry.variants, *new)) if new else entry


def _not_added(path: Path, new: Mapping[str, Sequence[str]]) -> FaqError:
    ids = ", ".join(map(shown, list(new)[:3]))
    return FaqError(
        f"{path}: the additions to {ids}{' and others' if len(new) > 3 else ''} could not be written without touching "
        "more than them. Add them by hand, or write the variants as a list, one a line."
    )

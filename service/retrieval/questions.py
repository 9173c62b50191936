"""The team's labelled questions: what real customers asked, and which entry answers it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..errors import FaqError
from .evaluation import load_labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ..knowledge.entry import FaqEntry
    from .evaluation import Labelled


def read_questions(path: Path | None, entries: Sequence[FaqEntry]) -> tuple[Labelled, ...]:
    """The team's labelled questions; none where there is no such file.

    A question whose entries are all disabled is left out. Raises `FaqError` with the line of what is wrong.
    """
    if path is None or not path.exists():
        return ()
    return answerable(load_labelled(path, entry_ids={entry.id for entry in entries}), entries)


def answerable(labelled: Iterable[Labelled], entries: Iterable[FaqEntry]) -> tuple[Labelled, ...]:
    """Those without an entry, and those of which one entry at least is enabled: no index can find the others."""
    enabled = {entry.id for entry in entries if entry.enabled}
    return tuple(question for question in labelled if not question.in_scope or question.right & enabled)


def questions_digest(path: Path | None) -> str | None:
    """The sha256 of the file, None where there is none. Raises `FaqError` where it cannot be read."""
    if path is None or not path.exists():
        return None
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise FaqError(
            f"{path}: cannot be read ({error.strerror}). Let the user who runs the service read it."
        ) from error

"""The file of labelled questions that evaluation and calibration read, and how it grows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import FaqError, OperatorError
from ..retrieval.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ..knowledge.entry import FaqEntry
    from .learning import Lesson


@dataclass(frozen=True, slots=True)
class LabelledOtherwise:
    """A lesson whose words the file has with other entries, or with none; a person decides."""

    lesson: Lesson
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Appended:
    count: int
    otherwise: tuple[LabelledOtherwise, ...]


def append_questions(path: Path, lessons: Iterable[Lesson], entries: Iterable[FaqEntry]) -> Appended:
    """Writes those behind the others that are new, whatever their spacing and case.

    Phrasings of their own entry in `entries` are not written: found by their own words, they would teach nothing and
    flatter every figure. Raises `FaqError` where the file holds something else, `OperatorError` where it cannot be
    written.
    """
    phrasings = {(fold(phrasing), entry.id) for entry in entries for phrasing in entry.phrasings}
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        known = _known(text)
        new: list[Lesson] = []
        otherwise: list[LabelledOtherwise] = []
        for lesson in lessons:
            right = known.get(fold(lesson.question))
            if right is None and (fold(lesson.question), lesson.entry_id) not in phrasings:
                new.append(lesson)
            elif right is not None and lesson.entry_id not in right:
                otherwise.append(LabelledOtherwise(lesson, tuple(sorted(right))))
        if new:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8", newline="") as file:
                file.write("" if not text or text.endswith("\n") else "\n")
                file.writelines(_line(lesson) for lesson in new)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise FaqError(f"{path}: this is no file of labelled questions. Name another one.") from error
    except OSError as error:
        raise OperatorError(f"{path} cannot be written ({error.strerror}). Check the folder.") from error
    return Appended(len(new), tuple(otherwise))


def _line(lesson: Lesson) -> str:
    written = {"text": lesson.question, "expected": lesson.entry_id, "kind": lesson.kind}
    return json.dumps(written, ensure_ascii=False) + "\n"


def _known(text: str) -> dict[str, set[str]]:
    """Folded text -> the entries it is labelled with; none where the FAQ has no answer."""
    known: dict[str, set[str]] = {}
    for line in text.split("\n"):
        if line.strip():
            written = json.loads(line)
            right = [written.get("expected"), *(written.get("accept") or ())]
            known.setdefault(fold(written.get("text")), set()).update(str(each) for each in right if each is not None)
    return known

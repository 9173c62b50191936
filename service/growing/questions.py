"""The file of labelled questions that evaluation and calibration read, and how it grows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..errors import FaqError, OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .learning import Lesson


def append_questions(path: Path, lessons: Iterable[Lesson]) -> int:
    """Writes those that are not in the file yet behind the others, and says how many.

    Raises `FaqError` where the file holds something else, `OperatorError` where it cannot be written.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        known = {_key(line) for line in text.split("\n") if line.strip()}
        new = [lesson for lesson in lessons if (lesson.question, lesson.entry_id) not in known]
        if new:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8", newline="") as file:
                file.write("" if not text or text.endswith("\n") else "\n")
                file.writelines(_line(lesson) for lesson in new)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise FaqError(f"{path}: this is no file of labelled questions. Name another one.") from error
    except OSError as error:
        raise OperatorError(f"{path} cannot be written ({error.strerror}). Check the folder.") from error
    return len(new)


def _line(lesson: Lesson) -> str:
    written = {"text": lesson.question, "expected": lesson.entry_id, "kind": lesson.kind}
    return json.dumps(written, ensure_ascii=False) + "\n"


def _key(line: str) -> tuple[object, object]:
    written = json.loads(line)
    return written.get("text"), str(written.get("expected"))

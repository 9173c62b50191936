"""Which labels of visitors are worth a phrasing, and why the others are not. Pure but for asking the index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from ..conversation.privacy import mask
from ..knowledge.additions import Addition, one_line
from ..knowledge.fields import can_be_seen
from ..retrieval.followup import lean
from ..retrieval.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from ..conversation.store import Label
    from ..knowledge.entry import FaqEntry
    from ..retrieval.retriever import Retrieval

LONGEST_QUESTION = 200
"""Characters. Whoever writes more tells a story; as a phrasing it would draw every other story to its entry."""

MASKS = ("[카드번호]", "[주민번호]", "[전화번호]", "[이메일]")

Reason: TypeAlias = Literal["gone", "known", "seldom", "too long", "personal data", "leans on history", "answered"]
REASONS: Mapping[Reason, str] = {
    "gone": "its entry is not in the FAQ any more, or is disabled",
    "known": "the entry has these words already",
    "seldom": "said less often than asked for",
    "too long": f"longer than {LONGEST_QUESTION} characters",
    "personal data": "it holds, or held, personal data",
    "leans on history": "it means something only after the question before it",
    "answered": "it is answered with this entry already",
}


class Index(Protocol):
    """Whatever says where a question goes today."""

    async def match(self, question: str, *, history: Sequence[str] = (), limit: int) -> Retrieval: ...


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question and the entry visitors say answers it; `times` counts all kinds of labels together."""

    question: str
    entry_id: str
    kind: Literal["picked", "helpful"]
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """What becomes of a question as the FAQ is now."""

    zone: str
    entry_id: str | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Left:
    """A lesson that becomes no phrasing."""

    lesson: Lesson
    reason: Reason


@dataclass(frozen=True, slots=True)
class Disputed:
    """Words that mean two entries; a person decides. `entries`: entry id -> how often it was said."""

    question: str
    entries: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Learned:
    """`proposed` are lessons that help, with where they go today; `left` and `disputed` are all others."""

    proposed: tuple[tuple[Lesson, Today], ...]
    left: tuple[Left, ...]
    disputed: tuple[Disputed, ...]

    @property
    def additions(self) -> list[Addition]:
        return [Addition(lesson.entry_id, lesson.question, _why(lesson, today)) for lesson, today in self.proposed]

    @property
    def labelled(self) -> list[Lesson]:
        """Lessons that are true, those that are answered already among them.

        Kinder than what visitors ask: what nobody clicked, and what was answered wrongly, never becomes a lesson.
        """
        answered = [left.lesson for left in self.left if left.reason == "answered"]
        return [*(lesson for lesson, _ in self.proposed), *answered]


async def learn(labels: Iterable[Label], entries: Sequence[FaqEntry], index: Index, *, min_times: int = 1) -> Learned:
    """`entries` are those of the FAQ file; `index` was made from it."""
    lessons, disputed = settled(labels, entries)
    proposed: list[tuple[Lesson, Today]] = []
    left: list[Left] = []
    by_id = {entry.id: entry for entry in entries if entry.enabled}
    for lesson in lessons:
        if reason := why_not(lesson, by_id.get(lesson.entry_id), min_times=min_times):
            left.append(Left(lesson, reason))
            continue
        today = _today(await index.match(lesson.question, limit=3))
        if today.zone == "answer" and today.entry_id == lesson.entry_id:
            left.append(Left(lesson, "answered"))
        else:
            proposed.append((lesson, today))
    return Learned(tuple(proposed), tuple(left), disputed)


def settled(labels: Iterable[Label], entries: Sequence[FaqEntry]) -> tuple[list[Lesson], tuple[Disputed, ...]]:
    """One lesson for each question, whatever its spacing and case, the most frequent first; and the disputed ones.

    Questions in which there is nothing to see teach nothing. A phrasing of another entry is a label too: its author
    said so.
    """
    found: dict[str, dict[str, Lesson]] = {}
    for label in labels:
        if (key := fold(label.question)) and can_be_seen(one_line(label.question)):
            of_key = found.setdefault(key, {})
            of_key[label.entry_id] = _joined(of_key.get(label.entry_id), label)
    owners: dict[str, set[str]] = {}
    for entry in entries:
        for phrasing in entry.phrasings if entry.enabled else ():
            owners.setdefault(fold(phrasing), set()).add(entry.id)
    lessons: list[Lesson] = []
    disputed: list[Disputed] = []
    for key, by_entry in found.items():
        others = owners.get(key, set()) - by_entry.keys()
        first = next(iter(by_entry.values()))
        if len(by_entry) == 1 and not others:
            lessons.append(first)
        else:
            said = {entry_id: lesson.times for entry_id, lesson in by_entry.items()}
            disputed.append(Disputed(first.question, said | dict.fromkeys(sorted(others), 0)))
    return sorted(lessons, key=lambda lesson: -lesson.times), tuple(disputed)


def why_not(lesson: Lesson, entry: FaqEntry | None, *, min_times: int = 1) -> Reason | None:
    """Why this lesson is no phrasing for `entry`, None where nothing speaks against it."""
    question = lesson.question
    if entry is None:
        return "gone"
    if fold(question) in map(fold, entry.phrasings):
        return "known"
    if lesson.times < min_times:
        return "seldom"
    if len(question) > LONGEST_QUESTION:
        return "too long"
    if mask(question) != question or any(kind in question for kind in MASKS):
        return "personal data"
    return "leans on history" if lean(question) else None


def _joined(before: Lesson | None, label: Label) -> Lesson:
    """The newest spelling, all times together; a pick weighs more than a thumb."""
    if before is None:
        return Lesson(one_line(label.question), label.entry_id, label.kind, label.times, label.last_at)
    newest = one_line(label.question) if label.last_at > before.last_at else before.question
    kind: Literal["picked", "helpful"] = "picked" if "picked" in {before.kind, label.kind} else "helpful"
    return Lesson(newest, before.entry_id, kind, before.times + label.times, max(before.last_at, label.last_at))


def _today(found: Retrieval) -> Today:
    best = found.matches[0].entry.id if found.matches else None
    return Today(found.decision.zone, best, found.decision.confidence)


def _why(lesson: Lesson, today: Today) -> str:
    return f"{lesson.kind} {lesson.times}x, today {today.zone}"

"""What a rule looks at, what it finds, and what authors are told about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..faults import shown
from .same import same_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..entry import FaqEntry
    from ..faq import Faq
    from ..lines import EntryLines

Severity = Literal["error", "warning", "notice"]
"""An error gives customers something wrong, a warning may, a notice could be better."""

LISTED = 5
"""So many ids or phrasings are named in one sentence."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a phrasing found when it was asked as if it stood nowhere in the FAQ.

    `found` holds ids of entries and how sure each is, best first. `zone` is what would be done with it.
    """

    entry_id: str
    phrasing: str
    found: tuple[tuple[str, float], ...]
    zone: Literal["answer", "ask", "fallback"]

    @property
    def first(self) -> str | None:
        return self.found[0][0] if self.found else None

    @property
    def shown_at_all(self) -> bool:
        """Whether its own entry is answered with, or is among the three that are suggested."""
        within = {"answer": 1, "ask": 3, "fallback": 0}[self.zone]
        return self.entry_id in {entry_id for entry_id, _ in self.found[:within]}


@dataclass(frozen=True)
class Look:
    """Everything a rule may look at. `heard` is empty where nobody listened, which takes a while."""

    faq: Faq
    today: date
    heard: tuple[Heard, ...] = ()

    @cached_property
    def entries(self) -> tuple[FaqEntry, ...]:
        """Those that are not switched off."""
        return tuple(entry for entry in self.faq.entries if entry.enabled)

    @cached_property
    def by_id(self) -> Mapping[str, FaqEntry]:
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def heard_of(self) -> Mapping[str, list[Heard]]:
        """By the entry whose phrasing it was, in file order."""
        by_entry: dict[str, list[Heard]] = {}
        for heard in self.heard:
            by_entry.setdefault(heard.entry_id, []).append(heard)
        return {entry.id: by_entry[entry.id] for entry in self.entries if entry.id in by_entry}

    def lines(self, entry_id: str) -> EntryLines:
        return self.faq.lines[entry_id]

    def phrasings(self, entry: FaqEntry) -> Iterator[tuple[int, str]]:
        """Each phrasing with its line."""
        return zip(self.lines(entry.id).phrasings, entry.phrasings, strict=True)

    @cached_property
    def keys(self) -> Mapping[str, tuple[str, ...]]:
        """By the entry's id, a key for each phrasing: equal keys are the same question."""
        return {entry.id: tuple(map(same_key, entry.phrasings)) for entry in self.entries}

    @cached_property
    def shared(self) -> tuple[tuple[FaqEntry, int, FaqEntry], ...]:
        """An entry, the place of one of its phrasings, and an earlier entry that has it too.

        Only where both may answer on the same day.
        """
        owners: dict[str, list[FaqEntry]] = {}
        shared = []
        for entry in self.entries:
            keys = self.keys[entry.id]
            for key in dict.fromkeys(keys):
                others = owners.setdefault(key, [])
                if rival := next((other for other in others if _overlap(other, entry)), None):
                    shared.append((entry, keys.index(key), rival))
                others.append(entry)
        return tuple(shared)

    def line_of(self, entry_id: str, phrasing: str) -> int:
        lines = {text: line for line, text in self.phrasings(self.by_id[entry_id])}
        return lines.get(phrasing, self.lines(entry_id).entry)


def _overlap(one: FaqEntry, other: FaqEntry) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    return starts <= min(one.valid_until or date.max, other.valid_until or date.max)


class Found(NamedTuple):
    """`entry_id` is None where a whole file is meant."""

    line: int
    entry_id: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`meaning`: what customers notice of it; `advice`: what its author does about it. Both one or two sentences."""

    name: str
    severity: Severity
    meaning: str
    advice: str
    look: Callable[[Look], Iterator[Found]]
    listens: bool = False
    """Whether it needs to know what was heard."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`path:line` is a place an editor can open. Every text is for the author."""

    rule: str
    severity: Severity
    path: str
    line: int
    entry_id: str | None
    message: str
    meaning: str
    advice: str


def named(texts: Iterable[str], *, quoted: bool = False) -> str:
    """The first few, and how many more there are."""
    every = list(texts)
    first = ", ".join(shown(text) if quoted else text for text in every[:LISTED])
    return first if len(every) <= LISTED else f"{first} and {len(every) - LISTED} more"


def of_all(count: int, total: int, one: str, many: str) -> str:
    """`1 of 3 entries`, `all 3 entries`, `its only phrasing`."""
    if count == total:
        return f"all {total} {many}" if total > 1 else f"its only {one}"
    return f"{count} of {total} {many}"

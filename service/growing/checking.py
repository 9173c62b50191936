"""Whether drafts do what they are for: come back to their own entry, and draw nothing away from another.

The first look asks the index as it is. The second asks every phrasing of the FAQ with the drafts in it as if that
phrasing were not there: it has to find its entry all the same, as it did before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from ..retrieval.calibrating import calibrate
from ..retrieval.decision import NEAR_COPY
from ..retrieval.text import fold, solid
from .drafting import Dropped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from ..knowledge.entry import FaqEntry
    from ..retrieval.calibration import Calibration
    from ..retrieval.index import Match
    from ..retrieval.leaving_out import Trial
    from ..retrieval.retriever import Retrieval
    from .drafting import Reason
    from .learning import Index

SAME_LETTERS: Final = 0.85
"""The share of letters in common from which a draft that is answered already says nothing new."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft that comes back, `confidence` as it is before the draft is in the FAQ."""

    entry_id: str
    phrasing: str
    confidence: float | None


async def first_look(index: Index, entry: FaqEntry, drafts: Iterable[str]) -> tuple[list[Kept], list[Dropped]]:
    """Those that come back to `entry` by a margin and add something, and the others."""
    kept: list[Kept] = []
    dropped: list[Dropped] = []
    for draft in drafts:
        found = await index.match(draft, limit=3)
        others = [*entry.phrasings, *(each.phrasing for each in kept)]
        if why := _why_not(found, entry, _copied(draft, others)):
            dropped.append(Dropped(entry.id, draft, *why))
        else:
            kept.append(Kept(entry.id, draft, found.decision.confidence))
    return kept, dropped


def _why_not(found: Retrieval, entry: FaqEntry, copied: str | None) -> tuple[Reason, str | None] | None:
    """What speaks against a draft for which this was found, and its detail."""
    if opposed := found.conflicts.get(entry.id):
        return "says the opposite", opposed.axis
    best = found.decision.match
    if best is None or best.entry.id != entry.id:
        elsewhere = found.matches[0].entry.id if found.matches else None
        return "goes elsewhere", elsewhere if elsewhere != entry.id else None
    if found.decision.zone == "answer":
        return ("adds nothing", copied) if copied else None
    if best.margin < found.calibration.margin:
        return "too close to another", found.matches[1].entry.id
    return None


def _copied(draft: str, phrasings: Iterable[str]) -> str | None:
    letters = solid(fold(draft))
    return next(
        (each for each in phrasings if SequenceMatcher(None, letters, solid(fold(each))).ratio() >= SAME_LETTERS), None
    )


async def second_look(
    entries: Sequence[FaqEntry],
    drafts: Sequence[Kept],
    tried: Callable[[Sequence[FaqEntry]], Awaitable[Sequence[Trial]]],
) -> tuple[list[Kept], list[Dropped]]:
    """Those beside which every phrasing of another entry, and every other draft, still finds its own entry.

    `tried` asks all phrasings of the entries it is given. Where drafts are dropped, the rest is looked at again: what
    stood behind one of them may be next.
    """
    if not drafts:
        return [], []
    astray = {(trial.entry.id, trial.phrasing) for trial in await tried(entries) if _is_astray(trial)}
    kept, dropped = list(drafts), list[Dropped]()
    while kept and (guilty := _guilty(await tried(with_drafts(entries, kept)), kept, astray)):
        for draft in [each for each in kept if (each.entry_id, each.phrasing) in guilty]:
            kept.remove(draft)
            drawn = guilty[draft.entry_id, draft.phrasing]
            dropped.append(Dropped(draft.entry_id, draft.phrasing, "draws others away", drawn))
    return kept, dropped


def _is_astray(trial: Trial) -> bool:
    """An only phrasing is not: nothing says that a second one would not find it."""
    return bool(trial.without_itself) and trial.without_itself[0].entry.id != trial.entry.id


def _guilty(
    trials: Sequence[Trial], drafts: Iterable[Kept], astray: set[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """The drafts, by entry and words, that draw a phrasing of another entry to theirs; and that phrasing.

    One that went `astray` before can only be drawn by its own words.
    """
    new = {(draft.entry_id, draft.phrasing) for draft in drafts}
    calibration = calibrate(trials)
    guilty: dict[tuple[str, str], str] = {}
    for trial in trials:
        went_astray = (trial.entry.id, trial.phrasing) in astray
        if rival := _copy(trial) or (None if went_astray else _drawn(trial, calibration)):
            where = rival.entry.id, rival.phrasing
            if where in new:
                guilty.setdefault(where, trial.phrasing)
    return guilty


def _copy(trial: Trial) -> Match | None:
    """The match in another entry that has almost the words of this phrasing."""
    return next((match for match in trial.without_entry if match.evidence.phrasing >= NEAR_COPY), None)


def _drawn(trial: Trial, calibration: Calibration) -> Match | None:
    """The match in another entry that this phrasing would clearly be taken for."""
    best = next(iter(trial.without_itself), None)
    if best is None or best.entry.id == trial.entry.id:
        return None
    return best if best.margin >= calibration.margin and calibration.worth_asking(best) else None


def with_drafts(entries: Sequence[FaqEntry], drafts: Iterable[Kept]) -> list[FaqEntry]:
    new: Mapping[str, list[str]] = defaultdict(list)
    for draft in drafts:
        new[draft.entry_id].append(draft.phrasing)
    return [replace(entry, variants=(*entry.variants, *new[entry.id])) for entry in entries]

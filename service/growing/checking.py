"""Whether drafts do what they are for: come back to their own entry, and draw nothing away from another.

The first look asks the index as it is. The second asks one with all drafts in it, and leaves out each phrasing that a
draft of another entry comes close to: it has to find its entry without itself, as it did before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, Protocol

from ..retrieval.followup import STANDS_ALONE
from ..retrieval.text import fold, solid
from .drafting import Dropped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from ..knowledge.entry import FaqEntry
    from ..retrieval.index import Match
    from .learning import Index

MARGIN: Final = 0.04
"""How far the own entry must be above the second: what an answer needs."""
NEAR_COPY: Final = 0.85
"""The share of letters in common from which a draft that is answered already says nothing new."""


DRAWN: Final = 0.4
"""The score from which a draft can do harm: about every second match is right there. Of 160 true phrasings of the
sample FAQ, taken for drafts, two are dropped; without a floor every fourth is, for phrasings that nothing fits well."""


class Rehearsed(Protocol):
    """An index that serves nobody."""

    async def match(self, text: str) -> Sequence[Match]:
        """The two entries that fit best, best first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft that comes back: `score` and `margin` as of `Match`, before it is in the FAQ."""

    entry_id: str
    phrasing: str
    score: float
    margin: float


async def first_look(index: Index, entry: FaqEntry, drafts: Iterable[str]) -> tuple[list[Kept], list[Dropped]]:
    """Those that come back to `entry` by a margin and add something, and the others."""
    kept: list[Kept] = []
    dropped: list[Dropped] = []
    for draft in drafts:
        found = await index.match(draft, limit=3)
        best = found.matches[0] if found.matches else None
        others = [*entry.phrasings, *(each.phrasing for each in kept)]
        if best is None or best.entry.id != entry.id or found.decision.zone == "fallback":
            elsewhere = best.entry.id if best and best.entry.id != entry.id else None
            dropped.append(Dropped(entry.id, draft, "goes elsewhere", elsewhere))
        elif best.margin < MARGIN:
            dropped.append(Dropped(entry.id, draft, "too close to another", found.matches[1].entry.id))
        elif (copied := _copied(draft, others)) and found.decision.zone == "answer":
            dropped.append(Dropped(entry.id, draft, "adds nothing", copied))
        else:
            kept.append(Kept(entry.id, draft, best.score, best.margin))
    return kept, dropped


def _copied(draft: str, phrasings: Iterable[str]) -> str | None:
    letters = solid(fold(draft))
    return next(
        (each for each in phrasings if SequenceMatcher(None, letters, solid(fold(each))).ratio() >= NEAR_COPY), None
    )


async def second_look(
    entries: Sequence[FaqEntry],
    drafts: Sequence[Kept],
    rehearse: Callable[[Sequence[FaqEntry]], Awaitable[Rehearsed]],
) -> tuple[list[Kept], list[Dropped]]:
    """Those beside which every phrasing of another entry, and every other draft, still finds its own entry.

    `rehearse` builds an index of the entries it is given.
    """
    kept, dropped = list(drafts), list[Dropped]()
    while kept and (guilty := await _guilty(entries, kept, rehearse)):
        for draft in [each for each in kept if (each.entry_id, each.phrasing) in guilty]:
            kept.remove(draft)
            drawn = guilty[draft.entry_id, draft.phrasing]
            dropped.append(Dropped(draft.entry_id, draft.phrasing, "draws others away", drawn))
    return kept, dropped


async def _guilty(
    entries: Sequence[FaqEntry],
    drafts: Sequence[Kept],
    rehearse: Callable[[Sequence[FaqEntry]], Awaitable[Rehearsed]],
) -> dict[tuple[str, str], str]:
    """The drafts, by entry and words, that draw a phrasing of another entry to theirs; and that phrasing."""
    new = {(draft.entry_id, draft.phrasing) for draft in drafts}
    grown = with_drafts(entries, drafts)
    everything = await rehearse(grown)
    guilty: dict[tuple[str, str], str] = {}
    at_risk: list[tuple[FaqEntry, str]] = []
    for entry in grown:
        for phrasing in entry.phrasings:
            rivals = [match for match in await everything.match(phrasing) if match.entry.id != entry.id]
            if rivals and rivals[0].score >= DRAWN and (rivals[0].entry.id, rivals[0].phrasing) in new:
                at_risk.append((entry, phrasing))
                if rivals[0].margin >= 0:  # its very words lead there, or to both
                    guilty[rivals[0].entry.id, rivals[0].phrasing] = phrasing
    known = {(entry.id, phrasing) for entry in entries for phrasing in entry.phrasings}
    drawn = await _best_without(grown, at_risk, rehearse)
    suspects = {where: best for where, best in drawn.items() if best.entry.id != where[0]}
    suspects = {
        where: best for where, best in suspects.items() if best.score >= DRAWN and (best.entry.id, best.phrasing) in new
    }
    before = await _best_without(entries, [each for each in at_risk if (each[0].id, each[1]) in suspects], rehearse)
    for where, best in suspects.items():
        found_itself = where not in known or (where in before and before[where].entry.id == where[0])
        if found_itself or best.score >= STANDS_ALONE:  # astray before, but then nobody was answered with it
            guilty.setdefault((best.entry.id, best.phrasing), where[1])
    return guilty


async def _best_without(
    entries: Sequence[FaqEntry],
    phrasings: Iterable[tuple[FaqEntry, str]],
    rehearse: Callable[[Sequence[FaqEntry]], Awaitable[Rehearsed]],
) -> dict[tuple[str, str], Match]:
    """Where each phrasing goes when it is not in the FAQ itself; one of each entry is left out at a time."""
    waiting: dict[str, list[str]] = defaultdict(list)
    holders = {entry.id: entry for entry in entries}
    for entry, phrasing in phrasings:
        if phrasing in holders[entry.id].phrasings and len(holders[entry.id].phrasings) > 1:
            waiting[entry.id].append(phrasing)
    found: dict[tuple[str, str], Match] = {}
    while any(waiting.values()):
        out = {entry_id: queue.pop() for entry_id, queue in waiting.items() if queue}
        index = await rehearse([_without(entry, out.get(entry.id)) for entry in entries])
        for entry_id, phrasing in out.items():
            if matches := await index.match(phrasing):
                found[entry_id, phrasing] = matches[0]
    return found


def with_drafts(entries: Sequence[FaqEntry], drafts: Iterable[Kept]) -> list[FaqEntry]:
    new: Mapping[str, list[str]] = defaultdict(list)
    for draft in drafts:
        new[draft.entry_id].append(draft.phrasing)
    return [replace(entry, variants=(*entry.variants, *new[entry.id])) for entry in entries]


def _without(entry: FaqEntry, phrasing: str | None) -> FaqEntry:
    if phrasing is None:
        return entry
    question, *variants = [each for each in entry.phrasings if each != phrasing]
    return replace(entry, question=question, variants=tuple(variants))

"""What each phrasing of a FAQ finds when it is asked as if it were not written there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from ..knowledge.lint.finding import Heard
from .contents import OFFLINE
from .decision import decide
from .index import FaqIndex

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import date

    from ..knowledge.entry import FaqEntry
    from .decision import Scale
    from .index import Match
    from .recipe import Recipe

ROUNDS = 10
"""Each round builds an index anew; the phrasings of an entry beyond so many are not asked."""
LOOKED_AT = 5


class Trial(Protocol):
    """A phrasing, and what was found without it, best first."""

    @property
    def entry(self) -> FaqEntry: ...
    @property
    def phrasing(self) -> str: ...
    @property
    def without_itself(self) -> Sequence[Match]: ...


@dataclass(frozen=True, slots=True)
class RoundTrial:
    entry: FaqEntry
    phrasing: str
    without_itself: tuple[Match, ...]


def heard(trial: Trial, *, scale: Scale, threshold: float | None = None) -> Heard:
    """What a rule may know of a trial: how sure each entry is, and what would be done."""
    matches = trial.without_itself
    found = tuple((match.entry.id, scale.confidence(match)) for match in matches)
    return Heard(trial.entry.id, trial.phrasing, found, decide(matches, scale=scale, threshold=threshold).zone)


async def trials(
    entries: Sequence[FaqEntry],
    recipes: dict[str, Recipe],
    *,
    on: date,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> AsyncIterator[RoundTrial]:
    """In rounds: the first leaves out the first phrasing of every entry, and asks them all, and so on.

    Always by the built-in embedder, because an endpoint would have to embed every entry anew in each round. Entries
    with one phrasing are not asked: nothing of them would be left.
    """
    recipe = recipes[OFFLINE]
    live = [entry for entry in entries if entry.is_live(on)]
    rounds = min(ROUNDS, max((len(entry.phrasings) for entry in live if entry.variants), default=0))
    for number in range(rounds):
        kept = [_without(entry, number) for entry in live]
        index = FaqIndex.build(kept, await recipe.embedder.embed(FaqIndex.texts(kept)), analysis=recipe.analysis)
        for entry, phrasing in _left_out(live, number):
            query = index.query(phrasing)
            found = index.search(query, await recipe.embedder.embed(query.texts), limit=LOOKED_AT)
            yield RoundTrial(entry, phrasing, tuple(found))
        on_progress(number + 1, rounds)


def _left_out(entries: Sequence[FaqEntry], number: int) -> Iterator[tuple[FaqEntry, str]]:
    return ((entry, entry.phrasings[number]) for entry in entries if entry.variants and number < len(entry.phrasings))


def _without(entry: FaqEntry, number: int) -> FaqEntry:
    if not entry.variants or number >= len(entry.phrasings):
        return entry
    question, *variants = (phrasing for place, phrasing in enumerate(entry.phrasings) if place != number)
    return replace(entry, question=question, variants=tuple(variants))

"""What the FAQ would say of its own phrasings if it did not have them: labelled questions that nobody had to label.

Asked without itself a phrasing should still find its entry. Asked without its whole entry it is a question near the
FAQ that the FAQ cannot answer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from .contrast.guard import conflicts
from .crowding import Crowd, crowd
from .decision import fitting
from .gist import Gist
from .index import Match
from .kernel import Kernel
from .layout import Layout, row_texts
from .meaning import Meaning
from .prototypes import MAX_ROWS, HeldOut, closeness
from .ranking import Asked, Ranking
from .scoring import Evidence, Weights
from .text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..knowledge.entry import FaqEntry
    from .analysis import Analysis
    from .caching import Progress
    from .cutting import Cutting
    from .embedders import FloatArray
    from .kernel import Products
    from .lexical import IntArray

MOST: Final = 2_000
"""Phrasings tried: of more than this many, so many are taken evenly. They settle a share to two points in a hundred."""

FOUND: Final = 5
"""Matches looked at in each trial."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One phrasing of `entry`, and the matches, best first, of the FAQ without it and without its entry.

    Those that say the opposite of the phrasing are left out, as they are when it is decided about a question.
    `without_itself` is empty where the entry has no other phrasing too.
    """

    entry: FaqEntry
    phrasing: str
    without_itself: tuple[Match, ...]
    without_entry: tuple[Match, ...]

    @property
    def best_without_itself(self) -> Match | None:
        return self.without_itself[0] if self.without_itself else None

    @property
    def best_without_entry(self) -> Match | None:
        return self.without_entry[0] if self.without_entry else None


def texts_for_trials(entries: Sequence[FaqEntry], *, most: int = MOST) -> list[str]:
    """What an embedder has to embed for `trials` of as many phrasings at `most`.

    All phrasings, then for each that is tried what its entry says without it, then all whole entries.
    """
    rows = row_texts(entries)
    phrasings = [(entry, phrasing) for entry in entries for phrasing in entry.phrasings]
    left = [_without(*phrasings[row]) for row in _tried([text for _, text in phrasings], most)]
    return [*rows[: len(phrasings)], *left, *rows[len(phrasings) :]]


def trials(
    entries: Sequence[FaqEntry],
    vectors: FloatArray,
    *,
    analysis: Analysis,
    most: int = MOST,
    cutting: Cutting | None = None,
    on_progress: Progress = lambda done, total: None,
) -> list[Trial]:
    """`vectors`: what the embedder gave for `texts_for_trials`, shape (texts, dim), unit or zero rows.

    `cutting`: the analysis's own, which may know some of the texts. `on_progress` counts phrasings.
    """
    on_progress(0, min(sum(len(entry.phrasings) for entry in entries), most))
    tried = _Trials(entries, vectors, analysis, most, cutting)
    made: list[Trial] = []
    for trial in tried.run():
        made.append(trial)
        on_progress(len(made), tried.count)
    return made


class _Trials:
    """One index with three kinds of rows: phrasings, what is left of their entries without them, whole entries.

    A FAQ without some phrasing is then a choice of rows, and nothing has to be built again.
    """

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        vectors: FloatArray,
        analysis: Analysis,
        most: int,
        cutting: Cutting | None,
    ) -> None:
        self._entries = entries
        self._layout = Layout.of(entries)
        self._texts = texts_for_trials(entries, most=most)
        self._folded = [fold(text) for text in self._texts]
        count = self._layout.phrasings
        owners = self._layout.owners
        tried = _tried(self._texts[:count], most)
        self._left = {row: count + number for number, row in enumerate(tried)}
        """For each phrasing that is tried, the row of what its entry says without it."""
        cutting = cutting or analysis.cutting()
        self._meanings = Meaning.build_all(analysis, self._folded, entries=self._layout.entries, cutting=cutting)
        learned = 0 < count + len(entries) <= MAX_ROWS
        self._kernel = Kernel.build(
            analysis,
            self._folded,
            vectors,
            owners=np.concatenate([owners[:count], owners[tried], owners[count:]]),
            gist=Gist.of(self._meanings.values()) if learned else None,
            coarse=False,
            cutting=cutting,
        )
        self._weights = Weights.of(count / max(len(entries), 1), meaning=bool(self._meanings))
        self._rows: IntArray = np.concatenate(
            [np.arange(count, dtype=np.int32), np.arange(count + len(tried), len(self._texts), dtype=np.int32)]
        )
        """The rows of the FAQ as it is."""
        self._held_out: HeldOut | None = None
        self._crowd: Crowd | None = None
        if learned:
            self._learn()

    @property
    def count(self) -> int:
        return len(self._left)

    def run(self) -> Iterator[Trial]:
        for row, products in zip(self._left, self._kernel.of_rows(list(self._left)), strict=True):
            place = int(self._layout.owners[row])
            phrasing = self._texts[row]
            without_itself = self._without_itself(row, place, products)
            without_entry = self._without_entry(row, place, products)
            found = {match.entry.id: match.entry for match in (*without_itself, *without_entry)}
            opposed = conflicts(phrasing, (_entry_without(entry, phrasing) for entry in found.values()))
            yield Trial(
                entry=self._entries[place],
                phrasing=phrasing,
                without_itself=tuple(fitting(without_itself, opposed)),
                without_entry=tuple(fitting(without_entry, opposed)),
            )

    def _learn(self) -> None:
        products = list(self._kernel.of_rows(self._rows.tolist()))
        cosines = np.stack([each.cosines[self._rows] for each in products])
        close = closeness(cosines, np.stack([each.gists[self._rows] for each in products]))
        self._held_out = HeldOut.fit(close, self._layout.owners, entries=self._layout.entries)
        if self._meanings:
            self._crowd = crowd(
                cosines,
                self._held_out,
                list(self._meanings.values()),
                layout=self._layout,
                weights=self._weights,
                rows=self._rows,
            )

    def _without_itself(self, row: int, place: int, products: Products) -> list[Match]:
        if self._layout.counts[place] < 2:
            return []
        rows = self._rows.copy()
        rows[self._layout.phrasings + place] = self._left[row]
        counts = self._layout.counts.copy()
        counts[place] -= 1
        layout = Layout(np.cumsum(counts) - counts, counts)
        like = self._like(row, without=(row, self._layout.phrasings + place))
        penalties = self._penalties(without=(row,))
        ranking = Ranking(layout, self._meanings, self._weights, np.delete(rows, row), penalties)
        return self._matches(row, products, ranking, like)

    def _without_entry(self, row: int, place: int, products: Products) -> list[Match]:
        first = int(self._layout.firsts[place])
        own = (*range(first, first + int(self._layout.counts[place])), self._layout.phrasings + place)
        penalties = self._penalties(without=own)
        ranking = Ranking(self._layout, self._meanings, self._weights, self._rows, penalties)
        return self._matches(row, products, ranking, self._like(row, without=own), barred=(place,))

    def _penalties(self, *, without: Sequence[int]) -> FloatArray | None:
        """Of the other rows' crowds; that they were learned beside these rows changes nothing one can see."""
        return self._crowd.penalties(without=without) if self._crowd else None

    def _like(self, row: int, *, without: Sequence[int]) -> FloatArray | None:
        return self._held_out.scores(row, without=without) if self._held_out else None

    def _matches(
        self, row: int, products: Products, ranking: Ranking, like: FloatArray | None, *, barred: Sequence[int] = ()
    ) -> list[Match]:
        rows = self._rows if ranking.rows is None else ranking.rows
        cosines = products.cosines[rows]
        ranked = ranking.ranked(Asked([self._folded[row]], [1.0], cosines, like), limit=FOUND, barred=barred)
        closest = [rows[ranking.layout.closest_phrasing(int(place), cosines)] for place in ranked.places]
        return [
            Match(
                entry=self._entries[int(place)],
                phrasing=self._texts[at],
                score=float(score),
                margin=float(margin),
                evidence=Evidence(*evidence.tolist()),
                lexical=float(products.lexical[at]),
                dense=float(products.dense[at]),
            )
            for place, score, margin, evidence, at in zip(
                ranked.places, ranked.scores, ranked.margins, ranked.evidence, closest, strict=True
            )
        ]


def _entry_without(entry: FaqEntry, phrasing: str) -> FaqEntry:
    """The entry as it would be without that phrasing, if it has others."""
    if len(entry.phrasings) < 2 or phrasing not in entry.phrasings:
        return entry
    question, *variants = (each for each in entry.phrasings if each != phrasing)
    return replace(entry, question=question, variants=tuple(variants))


def _without(entry: FaqEntry, phrasing: str) -> str:
    """All that an entry says but for one phrasing; a space where it says nothing else."""
    said = [*entry.phrasings, entry.answer, *entry.tags, entry.category or ""]
    return ".\n".join(dict.fromkeys(part for part in said if part and part != phrasing)) or " "


def _tried(phrasings: Sequence[str], most: int) -> list[int]:
    """The rows of the phrasings that are tried, `most` of them evenly taken.

    What is there twice, in one entry or in two, cannot be left out.
    """
    folded = [fold(phrasing) for phrasing in phrasings]
    counts = Counter(folded)
    once = [row for row, text in enumerate(folded) if counts[text] == 1]
    places = np.linspace(0, len(once) - 1, min(len(once), most)).round().astype(int)
    return [once[place] for place in places.tolist()]

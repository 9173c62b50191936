"""Which of the supplied entries an answer really used."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from .amounts import amounts
from .folding import fold
from .grounding import Read, read, terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...knowledge.entry import FaqEntry

_BORDER: Final = re.compile(r"(?<=[.!?…。！？])\s+|\n+")
_FEWEST_TERMS: Final = 4
"""A sentence of fewer says nothing that could have been read anywhere."""
_SHARE: Final = 0.5
_SHARE_WITH_AMOUNT: Final = 0.3
_AHEAD: Final = 1.15
"""So much more than any other entry must the cited one have of a sentence."""


def as_fact(entry: FaqEntry) -> str:
    """All of an entry that an answer may have been made of."""
    links = (f"{link.title}: {link.url}" for link in entry.links)
    return "\n".join((entry.question, entry.answer, *links))


def cited(answer: str, entries: Sequence[FaqEntry]) -> tuple[FaqEntry, ...]:
    """The entries of which a sentence of the answer has its words or numbers, in the order they were supplied.

    An entry is cited for what stands in it and in no other: one that was merely near is not, and neither is one of two
    between which a sentence does not tell.
    """
    texts = [read(as_fact(entry)) for entry in entries]
    used = {at for sentence in _BORDER.split(answer) if (at := _source(fold(sentence), texts)) is not None}
    return tuple(entry for at, entry in enumerate(entries) if at in used)


def _source(sentence: str, texts: Sequence[Read]) -> int | None:
    wanted = set(terms(sentence))
    if len(wanted) < _FEWEST_TERMS:
        return None
    said = {(amount.unit, amount.value) for amount in amounts(sentence)}
    weights = _weights(wanted, texts)
    total = sum(weights.values())
    if not total:
        return None
    shares = [sum(weights[term] for term in wanted & text.terms) / total for text in texts]
    ranked = sorted(range(len(texts)), key=lambda at: -shares[at])
    best = ranked[0]
    if said and not said <= texts[best].amounts:
        return None
    alone = said and not any(said & texts[at].amounts for at in ranked[1:])
    ahead = len(ranked) == 1 or shares[best] >= _AHEAD * shares[ranked[1]]
    return best if ahead and shares[best] >= (_SHARE_WITH_AMOUNT if alone else _SHARE) else None


def _weights(wanted: set[str], texts: Sequence[Read]) -> dict[str, float]:
    """A term counts less the more entries have it; one that none has counts in full, against all."""
    having = Counter(term for text in texts for term in wanted & text.terms)
    return {term: 1 / max(1, having[term]) for term in wanted}


def facts(entries: Sequence[FaqEntry]) -> Iterator[str]:
    """What `Guard` is to be told of the supplied entries."""
    return map(as_fact, entries)

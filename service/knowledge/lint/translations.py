"""Rules about a FAQ in two languages, whose entries pair by their ids: `refund` and `refund-en`.

Where ids do not pair, categories may: both languages have entries under the same names of categories.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING, TypeAlias

from ..faults import shown
from .finding import Found, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..entry import FaqEntry
    from .finding import Look

BILINGUAL = 0.5
"""So large a part of the smaller language has counterparts where a FAQ is meant to be in both."""

Pairs: TypeAlias = "Mapping[str, dict[str, FaqEntry]]"
"""The entries of one matter by language."""


def missing_translation(look: Look) -> Iterator[Found]:
    """One finding for each language that lacks something."""
    matters = _matters(look)
    paired = list(_languages(look, matters))
    yield from _missing_categories(look, paired)
    for here, there in paired:
        lacking = [pair[here] for pair in matters.values() if here in pair and there not in pair]
        if lacking:
            total = sum(here in pair for pair in matters.values())
            said = f"{len(lacking)} of {total} {here} entries have no {there} counterpart"
            ids = named(entry.id for entry in lacking)
            yield Found(look.lines(lacking[0].id).entry, None, f"{said}: {ids}.{_whole_categories(look, lacking)}")


def _missing_categories(look: Look, paired: list[tuple[str, str]]) -> Iterator[Found]:
    """For languages whose ids do not pair, one finding for each that lacks categories of the other."""
    first: defaultdict[str, dict[str, FaqEntry]] = defaultdict(dict)
    for entry in look.entries:
        if entry.category:
            first[_language(entry)].setdefault(entry.category, entry)
    for here, there in permutations(first, 2):
        shared = first[here].keys() & first[there].keys()
        missing = [category for category in first[here] if category not in shared]
        meant = len(shared) > BILINGUAL * min(len(first[here]), len(first[there]))
        if missing and meant and (here, there) not in paired:
            line = look.lines(first[here][missing[0]].id).entry
            yield Found(line, None, f"categories with {here} entries and no {there} ones: {named(missing)}.")


def _whole_categories(look: Look, lacking: list[FaqEntry]) -> str:
    """Says which categories are missing in the other language with all their entries."""
    ids = {entry.id for entry in lacking}
    language = _language(lacking[0])
    covered = {entry.category for entry in look.entries if _language(entry) == language and entry.id not in ids}
    missing = dict.fromkeys(entry.category for entry in lacking if entry.category and entry.category not in covered)
    return f" Whole categories are missing: {named(missing)}." if missing else ""


def unlike_translation(look: Look) -> Iterator[Found]:
    matters = _matters(look)
    if not any(_languages(look, matters)):
        return
    for pair in matters.values():
        first, *others = pair.values()
        for other in others:
            if unlike := [name for name, one, two in _compared(first, other) if one != two]:
                line = look.lines(other.id).entry
                yield Found(line, other.id, f"{' and '.join(unlike)} differ from those of entry {shown(first.id)}.")


def _compared(one: FaqEntry, other: FaqEntry) -> Iterator[tuple[str, object, object]]:
    yield "the days", (one.valid_from, one.valid_until), (other.valid_from, other.valid_until)
    yield "'escalate'", one.escalate, other.escalate


def _matters(look: Look) -> Pairs:
    matters: defaultdict[str, dict[str, FaqEntry]] = defaultdict(dict)
    for entry in look.entries:
        matters[_stem(entry)].setdefault(_language(entry), entry)
    return matters


def _stem(entry: FaqEntry) -> str:
    """The id without a mark of its language before or behind."""
    marks = "|".join(map(re.escape, (entry.locale, _language(entry))))
    return re.sub(rf"^(?:{marks})[._:/-]|[._:/-](?:{marks})$", "", entry.id, flags=re.IGNORECASE) or entry.id


def _language(entry: FaqEntry) -> str:
    return entry.locale.partition("-")[0]


def _languages(look: Look, matters: Pairs) -> Iterator[tuple[str, str]]:
    """Each two languages, both ways round, that most entries of the smaller one are in."""
    languages = dict.fromkeys(_language(entry) for entry in look.entries)
    for here, there in permutations(languages, 2):
        sizes = [sum(language in pair for pair in matters.values()) for language in (here, there)]
        both = sum(here in pair and there in pair for pair in matters.values())
        if both > BILINGUAL * min(sizes):
            yield here, there

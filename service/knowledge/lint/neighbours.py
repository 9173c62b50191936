"""Rules about entries that take each other's questions, by what each phrasing found without itself.

What customers will say is never quite what is written, so a phrasing that is left out stands for them.
"""

from __future__ import annotations

from collections import Counter
from math import sqrt
from typing import TYPE_CHECKING

from ..faults import shown
from .finding import Found, named, of_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .finding import Heard, Look

LOST = 0.75
"""So large a part of an entry's phrasings comes to other entries before we speak of it: variety alone loses half."""
REFUSED = 2
"""One phrasing that is like no other is a good one; two of an entry show that it is hard to find."""


def closer_to_neighbour(look: Look) -> Iterator[Found]:
    for entry_id, heard in look.heard_of.items():
        if neighbour := _neighbour(heard):
            gone = [one.phrasing for one in heard if one.first == neighbour]
            said = f"{of_all(len(gone), len(heard), 'phrasing', 'phrasings')} come to entry {shown(neighbour)}"
            where = look.lines(neighbour).entry
            text = f"{said} (line {where}) when left out: {named(gone, quoted=True)}."
            yield Found(look.lines(entry_id).entry, entry_id, text)


def answered_elsewhere(look: Look) -> Iterator[Found]:
    for entry_id, heard in look.heard_of.items():
        wrong = [one for one in heard if one.zone == "answer" and one.first != entry_id]
        if wrong:
            rivals = dict.fromkeys(shown(one.first) for one in wrong if one.first)
            words = named((one.phrasing for one in wrong), quoted=True)
            text = f"words near {words} would be answered by entry {' or '.join(rivals)}."
            yield Found(look.line_of(entry_id, wrong[0].phrasing), entry_id, text)


def refused(look: Look) -> Iterator[Found]:
    for entry_id, heard in look.heard_of.items():
        lost = [one.phrasing for one in heard if one.zone == "fallback"]
        if len(lost) >= REFUSED:
            said = f"words near {of_all(len(lost), len(heard), 'phrasing', 'phrasings')} would find nothing"
            yield Found(look.line_of(entry_id, lost[0]), entry_id, f"{said}: {named(lost, quoted=True)}.")


def scattered(look: Look) -> Iterator[Found]:
    for entry_id, heard in look.heard_of.items():
        lost = [one.phrasing for one in heard if not one.shown_at_all]
        if len(heard) > 1 and len(lost) >= LOST * len(heard) and not _neighbour(heard):
            said = f"words near {of_all(len(lost), len(heard), 'phrasing', 'phrasings')} would not be shown this answer"
            yield Found(look.line_of(entry_id, lost[0]), entry_id, f"{said}: {named(lost, quoted=True)}.")


def attracts_everything(look: Look) -> Iterator[Found]:
    """An entry that wins more than chance would give it, where all that goes astray were shared out evenly."""
    astray = [one for one in look.heard if one.first not in (None, one.entry_id)]
    share = len(astray) / max(len(look.heard_of), 1)
    won = Counter(one.first for one in astray)
    for entry_id in look.heard_of:
        losers = {one.entry_id for one in astray if one.first == entry_id}
        if won[entry_id] > share + 4 * sqrt(share) + 2 and len(losers) > 2:
            counted = f"wins {won[entry_id]} phrasings of {len(losers)} other entries, {share:.1f} would be its share"
            yield Found(look.lines(entry_id).entry, entry_id, f"{counted}: {named(sorted(losers))}.")


def _neighbour(heard: Sequence[Heard]) -> str | None:
    """The other entry that most of these phrasings come to."""
    firsts = Counter(one.first for one in heard if one.first not in (None, one.entry_id))
    for entry_id, count in firsts.most_common(1):
        if count > 1 and count > len(heard) / 2:
            return entry_id
    return None

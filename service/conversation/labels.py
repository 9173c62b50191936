"""What visitors teach without being asked: the words they used, and the entry that turned out to be meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..retrieval.text import fold
from .rows import stored_time
from .store import Label

if TYPE_CHECKING:
    from sqlite_utils import Database

_COUNTED = """
    WITH said AS (
        SELECT asked.question, picks.picked_entry_id AS entry_id, 'picked' AS kind, picks.asked_at AS said_at
        FROM exchanges AS picks JOIN exchanges AS asked ON asked.id = picks.picked_exchange_id
        WHERE picks.helpful IS NOT 0
            AND NOT (asked.source = 'faq' AND asked.helpful IS 1) -- the first answer was right: this was curiosity
            AND picks.number = ( -- whoever comes back for another suggestion did not mean the one before
                SELECT max(number) FROM exchanges WHERE picked_exchange_id = asked.id
            )
        UNION ALL
        SELECT question, entry_id, 'helpful', asked_at FROM exchanges
        WHERE source = 'faq' AND helpful = 1 AND picked_entry_id IS NULL -- the words of a pick are the FAQ's own
    )
    SELECT question, entry_id, kind, count(*) AS times, max(said_at) AS last_at FROM said
    WHERE :since IS NULL OR said_at >= :since
    GROUP BY question, entry_id, kind ORDER BY last_at DESC
"""


def labels(db: Database, since: datetime | None) -> list[Label]:
    """As `Store` says. Questions that matching cannot tell apart are one; those it sees nothing in are none."""
    found: dict[tuple[str, str, str], Label] = {}
    for row in db.query(_COUNTED, {"since": None if since is None else stored_time(since)}):
        folded = fold(row["question"])
        if not folded:
            continue
        label = Label(**row | {"last_at": datetime.fromisoformat(row["last_at"])})
        newer = found.get((folded, label.entry_id, label.kind))
        counted = replace(newer, times=newer.times + label.times) if newer else label
        found[folded, label.entry_id, label.kind] = counted
    return sorted(found.values(), key=lambda label: -label.times)

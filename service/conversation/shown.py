"""Words as the plain data that is shown."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..knowledge.markup import link_list, parse_markup

if TYPE_CHECKING:
    from ..knowledge.entry import FaqEntry
    from ..knowledge.markup import Node


@lru_cache(maxsize=1024)
def entry_nodes(entry: FaqEntry) -> tuple[Node, ...]:
    """An entry's answer and its links. The same few entries answer most questions."""
    return (*parse_markup(entry.answer), *link_list(entry.links))


def first_nodes(said_first: str | None) -> tuple[Node, ...]:
    """The sentence in front of an answer, where there is one."""
    return parse_markup(said_first) if said_first else ()

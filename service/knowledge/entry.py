"""One entry of a FAQ, as every other room sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Link:
    """A page that belongs to an answer. `url` is http(s), mailto or tel."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """One answer and every phrasing that should lead to it.

    `answer` is the author's Markdown, without the white space around it. Both dates are inclusive.
    """

    id: str
    question: str
    answer: str
    variants: tuple[str, ...] = ()
    category: str | None = None
    tags: tuple[str, ...] = ()
    locale: str = "ko"
    links: tuple[Link, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    escalate: bool = False
    enabled: bool = True

    @property
    def phrasings(self) -> tuple[str, ...]:
        """The question first, then its variants."""
        return (self.question, *self.variants)

    def is_live(self, on: date) -> bool:
        """Whether this entry may answer on that day."""
        started = self.valid_from is None or self.valid_from <= on
        ended = self.valid_until is not None and on > self.valid_until
        return self.enabled and started and not ended

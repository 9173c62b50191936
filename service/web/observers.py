"""Several who watch what goes on, as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from ..generation.completion import Observer

if TYPE_CHECKING:
    from ..conversation.store import Answer
    from ..generation.completion import Attempt


class Watcher(Observer, Protocol):
    """Whoever counts completions, and answers too. Must return at once and never raise."""

    def answered(self, answer: Answer) -> None: ...


class Watchers:
    """Tells each of them everything."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def attempted(self, attempt: Attempt) -> None:
        for watcher in self._watchers:
            watcher.attempted(attempt)

    def breaker_changed(self, target: str, state: Literal["closed", "open", "probing"]) -> None:
        for watcher in self._watchers:
            watcher.breaker_changed(target, state)

    def answered(self, answer: Answer) -> None:
        for watcher in self._watchers:
            watcher.answered(answer)

"""What can be counted from outside, in the words of Prometheus. docs/operating.md has a table of all of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..conversation.store import Answer
    from ..generation.completion import Attempt

    Figure = Callable[[], float | None]

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

NAMES_KEPT = 50
"""How many different values one label may have; more are `other`. A provider, or a file, could go on inventing them."""

NAME_CHARACTERS = 80
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STATES: Final = ("closed", "open", "probing")

SOON = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20)
WHOLE = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60)


class Names:
    """The values of one label, kept few."""

    def __init__(self, most: int = NAMES_KEPT) -> None:
        self._most = most
        self._kept: set[str] = set()

    def __call__(self, name: str) -> str:
        name = name[:NAME_CHARACTERS]
        if name not in self._kept:
            if len(self._kept) >= self._most:
                return "other"
            self._kept.add(name)
        return name


class Figures:
    """Gauges that are asked for when somebody looks; one that is None at that moment is left out."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[str, Figure]] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (meaning, figure) in self.asked.items():
            value = figure()
            if value is not None:
                yield GaugeMetricFamily(name, meaning, value)


class Metrics:
    """Counts for one process, nothing of them global. No label ever holds a visitor's word, an id or a raw path.

    It is an `Observer` of completions; all methods but `exposition` return at once.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._figures = Figures()
        self.registry.register(self._figures)
        self._rendering = asyncio.Lock()
        self._target, self._model, self._rule, self._reason = Names(), Names(), Names(), Names()
        self._count_completions()
        self._count_answers()
        self._requests = self._counter("http_requests", "HTTP requests ended.", "method", "route", "status")

    def _count_completions(self) -> None:
        by = ("target", "model")
        self._attempts = self._counter("completion_attempts", "Requests to a provider.", *by, "outcome")
        self._retries = self._counter("completion_retries", "Of these, those after a failed one.", *by)
        self._tokens = self._counter("completion_tokens", "Tokens sent (in) and received (out).", *by, "direction")
        self._first_text = self._histogram("completion_first_text_seconds", "Until the first text.", SOON, *by)
        self._gap = self._histogram("completion_longest_gap_seconds", "Longest wait inside an answer.", SOON, *by)
        self._seconds = self._histogram("completion_seconds", "Until a completion ended.", WHOLE, *by)
        self._breaker = Gauge(
            "ondap_breaker_state", "1 for the state the breaker is in.", ("target", "state"), registry=self.registry
        )

    def _count_answers(self) -> None:
        self._answers = self._counter("answers", "Answers that ended.", "source", "end")
        self._answer_first_text = self._histogram(
            "answer_first_text_seconds", "From the question to the first text.", SOON, "source"
        )
        self._answer_seconds = self._histogram(
            "answer_seconds", "From the question to the end of the answer.", WHOLE, "source"
        )
        self._cost = self._counter("answer_cost_usd", "What answers cost, as far as prices are known.")
        self._rules = self._counter("guard_findings", "What the guard held back.", "rule")
        self._escalations = self._counter("escalations", "Conversations handed to a person.", "reason")

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"ondap_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"ondap_{name}", meaning, labels, buckets=buckets, registry=self.registry)

    def show(self, figures: Mapping[str, tuple[str, Figure]]) -> None:
        """Gauges by name, each with its meaning, asked for at each scrape and in another thread."""
        self._figures.asked |= {f"ondap_{name}": asked for name, asked in figures.items()}

    def attempted(self, attempt: Attempt) -> None:
        by = (self._target(attempt.target), self._model(attempt.model))
        self._attempts.labels(*by, attempt.outcome).inc()
        self._seconds.labels(*by).observe(attempt.seconds)
        if attempt.again:
            self._retries.labels(*by).inc()
        if attempt.first_text_seconds is not None:
            self._first_text.labels(*by).observe(attempt.first_text_seconds)
        if attempt.longest_gap_seconds is not None:
            self._gap.labels(*by).observe(attempt.longest_gap_seconds)
        if attempt.usage:
            self._tokens.labels(*by, "in").inc(attempt.usage.input_tokens)
            self._tokens.labels(*by, "out").inc(attempt.usage.output_tokens)

    def breaker_changed(self, target: str, state: Literal["closed", "open", "probing"]) -> None:
        target = self._target(target)
        for one in STATES:
            self._breaker.labels(target, one).set(one == state)

    def answered(self, answer: Answer) -> None:
        """An answer ended, in whatever way."""
        source = answer.source or "none"
        self._answers.labels(source, answer.end).inc()
        if answer.first_text_ms is not None:
            self._answer_first_text.labels(source).observe(answer.first_text_ms / 1000)
        if answer.total_ms is not None:
            self._answer_seconds.labels(source).observe(answer.total_ms / 1000)
        if answer.cost_usd:
            self._cost.inc(answer.cost_usd)
        for rule in answer.rules:
            self._rules.labels(self._rule(rule)).inc()

    def escalated(self, reason: str) -> None:
        """A conversation was handed to a person. Counted is the kind of reason, of a concern which one."""
        kind, _, rest = reason.partition(":")
        self._escalations.labels(self._reason(reason if kind == "concern" and rest.isidentifier() else kind)).inc()

    def requested(self, method: str, route: str | None, status: int) -> None:
        """A request ended. `route` is the template; None where nothing stands at that path, status 0 where the client
        had gone before it heard one.
        """
        self._requests.labels(method if method in METHODS else "other", route or "unmatched", str(status)).inc()

    async def exposition(self) -> bytes:
        """All figures as text, made in another thread, and for one who asks at a time: chat comes first."""
        async with self._rendering:
            return await asyncio.to_thread(generate_latest, self.registry)

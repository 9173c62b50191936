"""What a token of a model costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .amount import NANOS_A_USD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..tokens import Usage

MILLION = 1_000_000
NANOS_A_TOKEN = NANOS_A_USD / MILLION  # at one dollar per million


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens. `cached` is for input the provider had read before; as `input` when not known."""

    input: float
    output: float
    cached: float | None = None

    def nanos(self, usage: Usage) -> int:
        """Rounded up."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        read = (usage.input_tokens - cached) * self.input + cached * self._cached
        return math.ceil(round((read + usage.output_tokens * self.output) * NANOS_A_TOKEN, 6))

    @property
    def _cached(self) -> float:
        return self.input if self.cached is None else min(self.cached, self.input)


FREE = Price(0.0, 0.0, 0.0)


class Prices:
    """The price of each target by the name its `Ending` has, the first target first; None where it is not known.

    `by_model` has those of the models that a request may ask the first target for in place of its own.
    """

    def __init__(
        self, by_target: Mapping[str, Price | None], by_model: Mapping[str, Price | None] | None = None
    ) -> None:
        self._by_target = dict(by_target)
        self._by_model = dict(by_model or {})
        self._first = next(iter(by_target), None)
        known = [price for price in (*by_target.values(), *self._by_model.values()) if price]
        self.dearest: Price | None = (
            Price(max(price.input for price in known), max(price.output for price in known)) if known else None
        )
        """No target costs more. What is reserved before it is known which target will answer."""

    def of(self, target: str, model: str | None = None) -> Price | None:
        """`model` is what the request asked for by name. A target of another name is charged as the dearest."""
        if model in self._by_model and target == self._first:
            return self._by_model[model]
        return self._by_target.get(target, None if None in self._by_target.values() else self.dearest)

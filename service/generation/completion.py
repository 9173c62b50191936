"""A completion: messages in, visible text out piece by piece, and an honest end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from .message import Message, Tool, ToolCall
    from .tokens import Usage

FinishReason: TypeAlias = Literal["stop", "length", "content_filter", "tool_calls", "other"]
"""Why a completion ended. Only `stop` is whole; after `content_filter` the text must be taken back."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a model is to choose its words; None leaves it to what is configured, then to the model.

    `temperature` in [0, 2], `top_p` in (0, 1], both penalties in [-2, 2], `max_tokens` the longest answer in tokens,
    `stop` up to four texts that end it.
    """

    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()


class Meter(Protocol):
    """Whoever pays for attempts. A completer tells it of each one, and of each that surely costs nothing."""

    async def attempt(self, target: str) -> None:
        """Called in front of every request to an endpoint. Raises `BudgetSpent` when no other may be made."""

    def unbilled(self) -> None:
        """The request never reached the endpoint, or was turned down with a status: nobody charges for that."""


@dataclass(slots=True)
class Bill:
    """What an exchange has cost so far, in however many completions; complete once their generators are closed.

    `cost_usd` is None while nothing was charged, and where the price of a model is not known.
    """

    cost_usd: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    calls: int = 0

    def add(self, usage: Usage, cost_usd: float | None) -> None:
        self.calls += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.estimated = self.estimated or usage.estimated
        if cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + cost_usd

    def include(self, other: Bill) -> None:
        self.calls += other.calls
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.estimated = self.estimated or other.estimated
        if other.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + other.cost_usd


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What a model is asked, whichever model it will be.

    `response_format` is passed on as the wire format has it, such as `{"type": "json_schema", ...}`.
    `visitor` names who pays for it among the visitors: a digest, never an address or a name. `shared` is true where
    everybody who asks in these words may get the same answer: nothing personal is in it.
    `model` is asked for in place of the endpoint's own, where it is not None.
    `meter` is asked in front of each attempt; `bill` is where the cost is written, also of what broke off.
    """

    messages: Sequence[Message]
    sampling: Sampling = field(default_factory=Sampling)
    tools: Sequence[Tool] = ()
    response_format: Mapping[str, Any] | None = None
    request_id: str | None = None
    visitor: str | None = None
    shared: bool = False
    model: str | None = None
    meter: Meter | None = None
    bill: Bill | None = None


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """What the model wants to know before it goes on; comes before an `Ending` with `tool_calls`."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a completion ended, what it cost and which model says it wrote it. `target` is the endpoint's name.

    `cost_usd` includes attempts that failed before; None where the price is not known.
    """

    finish_reason: FinishReason
    usage: Usage
    model: str
    target: str = ""
    cost_usd: float | None = None

    @property
    def complete(self) -> bool:
        return self.finish_reason == "stop"


Piece: TypeAlias = "str | ToolCalls | Ending"


class Completer(Protocol):
    """Whatever can go on from messages."""

    model: str

    def stream(self, asked: CompletionRequest) -> AsyncGenerator[Piece, None]:
        """Pieces of visible text, `ToolCalls` where tools were offered, then one `Ending`.

        Raises `UpstreamRefused` or `UpstreamUnavailable` before the first piece and `UpstreamInterrupted` after it.
        Closing the generator closes the connection to the provider.
        """


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to one endpoint, as it is measured. Times are seconds since it was sent.

    `outcome` is `complete`, `cut`, `withheld` (a content filter), `tools` (it asked for tools), `abandoned` (nobody
    waited any more), or why it failed: `refused`, `unavailable`, `interrupted`.
    """

    target: str
    model: str
    outcome: Literal["complete", "cut", "withheld", "tools", "abandoned", "refused", "unavailable", "interrupted"]
    seconds: float
    first_text_seconds: float | None = None
    longest_gap_seconds: float | None = None
    usage: Usage | None = None
    again: bool = False
    """Whether it was a retry, or went to the second target."""


class Observer(Protocol):
    """Whoever counts what happens between us and the providers. Must return at once and never raise."""

    def attempted(self, attempt: Attempt) -> None: ...

    def breaker_changed(self, target: str, state: Literal["closed", "open", "probing"]) -> None: ...


class Unobserved:
    """Nobody counts."""

    def attempted(self, attempt: Attempt) -> None: ...

    def breaker_changed(self, target: str, state: Literal["closed", "open", "probing"]) -> None: ...

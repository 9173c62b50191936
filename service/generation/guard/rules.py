"""What the guard is told, and what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

Rule: TypeAlias = str
"""`price`, `period`, `promise.<topic>` (also `deed` and `benefit`: by its grammar, whatever it is about),
`claim.<deed>` (`claim.deed`: one that is in no list), `advice.<field>`, `link`, `contact`, `personal`, `markup`,
`code` (a voucher nobody issued), `secret`, `prompt`."""

Deed: TypeAlias = Literal["looked_up", "changed", "passed_on"]
"""What only a tool or a person can have done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence that was held back. `part` is what offends, folded: no output ever holds it.

    Both are the model's words and may hold a secret or personal data: log `rule`, and the sentence only masked.
    """

    rule: Rule
    sentence: str
    part: str


class Offence(NamedTuple):
    """A rule and the place in the folded sentence where it is broken."""

    rule: Rule
    start: int
    end: int


Offences: TypeAlias = Iterator[Offence]


class GuardPolicy(Protocol):
    """The rules of one persona, as far as the guard needs them."""

    @property
    def may_not_promise(self) -> frozenset[str]: ...

    @property
    def link_hosts(self) -> frozenset[str]: ...

    @property
    def safe_sentence(self) -> Mapping[str, str]: ...

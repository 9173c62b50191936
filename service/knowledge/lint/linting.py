"""A FAQ to what its author should look at. Pure: what retrieval found is handed in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from ..faults import shown
from .finding import Finding, Look
from .rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from ..faq import Faq
    from .finding import Found, Heard, Rule, Severity

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "notice")


def lint(faq: Faq, *, today: date, heard: Iterable[Heard] = (), rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """The findings of each rule together, in the order of `rules`, and in file order within one.

    Without `heard` the rules that listen find nothing.
    """
    look = Look(faq, today, tuple(heard))
    return tuple(
        _finding(rule, found, faq) for rule in rules for found in sorted(rule.look(look), key=lambda found: found.line)
    )


def counted(findings: Iterable[Finding]) -> Mapping[Severity, int]:
    """How many there are of each severity, also where there is none."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}


def in_words(counts: Mapping[Severity, int], severities: Iterable[Severity] = SEVERITIES) -> str:
    """`1 error, 3 warnings`; empty where there is nothing of these."""
    return ", ".join(f"{n} {severity}{'s' * (n != 1)}" for severity in severities if (n := counts[severity]))


def _finding(rule: Rule, found: Found, faq: Faq) -> Finding:
    about = f"entry {shown(found.entry_id)}: " if found.entry_id else ""
    return Finding(
        rule=rule.name,
        severity=rule.severity,
        path=str(faq.path),
        line=found.line,
        entry_id=found.entry_id,
        message=about + found.sentence,
        meaning=rule.meaning,
        advice=rule.advice,
    )

"""A policy and a guard for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from service.generation.guard.guard import Guard
from service.knowledge.plain import plain_yaml

SAFE = {"ko": "그건 상담원이 안내해 드려요.", "en": "A person has to answer that."}
EVERYTHING = frozenset(
    {
        "refund",
        "discount",
        "compensation",
        "delivery_date",
        "exception",
        "legal_advice",
        "medical_advice",
        "financial_advice",
        "price",
        "period",
    }
)


@dataclass(frozen=True)
class Rules:
    may_not_promise: frozenset[str] = EVERYTHING
    link_hosts: frozenset[str] = frozenset()
    safe_sentence: Mapping[str, str] = field(default_factory=lambda: SAFE)
    allowed_phrases: tuple[str, ...] = ()


@cache
def sentences() -> dict[str, Any]:
    return plain_yaml(Path(__file__).with_name("sentences.yaml"))


def guard(
    locale: str = "ko",
    *,
    rules: Rules | None = None,
    facts: Sequence[str] | None = None,
    question: str | None = None,
    system: str = "",
    secrets: Sequence[str] = (),
    hold: Literal["trigger", "sentence"] = "trigger",
) -> Guard:
    return Guard(
        rules or Rules(),
        locale=locale,
        facts=sentences()["facts"][locale] if facts is None else facts,
        question=sentences()["question"][locale] if question is None else question,
        system=system,
        secrets=secrets,
        hold=hold,
    )


def said(guard: Guard, *pieces: str) -> str:
    """All that comes out when these pieces go in."""
    return "".join([*(guard.feed(piece) for piece in pieces), guard.end()])

"""A policy and a guard for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from service.generation.guard.guard import Guard
from service.knowledge.faults import Faults
from service.knowledge.written import Fields, Items, Scalar, Written
from service.knowledge.yaml_file import read_yaml

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
    path = Path(__file__).with_name("sentences.yaml")
    faults = Faults(path)
    written = read_yaml(path.read_text(encoding="utf-8"), faults)
    faults.raise_if_any()
    data = _plain(written)
    assert isinstance(data, dict)
    return data


def _plain(written: Written) -> Any:
    match written:
        case Fields(values):
            return {name: _plain(value) for name, (_, value) in values.items()}
        case Items(values):
            return [_plain(value) for value in values]
        case Scalar(text):
            return text


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

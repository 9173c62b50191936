"""`ondap ask`: what a visitor would be answered, without a service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from ..desk.escalation import asks_for_person
from ..retrieval.retriever import Retriever
from .console import explained, out, print_json, settings_or_exit

if TYPE_CHECKING:
    from ..retrieval.retriever import Retrieval

ZONES = {
    "answer": "[green]The FAQ answers.[/green]",
    "ask": "[yellow]Close: these are offered as questions.[/yellow]",
    "fallback": "[red]The FAQ has nothing for it.[/red]",
}


def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    after: Annotated[
        list[str] | None, typer.Option(help="An earlier question of the same visitor; may be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=20, help="How many matches to show.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what the FAQ has for a question, how sure that is, and what would be done with it.

    Examples: `ondap ask "환불 언제 돼요"`, `ondap ask "그럼 제주도는요?" --after "배송비 얼마예요"`.
    """
    with explained():
        found = asyncio.run(_match(question, after or [], limit))
    person = asks_for_person(question)
    if as_json:
        print_json(_data(found, person))
        return
    if person:
        out.print("[magenta]A person is called:[/magenta] the visitor asks for one.")
    out.print(f"{ZONES[found.decision.zone]}  ({found.decision.reason}; {found.embedder}, index {found.index_version})")
    if found.decision.zone == "answer" and found.decision.match:
        out.print(f"\n{found.decision.match.entry.answer}\n", markup=False, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("sure", "score", "entry", "closest phrasing"):
        table.add_column(name)
    for match in found.matches:
        sure = f"{found.calibration.confidence(match):.2f}"
        table.add_row(sure, f"{match.score:.3f}", match.entry.id, match.phrasing.replace("[", r"\["))
    out.print(table)


async def _match(question: str, history: list[str], limit: int) -> Retrieval:
    async with Retriever.serving(settings_or_exit()) as retriever:
        return await retriever.match(question, history=history, limit=limit)


def _data(found: Retrieval, person: bool) -> dict[str, object]:
    decision = found.decision
    return {
        "decision": {
            "zone": decision.zone,
            "entry_id": decision.match.entry.id if decision.match else None,
            "confidence": decision.confidence,
            "reason": decision.reason,
        },
        "asks_for_person": person,
        "matches": [
            {
                "entry_id": match.entry.id,
                "phrasing": match.phrasing,
                "score": match.score,
                "confidence": found.calibration.confidence(match),
            }
            for match in found.matches
        ],
        "embedder": found.embedder,
        "index_version": found.index_version,
    }

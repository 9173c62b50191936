"""`ondap ask`: what a visitor would be answered, and why, without a service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.table import Table

from ..conversation.account import Wording, percent
from ..conversation.messages import visitor_locale
from ..desk.escalation import asks_for_person
from ..retrieval.retriever import Retriever
from .console import explained, out, plain, print_json, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..conversation.account import Account
    from ..knowledge.entry import FaqEntry
    from ..retrieval.why import Candidate, Why
    from ..settings import Settings

COLOURS = {"answer": "green", "ask": "yellow", "fallback": "red"}
BAR = 24
"""Characters of a bar that is wholly full."""


def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    after: Annotated[
        list[str] | None, typer.Option(help="An earlier question of the same visitor; may be repeated.")
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Tell what led to it, and what would change it.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=20, help="How many matches to show.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, the reasons included.")] = False,
) -> None:
    """Show what the FAQ has for a question, how sure that is, and what would be done with it.

    Examples: `ondap ask "환불 언제 돼요"`, `ondap ask "환불 언제 돼요" --why`,
    `ondap ask "그럼 제주도는요?" --after "배송비 얼마예요"`.
    """
    settings = settings_or_exit()
    with explained():
        found, answers = asyncio.run(_look(settings, question, after or [], limit))
        wording = Wording.load(visitor_locale(found.read_as, otherwise=settings.locale), settings.templates_dir)
    account = wording.account(found)
    person = asks_for_person(question)
    if as_json:
        print_json(found.as_data() | {"asks_for_person": person, "words": account.sentences})
        return
    if person:
        out.print(plain(wording.label("person")), style="magenta")
    out.print(plain(account.headline), style=f"bold {COLOURS[found.zone]}", highlight=False)
    _say(account.because)
    if answers:
        out.print(Padding(answers.answer, (1, 2), expand=False), markup=False, highlight=False)
    if why:
        _explain(found, account, wording)
    else:
        _show_briefly(found, wording)


async def _look(settings: Settings, question: str, history: list[str], limit: int) -> tuple[Why, FaqEntry | None]:
    """Why, and the entry that answers if one does."""
    async with Retriever.serving(settings) as retriever:
        why = await retriever.why(question, history=history, limit=limit)
        return why, retriever.entry(why.entry_id) if why.zone == "answer" and why.entry_id else None


def _show_briefly(why: Why, wording: Wording) -> None:
    answered = why.zone == "answer"
    candidates = why.candidates[1:] if answered else why.candidates
    if candidates:
        out.print(f"\n{wording.label('others' if answered else 'candidates')}", style="dim")
        out.print(_table(candidates, wording))
    out.print(f"\n{wording.label('more')}", style="dim", markup=False, highlight=False)


def _table(candidates: Iterable[Candidate], wording: Wording) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
    for candidate in candidates:
        opposite = f"[yellow]{wording.label('opposite')}[/yellow]" if candidate.conflict else ""
        sure = percent(candidate.confidence)
        table.add_row(f"{sure:>4}", plain(candidate.entry_id), plain(candidate.phrasing), opposite)
    return table


def _explain(why: Why, account: Account, wording: Wording) -> None:
    if why.candidates:
        _heading(wording.label("candidates"))
    for place, candidate in enumerate(why.candidates, start=1):
        out.print(f"{place}. [bold]{plain(candidate.entry_id)}[/bold]  {plain(candidate.question)}", highlight=False)
        out.print(Padding(_particulars(candidate, wording), (0, 0, 1, 3), expand=False))
    _heading(wording.label("basis"))
    _say(account.basis)
    if account.advice:
        _heading(wording.label("advice"))
        _say([account.advice])
    out.print(f"\n{why.embedder}, {why.index_version}", style="dim", markup=False, highlight=False)


def _particulars(candidate: Candidate, wording: Wording) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    ahead = wording.label("ahead" if candidate.margin >= 0 else "behind", margin=f"{abs(candidate.margin):.3f}")
    both = "sides" if candidate.dense else "words"  # offline, a Korean text has no dense vector to compare
    sides = wording.label(both, lexical=f"{candidate.lexical:.2f}", dense=f"{candidate.dense:.2f}")
    table.add_row(wording.label("sure"), f"{_bar(candidate.confidence)} {percent(candidate.confidence)}")
    table.add_row(wording.label("score"), f"{_bar(candidate.score)} {candidate.score:.3f}  [dim]{ahead}[/dim]")
    table.add_row(wording.label("closest"), f"{plain(candidate.phrasing)}  [dim]{sides}[/dim]")
    kinds = ("phrasing", "whole", "prototype", "meaning")
    values = {kind: f"{getattr(candidate.evidence, kind):.2f}" for kind in kinds}
    table.add_row("", f"[dim]{wording.label('evidence', **values)}[/dim]")
    if candidate.conflict:
        table.add_row("", f"[yellow]{wording.label('opposite')}[/yellow]")
    return table


def _bar(share: float) -> str:
    full = round(min(max(share, 0.0), 1.0) * BAR)
    return f"[cyan]{'█' * full}[/cyan][dim]{'░' * (BAR - full)}[/dim]"


def _heading(title: str) -> None:
    out.print(f"\n[bold]{title}[/bold]")


def _say(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        out.print(Padding(plain(sentence), (0, 0, 0, 2), expand=False), highlight=False)

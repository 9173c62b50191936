"""`ondap log`: the last exchanges, and new ones as they come."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from ..conversation.sqlite import SqliteStore
from ..conversation.store import ExchangeFilter
from .console import explained, out, plain, print_json, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..conversation.store import Exchange

FOLLOW_SECONDS = 0.5
BATCH = 1_000
SHOWN_CHARACTERS = 60
"""Of an answer in the table; `--json` has all of it."""

LOOK = {"faq": "green", "model": "cyan", "suggest": "yellow", "agent": "magenta"}


def log(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many exchanges.")] = 20,
    source: Annotated[
        list[str] | None, typer.Option(help="Only answers from faq, model, suggest or agent; may be repeated.")
    ] = None,
    min_confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Only this confidence and above.")] = None,
    max_confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Only this confidence and below.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new exchanges as they are closed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show the last exchanges with their source and confidence.

    Examples: `ondap log --source suggest` for what the FAQ could not answer, `ondap log -f --json | jq .question`.
    """
    unknown = set(source or ()) - set(LOOK)
    if unknown:
        raise typer.BadParameter(f"There is no source '{min(unknown)}'; there are {', '.join(LOOK)}.")
    chosen = ExchangeFilter(frozenset(source or ()), min_confidence, max_confidence)
    with explained():
        asyncio.run(_show(chosen, limit, follow=follow, as_json=as_json))


async def _show(chosen: ExchangeFilter, limit: int, *, follow: bool, as_json: bool) -> None:
    store = SqliteStore.open(settings_or_exit().var_dir / "ondap.sqlite", read_only=True)
    try:
        shown = await store.exchanges(chosen, limit=limit)
        await _print(shown, store, as_json=as_json)
        last = shown[-1].number if shown else 0
        while follow:
            await asyncio.sleep(FOLLOW_SECONDS)
            shown = await store.exchanges(replace(chosen, after_number=last), limit=BATCH)
            await _print(shown, store, as_json=as_json)
            last = shown[-1].number if shown else last
    finally:
        await store.close()


async def _print(exchanges: Sequence[Exchange], store: SqliteStore, *, as_json: bool) -> None:
    if as_json:
        called = await store.tool_calls([exchange.id for exchange in exchanges])
        for exchange in exchanges:
            calls = called.get(exchange.id, ())
            print_json(asdict(exchange) | {"tool_calls": [asdict(call) for call in calls]})
        return
    if not exchanges:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("time", "source", "sure", "ms", "entry", "question", "answer"):
        table.add_column(name, no_wrap=name not in {"question", "answer"}, max_width=48, overflow="ellipsis")
    for exchange in exchanges:
        table.add_row(*_row(exchange))
    out.print(table)


def _row(exchange: Exchange) -> tuple[str, ...]:
    asked = f"{exchange.asked_at.astimezone():%m-%d %H:%M:%S}"
    answer = exchange.answer
    assert answer is not None, "only exchanges that have ended are listed"
    look = LOOK.get(answer.source or "", "red")
    notes = [*(["picked"] if exchange.picked else []), *([answer.end] if answer.end != "complete" else [])]
    return (
        asked,
        f"[{look}]{answer.source or ''}[/{look}]" + (f" ({', '.join(notes)})" if notes else ""),
        "" if answer.confidence is None else f"{answer.confidence:.2f}",
        "" if answer.total_ms is None else f"{answer.total_ms:.0f}",
        answer.entry_id or "",
        plain(exchange.question),
        plain(shorten(answer.text, SHOWN_CHARACTERS, placeholder=" …")),
    )

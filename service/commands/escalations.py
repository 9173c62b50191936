"""`ondap escalations`: who waits for a person."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from ..conversation.sqlite import SqliteStore
from .console import explained, fail, out, plain, print_json, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..conversation.store import Escalation


def escalations(
    everything: Annotated[bool, typer.Option("--all", help="Also those that were closed.")] = False,
    close: Annotated[str | None, typer.Option(metavar="ID", help="Mark one as taken care of.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show conversations that wait for a person, longest waiting first, with three lines about each.

    Examples: `ondap escalations`, `ondap escalations --close 8fJ2…`, `ondap escalations --all --json`.
    """
    with explained():
        if close:
            asyncio.run(_close(close))
        else:
            _print(asyncio.run(_list(everything)), as_json=as_json)


async def _list(everything: bool) -> Sequence[Escalation]:
    store = SqliteStore.open(settings_or_exit().var_dir / "ondap.sqlite", read_only=True)
    try:
        return await store.escalations(status=None if everything else "waiting")
    finally:
        await store.close()


async def _close(escalation_id: str) -> None:
    store = SqliteStore.open(settings_or_exit().var_dir / "ondap.sqlite")
    try:
        if not await store.close_escalation(escalation_id):
            fail(f"No escalation '{escalation_id}' waits. `ondap escalations` lists those that do.")
    finally:
        await store.close()


def _print(found: Sequence[Escalation], *, as_json: bool) -> None:
    if as_json:
        for escalation in found:
            print_json(asdict(escalation))
        return
    if not found:
        out.print("Nobody waits for a person.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("since", "reason", "status", "escalation", "conversation"):
        table.add_column(name, no_wrap=True, min_width=22 if name == "escalation" else None)  # to be copied whole
    for escalation in found:
        since = f"{escalation.requested_at.astimezone():%m-%d %H:%M}"
        table.add_row(since, plain(escalation.reason), escalation.status, escalation.id, escalation.conversation_id)
    out.print(table)
    for escalation in found:
        if escalation.summary:
            out.print(f"\n[dim]{escalation.id}[/dim]", highlight=False)
            for line in escalation.summary.splitlines():
                out.print(f"  {plain(line)}", highlight=False, soft_wrap=True)

"""`ondap expand`: a model drafts phrasings; those that hold are a patch to review."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..errors import SettingsError, UpstreamError
from ..generation.configured import completer_from
from ..generation.money.budgeted import cost_usd
from ..generation.money.configured import chat_price
from ..generation.persona.prompt import Prompt
from ..generation.upstream.bulkhead import Bulkhead
from ..generation.upstream.patience import Deadlines
from ..growing.checking import first_look, second_look
from ..growing.expanding import CONCURRENCY, Drafting, chosen
from ..knowledge.additions import Addition, FaqText
from ..resources import template_file
from ..retrieval.contents import OFFLINE
from .building import scratch_index
from .console import err, explained, fail, money, plain, print_json, settings_or_exit
from .growing import HandOver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from ..generation.upstream.completer import OpenAICompleter
    from ..growing.checking import Kept
    from ..growing.drafting import Dropped
    from ..growing.expanding import Drafted
    from ..knowledge.entry import FaqEntry
    from ..settings import Settings
    from .building import Scratch

PATIENT = Deadlines(connect=5.0, reach=10.0, first=60.0, quick=60.0, between=60.0, total=180.0)
"""Nobody waits at the other end, and a model that thinks may be silent for long."""
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Expanded:
    kept: Sequence[Kept]
    dropped: Sequence[Dropped]
    drafted: Drafted
    interrupted: bool
    cost_usd: float | None
    """None where the model's price is not known."""


def expand(
    entry: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this entry; may be repeated.")] = None,
    per_entry: Annotated[int, typer.Option("--per-entry", min=1, max=20, help="Phrasings to ask for.")] = 5,
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many entries, those with the fewest phrasings first.")
    ] = None,
    patch: Annotated[Path | None, typer.Option(metavar="OUT", help="Write the patch to this file.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the phrasings into the FAQ.")] = False,
    faq: Annotated[Path | None, typer.Option(help="The FAQ, .yaml or .jsonl.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, with a reason for each draft.")
    ] = False,
) -> None:
    """Let the completions model draft phrasings in customers' words, as a patch for the FAQ that somebody reviews.

    Only drafts that find their own entry, and draw no other phrasing to it, are proposed. Ctrl-C ends the asking and
    keeps what is there. Exit status: 0 done, 2 something to fix, 130 interrupted.

    Examples: `ondap expand --limit 10 > drafts.patch`, `ondap expand --entry refund-when --per-entry 8`,
    `ondap expand --patch drafts.patch`.
    """
    settings = settings_or_exit(faq_path=faq)
    hand_over = HandOver(patch, apply, as_json)
    with explained():
        before = FaqText.read(settings.faq_path)
        entries = _entries(before.faq.entries, entry, limit)
        expanded = asyncio.run(_expanded(settings, before.faq.entries, entries, per_entry))
        _say(expanded, settings)
        additions = [Addition(kept.entry_id, kept.phrasing, "drafted") for kept in expanded.kept]
        written = hand_over(before, additions)
    if as_json:
        print_json(_data(expanded) | {"applied": apply, "patch": written})
    if expanded.interrupted:
        raise typer.Exit(INTERRUPTED)
    if expanded.drafted.failures and not expanded.drafted.drafts:
        fail("No entry got a draft.")


def _entries(entries: Sequence[FaqEntry], ids: list[str] | None, limit: int | None) -> list[FaqEntry]:
    known = {entry.id: entry for entry in entries}
    for wanted in ids or ():
        if wanted not in known:
            raise typer.BadParameter(f"There is no entry '{wanted}' in the FAQ.")
        if not known[wanted].enabled:
            raise typer.BadParameter(f"Entry '{wanted}' is disabled. Enable it first.")
    return chosen((entry for entry in entries if not ids or entry.id in ids), limit=limit)


async def _expanded(
    settings: Settings, everything: Sequence[FaqEntry], entries: Sequence[FaqEntry], per_entry: int
) -> Expanded:
    async with _completer(settings) as completer, scratch_index(settings) as scratch:
        price = chat_price(settings)  # what is wrong with it is said before anything was paid
        path = template_file("expand/phrasings.j2", settings.templates_dir)
        prompt = Prompt.load(path.stem, path.parent)
        with _bar("Drafting") as on_progress:
            drafting = Drafting(completer, prompt, scratch.retriever, per_entry=per_entry, on_progress=on_progress)
            interrupted = await _until_interrupted(drafting, entries)
        kept, dropped = await _checked(scratch, everything, drafting.result)
    spent = cost_usd(price, drafting.result.usage)
    return Expanded(kept, [*drafting.result.dropped, *dropped], drafting.result, interrupted, spent)


@asynccontextmanager
async def _completer(settings: Settings) -> AsyncIterator[OpenAICompleter]:
    completer = completer_from(settings, deadlines=PATIENT, bulkhead=Bulkhead(places=CONCURRENCY))
    if completer is None:
        raise SettingsError(
            "ondap expand needs a model to write the drafts. Set ONDAP_CHAT_PROVIDER, or ONDAP_CHAT_BASE_URL and "
            "ONDAP_CHAT_MODEL, and ONDAP_CHAT_API_KEY where the endpoint wants a key."
        )
    try:
        yield completer
    finally:
        await completer.close()


async def _until_interrupted(drafting: Drafting, entries: Sequence[FaqEntry]) -> bool:
    """Whether Ctrl-C ended it. A second one ends the command as ever."""
    loop = asyncio.get_running_loop()
    asking = asyncio.create_task(drafting.run(entries))
    with suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread: nobody's Ctrl-C comes here
        loop.add_signal_handler(signal.SIGINT, asking.cancel)
    try:
        await asyncio.wait([asking])
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    if asking.cancelled():
        return True
    asking.result()
    return False


async def _checked(
    scratch: Scratch, everything: Sequence[FaqEntry], drafted: Drafted
) -> tuple[list[Kept], list[Dropped]]:
    by_id = {entry.id: entry for entry in everything}
    back: list[Kept] = []
    dropped: list[Dropped] = []
    with _bar("Checking") as on_progress:
        for done, (entry_id, drafts) in enumerate(drafted.drafts.items(), start=1):
            kept, lost = await first_look(scratch.retriever, by_id[entry_id], drafts)
            back += kept
            dropped += lost
            on_progress(done, len(drafted.drafts))
    enabled = [entry for entry in everything if entry.enabled]
    with _bar("Comparing with the other entries"):
        try:
            kept, lost = await second_look(enabled, back, scratch.trials)
        except UpstreamError as error:  # what the drafts have cost is not thrown away for it
            err.print(f"warning: compared by the offline index. {error}", style="yellow", markup=False, soft_wrap=True)
            kept, lost = await second_look(enabled, back, partial(scratch.trials, part=OFFLINE))
    return kept, [*dropped, *lost]


def _say(expanded: Expanded, settings: Settings) -> None:
    drafted, usage = expanded.drafted, expanded.drafted.usage
    if expanded.interrupted:
        err.print("Interrupted; this is what was there.", style="yellow")
    for entry_id, why in drafted.failures.items():
        err.print(f"{entry_id}: {why}", style="red", markup=False, soft_wrap=True)
    if drafted.given_up:
        err.print("The other entries were not asked for.", style="red")
    for kept in expanded.kept:
        err.print(f"  {kept.entry_id}: {plain(kept.phrasing)}", soft_wrap=True)
    counts = Counter(dropped.reason for dropped in expanded.dropped).most_common()
    why = f" ({', '.join(f'{reason} {count}' for reason, count in counts)})" if counts else ""
    err.print(
        f"{len(expanded.kept)} drafts for {len(drafted.drafts)} entries are proposed, {len(expanded.dropped)} are "
        f"not{why}. {usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
        f"{', estimated' if usage.estimated else ''}{_cost(expanded, settings)}.",
        soft_wrap=True,
    )


def _cost(expanded: Expanded, settings: Settings) -> str:
    if expanded.cost_usd is None:
        return ""
    return f", {money(expanded.cost_usd, krw_per_usd=settings.krw_per_usd)}"


def _data(expanded: Expanded) -> dict[str, object]:
    return {
        "kept": [asdict(kept) for kept in expanded.kept],
        "dropped": [asdict(dropped) for dropped in expanded.dropped],
        "entries": len(expanded.drafted.drafts),
        "failures": expanded.drafted.failures,
        "usage": asdict(expanded.drafted.usage),
        "cost_usd": expanded.cost_usd,
        "interrupted": expanded.interrupted,
    }


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)

"""`ondap evaluate`: how well a labelled set of questions is answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import track
from rich.table import Table

from ..errors import OperatorError
from ..retrieval.building import Build, cache_dir, index_storage, reindex
from ..retrieval.evaluation import Figures, Outcome, load_labelled
from ..retrieval.live import LiveIndex
from ..retrieval.recipe import configured_recipes
from ..retrieval.retriever import Retriever, today_in
from .console import err, explained, out, print_json, settings_or_exit

if TYPE_CHECKING:
    from ..settings import Settings


def evaluate(
    questions: Annotated[Path, typer.Option(help="Labelled questions, one JSON object a line.")],
    faq: Annotated[Path | None, typer.Option(help="The FAQ, .yaml or .jsonl.")] = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="Also list every question that was answered wrongly.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask every question of a labelled set and count what would become of it; the published index is left alone.

    A line of the set: {"text": "환불 언제 돼요", "expected": "refund-when", "accept": [], "kind": "paraphrase"};
    expected is null when the FAQ has no answer.

    Examples: `ondap evaluate --questions q.jsonl`, `ondap evaluate --faq shop.yaml --questions q.jsonl --json`.
    """
    settings = settings_or_exit(faq_path=faq)
    with explained():
        outcomes = asyncio.run(_outcomes(settings, questions))
    figures = Figures.of(outcomes)
    if as_json:
        print_json(asdict(figures) | {"kinds": {kind: asdict(of) for kind, of in _by_kind(outcomes).items()}})
        return
    _print(figures, _by_kind(outcomes))
    if wrong:
        _print_wrong(outcomes)


async def _outcomes(settings: Settings, questions: Path) -> list[Outcome]:
    with TemporaryDirectory() as scratch:
        async with configured_recipes(settings, building=True) as recipes:
            build = Build(
                settings.faq_path,
                Path(scratch),
                recipes,
                batch_size=settings.embed_batch_size,
                cache_dir=cache_dir(settings.var_dir),
            )
            with index_storage(settings.var_dir).lock():  # the cache belongs to one builder at a time
                await reindex(build)
            live = LiveIndex(index_storage(Path(scratch)), recipes, settings.faq_path)
            await live.start()
            retriever = Retriever(live, recipes, threshold=settings.threshold, today=today_in(settings.time_zone))
            labelled = load_labelled(questions, entry_ids={entry.id for entry in live.snapshot.entries})
            outcomes = []
            for question in track(labelled, "Asking", console=err, disable=not err.is_terminal, transient=True):
                began = time.perf_counter()
                found = await retriever.match(question.text, limit=5)
                taken_ms = (time.perf_counter() - began) * 1000
                if found.embedder != retriever.embedder:
                    raise OperatorError(
                        f"{found.embedder} answered instead of {retriever.embedder}, so the figures would be of "
                        f"neither. {' '.join(retriever.warnings)}"
                    )
                outcomes.append(Outcome.of(question, found.matches, found.decision, ms=taken_ms))
            return outcomes


def _by_kind(outcomes: list[Outcome]) -> dict[str, Figures]:
    kinds = sorted({outcome.question.kind or "" for outcome in outcomes} - {""})
    return {kind: Figures.of(outcome for outcome in outcomes if outcome.question.kind == kind) for kind in kinds}


def _print(figures: Figures, kinds: dict[str, Figures]) -> None:
    asked = figures.n_in + figures.n_out
    out.print(
        f"{asked} questions, {figures.n_in} with an answer in the FAQ and {figures.n_out} without.\n"
        f"{figures.answered} answered at once: {figures.answered_right} rightly, {figures.answered_wrong} wrongly.\n"
        f"{figures.asked} asked back, the right entry among the suggestions {figures.asked_right} times; "
        f"{figures.fell_back} declined.",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("kind", "in", "out", "top-1", "top-3", "AUROC", "coverage", "precision", "p50 ms", "p95 ms"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind, of in ({"all": figures} | kinds).items():
        shares = (of.top1, of.top3, of.auroc, of.coverage, of.precision)
        times = (of.p50_ms, of.p95_ms)
        table.add_row(
            kind,
            str(of.n_in),
            str(of.n_out),
            *("" if value is None else f"{value:.3f}" for value in shares),
            *("" if value is None else f"{value:.1f}" for value in times),
        )
    out.print(table)


def _print_wrong(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.zone == "answer" and not outcome.right_within(1):
            right = ", ".join(sorted(outcome.question.right)) or "nothing"
            out.print(f"{outcome.question.text}  → {outcome.ids[0]}, right: {right}", markup=False, highlight=False)

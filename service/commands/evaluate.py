"""`ondap evaluate`: how well a labelled set of questions is answered."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table

from ..errors import OperatorError
from ..retrieval.mistakes import wrong_answers
from .baseline import changes, read_baseline, refuse_other_questions
from .building import EmbedderName
from .console import err, explained, fail, out, plain, print_json, settings_or_exit
from .measuring import Measured, measure
from .report import render

if TYPE_CHECKING:
    from rich.console import Console

FELL = 1
"""Exit status when a figure fell by more than --fail-on-drop allows."""


def evaluate(
    questions: Annotated[Path, typer.Option(help="Labelled questions, one JSON object a line.")],
    faq: Annotated[Path | None, typer.Option(help="The FAQ, .yaml or .jsonl.")] = None,
    embedder: Annotated[
        EmbedderName | None, typer.Option(help="Which of the configured ones; the one asked first by default.")
    ] = None,
    json_out: Annotated[
        str | None, typer.Option("--json", metavar="OUT", help="Write the figures to this file; - prints them.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="OUT", help="Write a report to open in a browser.")] = None,
    lang: Annotated[Literal["ko", "en"] | None, typer.Option(help="The report's language; ONDAP_LOCALE.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="What --json wrote earlier, of the same questions, to compare with.")
    ] = None,
    fail_on_drop: Annotated[
        float | None, typer.Option(min=0, max=1, help="With --baseline: exit status 1 when a share fell by more.")
    ] = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="Also list every question that was answered wrongly.")] = False,
) -> None:
    """Ask every question of a labelled set and count what would become of it; the published index is left alone.

    A line of the set: {"text": "환불 언제 돼요", "expected": "refund-when", "accept": [], "kind": "paraphrase"};
    expected is null when the FAQ has no answer.

    Exit status: 0 done, 1 fell by more than --fail-on-drop, 2 something to fix, 3 another build is running.

    Examples: `ondap evaluate --questions q.jsonl --html report.html`, `ondap evaluate --questions q.jsonl --json -`,
    `ondap evaluate --faq shop.yaml --questions q.jsonl --baseline figures.json --fail-on-drop 0.01`.
    """
    if fail_on_drop is not None and baseline is None:
        fail("--fail-on-drop needs --baseline, the figures to compare with.")
    settings = settings_or_exit(faq_path=faq)
    to_stdout = json_out == "-"
    with explained():
        for place in (None if to_stdout or json_out is None else Path(json_out), html):
            _refuse_unwritable(place)
        before = read_baseline(baseline) if baseline else None

        def compare_digests(questions_digest: str) -> None:
            if baseline and before:
                refuse_other_questions(baseline, before, questions_digest)

        measured = asyncio.run(measure(settings, questions, embedder=embedder, before_asking=compare_digests))
        data = measured.data()
        if to_stdout:
            print_json(data)
        else:
            _print(measured, wrong=wrong)
        if json_out and not to_stdout:
            _write(Path(json_out), json.dumps(data, ensure_ascii=False, indent=2) + "\n")
        if html:
            _write(html, render(measured, locale=lang or settings.locale, templates_dir=settings.templates_dir))
    if before and _fell(before, data, fail_on_drop, err if to_stdout else out):
        raise typer.Exit(FELL)


def _refuse_unwritable(place: Path | None) -> None:
    """Before anything is asked: an endpoint's answers cost money."""
    if place and (place.is_dir() or not place.absolute().parent.is_dir()):
        raise OperatorError(f"{place}: cannot be written. Name a file in a folder that exists.")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{path}: cannot be written ({error.strerror}). Name another file.") from error
    err.print(f"Wrote {path}", markup=False, soft_wrap=True)


def _print(measured: Measured, *, wrong: bool) -> None:
    figures = measured.figures
    asked = figures.n_in + figures.n_out
    out.print(
        f"{asked} questions, {figures.n_in} with an answer in the FAQ and {figures.n_out} without.\n"
        f"{figures.answered} answered at once: {figures.answered_right} rightly, {figures.answered_wrong} wrongly.\n"
        f"{figures.asked} asked back, the right entry among the suggestions {figures.asked_right} times; "
        f"{figures.fell_back} declined. Threshold {measured.rule.threshold:.3f}, margin {measured.rule.margin:.3f}, "
        f"Brier {figures.brier:.3f}, ECE {figures.ece:.3f}.",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("kind", "in", "out", "top-1", "top-3", "AUROC", "coverage", "precision", "p50 ms", "p95 ms"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind, of in {"all": figures, **measured.kinds}.items():
        shares = (of.top1, of.top3, of.auroc, of.coverage, of.precision)
        times = (of.p50_ms, of.p95_ms)
        table.add_row(
            plain(kind),
            str(of.n_in),
            str(of.n_out),
            *("" if value is None else f"{value:.3f}" for value in shares),
            *("" if value is None else f"{value:.1f}" for value in times),
        )
    out.print(table)
    for each in wrong_answers(measured.outcomes) if wrong else ():
        right = ", ".join(each.right) or "nothing"
        out.print(f"{plain(each.question)}  → {each.answered_by}, right: {right}", highlight=False, soft_wrap=True)


def _fell(before: dict[str, Any], after: dict[str, Any], allowed: float | None, console: Console) -> bool:
    """Prints each share before and after, and says which fell by more than is allowed, if any may not."""
    if before["embedder"] != after["embedder"]:
        console.print(f"The figures before were those of {before['embedder']}.", markup=False, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "before", "after", "change", ""):
        table.add_column(name, justify="right" if name else "left")
    fallen = []
    for change in changes(before, after):
        too_far = allowed is not None and change.exceeds(allowed)
        if too_far:
            fallen.append(change.name)
        values = ("" if value is None else f"{value:.4f}" for value in (change.before, change.after))
        moved = "" if change.moved is None else f"{change.moved:+.4f}"
        table.add_row(change.name, *values, moved, "[red]worse than allowed[/red]" if too_far else "")
    console.print(table)
    if fallen:
        err.print(f"Worse by more than {allowed:g}: {', '.join(fallen)}.", style="red", soft_wrap=True)
    return bool(fallen)

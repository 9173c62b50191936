"""`ondap learn`: what visitors chose, as phrasings to review."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..conversation.sqlite import SqliteStore
from ..growing.learning import REASONS
from ..growing.learning import learn as learn_from
from ..growing.questions import Appended, append_questions
from ..knowledge.additions import FaqText, with_additions
from ..retrieval.retriever import Retriever
from .console import err, explained, plain, print_json, settings_or_exit
from .growing import HandOver

if TYPE_CHECKING:
    from ..growing.learning import Learned
    from ..settings import Settings

_AGO = re.compile(r"(\d{1,4})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def learn(
    since: Annotated[str, typer.Option(help="How far back: 12h, 30d, 8w.")] = "30d",
    min_times: Annotated[int, typer.Option("--min-times", min=1, help="Only what was said so often.")] = 1,
    apply: Annotated[bool, typer.Option("--apply", help="Write the phrasings into the FAQ.")] = False,
    patch: Annotated[Path | None, typer.Option(metavar="OUT", help="Write the patch to this file.")] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT", help="Append those that become no phrasing with --apply to this file of labelled questions."
        ),
    ] = None,
    faq: Annotated[Path | None, typer.Option(help="The FAQ, .yaml or .jsonl.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Turn what visitors picked from suggestions into phrasings, as a patch for the FAQ that somebody reviews.

    Only questions that are not answered rightly yet are proposed. What two entries claim is listed and left to you.

    Examples: `ondap learn`, `ondap learn --since 8w --min-times 2 --patch learned.patch`,
    `ondap learn --questions data/questions.jsonl`.
    """
    settings = settings_or_exit(faq_path=faq)
    hand_over = HandOver(patch, apply, as_json)
    with explained():
        before = FaqText.read(settings.faq_path)
        learned = asyncio.run(_learned(settings, before, _moment(since), min_times))
        _say(learned)
        appended = Appended(0, ())
        if questions:
            entries = (with_additions(before, learned.additions) if apply else before).faq.entries
            appended = append_questions(questions, learned.labelled, entries)
            _say_appended(questions, appended)
        written = hand_over(before, learned.additions)
    if as_json:
        of_questions = {
            "questions_appended": appended.count,
            "questions_labelled_otherwise": [asdict(each) for each in appended.otherwise],
        }
        print_json(_data(learned) | of_questions | {"applied": apply, "patch": written})


def _moment(ago: str) -> datetime:
    found = _AGO.fullmatch(ago.strip())
    if not found:
        raise typer.BadParameter(f"--since {ago}: write a number and h, d or w, such as 30d.")
    return datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])})


async def _learned(settings: Settings, before: FaqText, since: datetime, min_times: int) -> Learned:
    store = SqliteStore.open(settings.var_dir / "ondap.sqlite", read_only=True)
    try:
        labels = await store.labels(since=since)
    finally:
        await store.close()
    async with Retriever.serving(settings) as retriever:
        for warning in retriever.warnings:
            err.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)
        return await learn_from(labels, before.faq.entries, retriever, min_times=min_times)


def _say(learned: Learned) -> None:
    err.print(f"{len(learned.proposed)} phrasings are proposed.")
    for lesson, today in learned.proposed:
        goes = f"{today.zone}, {today.entry_id or 'nothing'} first"
        err.print(f"  {lesson.entry_id}: {plain(lesson.question)}  ({lesson.kind} {lesson.times}x; today: {goes})")
    for reason, count in Counter(left.reason for left in learned.left).most_common():
        err.print(f"{count} left out: {REASONS[reason]}.", markup=False)
    if learned.disputed:
        err.print(f"{len(learned.disputed)} to decide by hand, because they mean more than one entry:")
    for disputed in learned.disputed:
        claims = ", ".join(
            f"{entry_id} {f'{times}x' if times else '(in the FAQ)'}" for entry_id, times in disputed.entries.items()
        )
        err.print(f"  {plain(disputed.question)}: {claims}")


def _say_appended(path: Path, appended: Appended) -> None:
    err.print(f"{appended.count} new labelled questions in {path}.", markup=False, soft_wrap=True)
    if appended.otherwise:
        err.print(f"{len(appended.otherwise)} to decide by hand, because that file labels them otherwise:")
    for each in appended.otherwise:
        there = plain(", ".join(each.entries)) or "no entry"
        err.print(f"  {plain(each.lesson.question)}: {there} in the file, {each.lesson.entry_id} by visitors")


def _data(learned: Learned) -> dict[str, object]:
    return {
        "proposed": [asdict(lesson) | {"today": asdict(today)} for lesson, today in learned.proposed],
        "left_out": [asdict(left.lesson) | {"reason": left.reason} for left in learned.left],
        "disputed": [asdict(disputed) for disputed in learned.disputed],
    }

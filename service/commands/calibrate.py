"""`ondap calibrate`: what the FAQ has taught about itself, and what another target would change."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from ..errors import IndexRefused, IndexUnavailable
from ..retrieval.build import Build, index_storage
from ..retrieval.building import rehearse
from ..retrieval.calibrating import calibrate as learn_from
from ..retrieval.decision import decide
from ..retrieval.recipe import configured_recipes
from .building import building_bars
from .console import err, explained, out, plain, print_json, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..retrieval.calibration import Calibration
    from ..retrieval.leaving_out import Trial
    from ..retrieval.making import MadePart
    from ..settings import Settings

TARGETS: Final = (0.80, 0.90, 0.95, 0.97, 0.99)
SHOWN: Final = 12
"""Phrasings that are listed with what would become of them."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A phrasing, asked as if it were not in the FAQ, that would be treated otherwise than it is now."""

    phrasing: str
    entry_id: str
    before: str
    after: str
    right: bool


def calibrate(
    target: Annotated[
        float | None, typer.Option(min=0.5, max=0.995, help="The share of direct answers that should be right.")
    ] = None,
    faq: Annotated[Path | None, typer.Option(help="The FAQ, .yaml or .jsonl.")] = None,
    questions: Annotated[Path | None, typer.Option(help="Labelled questions to learn from as well.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn the threshold from the FAQ as it is now, and show what it would change. Nothing is published.

    Each phrasing is asked as if it were not in the FAQ (its entry should be found), and as if its entry were not there
    (nothing should be). From that, and from labelled questions if there are any, follows how likely a match is to be
    right.

    To publish another target: set ONDAP_TARGET and run `ondap reindex`.

    Examples: `ondap calibrate`, `ondap calibrate --target 0.97`, `ondap calibrate --questions real.jsonl --json`.
    """
    given = {"faq_path": faq, "questions_path": questions, "target": target}
    settings = settings_or_exit(**{name: value for name, value in given.items() if value is not None})
    with explained():
        made, before = asyncio.run(_learned(settings))
    after = made.learned.calibration
    changed = _changed(made.learned.trials, before, after, settings.threshold) if before else []
    if settings.threshold is not None:
        err.print(
            f"ONDAP_THRESHOLD={settings.threshold:g} decides; the target changes nothing until it is removed.",
            style="yellow",
            soft_wrap=True,
        )
    choices = {each: learn_from(made.learned.trials, made.learned.judged, target=each) for each in TARGETS}
    if as_json:
        print_json(_data(made.part.embedder, before, after, changed, choices))
        return
    _print(made.part.embedder, before, after, choices)
    _print_changed(changed)
    if before is None or before.target != after.target:
        out.print(f"To publish it: set ONDAP_TARGET={after.target:g} and run `ondap reindex`.", highlight=False)


async def _learned(settings: Settings) -> tuple[MadePart, Calibration | None]:
    """What a build would make now, and what is published for the same embedder."""
    async with configured_recipes(settings, building=True) as recipes:
        with building_bars() as (on_progress, on_trial):
            made = await rehearse(
                replace(Build.configured(settings, recipes), on_progress=on_progress, on_trial=on_trial)
            )
        storage = index_storage(settings.var_dir)
        try:
            published = storage.read(storage.current())
        except (IndexUnavailable, IndexRefused):
            return made, None
        part = next((part for part in published.parts.values() if part.embedder == made.part.embedder), None)
        return made, part.calibration if part else None


def _changed(
    trials: Sequence[Trial], before: Calibration, after: Calibration, threshold: float | None
) -> list[Changed]:
    changed = []
    for trial in trials:
        if trial.without_itself:
            was, will_be = (
                decide(trial.without_itself, calibration=each, threshold=threshold).zone for each in (before, after)
            )
            if was != will_be:
                right = trial.without_itself[0].entry.id == trial.entry.id
                changed.append(Changed(trial.phrasing, trial.entry.id, was, will_be, right))
    return changed


def _print(embedder: str, before: Calibration | None, after: Calibration, choices: dict[float, Calibration]) -> None:
    quality = after.quality
    out.print(
        f"Learned with {embedder} from {quality.trials} phrasings and {quality.labelled} labelled questions.",
        highlight=False,
    )
    if after.rests_on_prior:
        out.print(
            f"The threshold rests to {1 - after.own_share:.0%} on what other FAQs have shown. More variants in each "
            "entry, or labelled questions in data/questions.jsonl, would let this one speak for itself.",
            style="yellow",
            highlight=False,
        )
    if quality.brier is not None and quality.ece is not None:
        out.print(f"On phrasings it had not seen: Brier {quality.brier:.3f}, ECE {quality.ece:.3f}.", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "target", "threshold", "ask from", "margin", "answered", "rightly"):
        table.add_column(name, justify="right" if name else "left")
    rows = [("published", before)] if before else []
    rows += [("now", after), *(("", each) for target, each in choices.items() if target != after.target)]
    for name, each in rows:
        table.add_row(
            name,
            f"{each.target:.1%}",
            f"{each.threshold:.3f}",
            f"{each.ask:.2f}",
            f"{each.margin:.3f}",
            _share(each.quality.coverage),
            _share(each.quality.precision),
        )
    out.print(table)
    out.print("Answered and rightly: of its own phrasings, asked as if not in the FAQ; of 100, with 95 % confidence.")
    if after.quality.trials:
        out.print("Where entries have few phrasings these are harder than customers' questions.", style="dim")


def _share(between: tuple[float, float, float] | None) -> str:
    return "" if between is None else f"{between[1]:.0%} ({100 * between[0]:.0f}-{100 * between[2]:.0f})"


def _print_changed(changed: list[Changed]) -> None:
    if not changed:
        return
    words = "phrasing" if len(changed) == 1 else "phrasings"
    out.print(
        f"\n{len(changed)} {words} of the FAQ, asked as if not in it, would be treated otherwise:", highlight=False
    )
    for each in changed[:SHOWN]:
        found = "" if each.right else ", where another entry comes first"
        out.print(f"  {each.before} → {each.after}  {plain(each.phrasing)}  ({each.entry_id}{found})", highlight=False)
    if len(changed) > SHOWN:
        err.print(f"  and {len(changed) - SHOWN} more: --json lists them all")


def _data(
    embedder: str,
    before: Calibration | None,
    after: Calibration,
    changed: list[Changed],
    choices: dict[float, Calibration],
) -> dict[str, Any]:
    return {
        "embedder": embedder,
        "published": asdict(before) if before else None,
        "learned": asdict(after) | {"rests_on_prior": after.rests_on_prior},
        "changed": [asdict(each) for each in changed],
        "targets": [asdict(each) for each in choices.values()],
    }

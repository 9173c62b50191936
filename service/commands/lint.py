"""`ondap lint`: what the author of a FAQ should look at."""

from __future__ import annotations

import asyncio
import textwrap
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..knowledge.faq import load_faq
from ..knowledge.lint.linting import counted, in_words
from ..knowledge.lint.linting import lint as look_over
from ..knowledge.lint.rules import BY_NAME, RULES
from ..retrieval.calibrating import learn
from ..retrieval.contents import OFFLINE
from ..retrieval.hearing import heard
from ..retrieval.index import FaqIndex
from ..retrieval.making import enabled
from ..retrieval.recipe import recipes
from ..retrieval.retriever import today_in
from .console import err, explained, fail, out, print_json, settings_or_exit

if TYPE_CHECKING:
    from datetime import date

    from ..knowledge.faq import Faq
    from ..knowledge.lint.finding import Finding, Heard, Rule
    from ..settings import Settings

SHOWN = 5
"""Findings of one rule that are listed unless all are asked for."""
COLOURS = {"error": "red", "warning": "yellow", "notice": "cyan"}


def lint(
    faq: Annotated[Path | None, typer.Option(help="The FAQ, .yaml or .jsonl.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule, all of it; may be repeated.")] = None,
    explain: Annotated[str | None, typer.Option(metavar="RULE", help="Say what a rule means; 'all' for each.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out what has to ask every phrasing.")] = False,
    every: Annotated[bool, typer.Option("--all", help=f"List every finding, not {SHOWN} of each rule.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list of all findings.")] = False,
) -> None:
    """Look the FAQ over: what gives customers something wrong, what may, what could be better.

    Each phrasing is also asked as if it were not written there, since customers never say quite what is written.
    Nothing is changed or published.

    Exit status: 0 fine or nothing but notices, 1 errors (with --strict warnings too), 2 the FAQ cannot be read.

    Examples: `ondap lint`, `ondap lint --quick --strict`, `ondap lint --rule expired`, `ondap lint --explain all`.
    """
    if explain:
        _explain(explain)
        return
    rules = tuple(_rule(name) for name in rule) if rule else RULES
    settings = settings_or_exit(faq_path=faq)
    with explained():
        read = load_faq(settings.faq_path)
        enabled(read)  # a FAQ that no build takes is not fine
        today = today_in(settings.time_zone)()
        listened = not quick and any(rule.listens for rule in rules)
        heard_of_all = asyncio.run(_heard(read, settings, today)) if listened else []
    findings = look_over(read, today=today, heard=heard_of_all, rules=rules)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _print(findings, most=None if every or rule else SHOWN)
    counts = counted(findings)
    if counts["error"] or (strict and counts["warning"]):
        raise typer.Exit(1)


def _rule(name: str) -> Rule:
    if name not in BY_NAME:
        fail(f"There is no rule {name!a}. There are: {', '.join(BY_NAME)}.")
    return BY_NAME[name]


def _explain(name: str) -> None:
    for rule in RULES if name == "all" else (_rule(name),):
        out.print(f"[bold]{rule.name}[/bold] [{COLOURS[rule.severity]}]{rule.severity}[/]", highlight=False)
        _teach(rule)


def _teach(rule: Rule) -> None:
    for text in (rule.meaning, rule.advice):
        lines = textwrap.fill(text, out.width, initial_indent="  ", subsequent_indent="  ")
        out.print(lines, style="dim", markup=False, highlight=False, soft_wrap=True)


async def _heard(faq: Faq, settings: Settings, today: date) -> list[Heard]:
    """By the built-in embedder: an endpoint would have to be paid for every look."""
    entries = [entry for entry in faq.entries if entry.enabled and entry.is_live(today)]
    if not entries:
        return []
    recipe = recipes(synonyms=settings.synonyms_path)[OFFLINE]
    analysis = recipe.analysis(recipe.synonyms.load())
    with err.status("Asking every phrasing"):
        index = FaqIndex.build(entries, await recipe.embedder.embed(FaqIndex.texts(entries)), analysis=analysis)
        learned = await learn(index, recipe.embedder, analysis, target=settings.target)
        return heard(learned.trials, calibration=learned.calibration, threshold=settings.threshold)


def _print(findings: tuple[Finding, ...], *, most: int | None) -> None:
    for name, group in groupby(findings, key=lambda finding: finding.rule):
        rule, those = BY_NAME[name], list(group)
        out.print(f"[{COLOURS[rule.severity]}]{rule.severity}[/] [bold]{name}[/bold] ({len(those)})", highlight=False)
        _teach(rule)
        for finding in those[:most]:
            where = f"{finding.path}:{finding.line}"
            out.print(f"  {where}: {finding.message}", markup=False, highlight=False, soft_wrap=True)
        if most and len(those) > most:
            out.print(f"  and {len(those) - most} more: ondap lint --rule {name}", style="dim", highlight=False)
        out.print()
    said = in_words(counted(findings))
    out.print(f"{said}." if said else "Nothing to look at.", highlight=False)

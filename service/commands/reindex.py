"""`ondap reindex`: the FAQ file to a published index."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..knowledge.lint.linting import in_words
from ..retrieval.build import Build
from ..retrieval.building import rollback as roll_back
from ..retrieval.freshness import why_stale
from ..retrieval.recipe import configured_recipes
from .building import build_index
from .console import err, explained, fail, print_json, settings_or_exit

if TYPE_CHECKING:
    from ..settings import Settings


def reindex(
    faq: Annotated[Path | None, typer.Option(help="The FAQ, .yaml or .jsonl.")] = None,
    var: Annotated[Path | None, typer.Option(help="Where the index is kept.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether it is stale: exit status 1.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Let the version before serve again.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Publish a new version although nothing changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Embed what has changed in the FAQ and publish a new index; a running service takes it up by itself.

    Exit status: 0 done or up to date, 1 stale (with --check), 2 something to fix, 3 another build is running.

    Examples: `ondap reindex`, `ondap reindex --check`, `ondap reindex --rollback`.
    """
    if check + rollback + force > 1:
        fail("Only one of --check, --rollback and --force at a time.")
    settings = settings_or_exit(faq_path=faq, var_dir=var)
    with explained():
        if check:
            _check(settings, as_json=as_json)
        elif rollback:
            version = roll_back(settings.var_dir)
            print_json({"version": version}) if as_json else err.print(f"Index {version} serves again.")
        else:
            _build(settings, force=force, as_json=as_json)


def _check(settings: Settings, *, as_json: bool) -> None:
    async def reason() -> str | None:
        async with configured_recipes(settings) as recipes:
            return why_stale(Build.configured(settings, recipes))

    stale = asyncio.run(reason())
    if as_json:
        print_json({"stale": stale is not None, "reason": stale})
    else:
        err.print(stale or "The index is up to date.", markup=False, soft_wrap=True)
    if stale:
        raise typer.Exit(1)


def _build(settings: Settings, *, force: bool, as_json: bool) -> None:
    result = asyncio.run(build_index(settings, force=force))
    for warning in result.warnings:
        err.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    if as_json:
        print_json(asdict(result))
    elif result.published:
        err.print(
            f"Published {result.version}: {result.entries} entries, {result.phrasings} phrasings, "
            f"{result.embedded} texts embedded, {result.reused} reused, {result.seconds:.1f} s."
        )
    else:
        err.print(f"Index {result.version} is up to date ({result.entries} entries).")
    if result.findings and (grave := in_words(result.findings, ("error", "warning"))):
        err.print(f"{grave} in {settings.faq_path}: run `ondap lint`", style="yellow", markup=False, soft_wrap=True)

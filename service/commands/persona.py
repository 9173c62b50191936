"""`ondap persona`: whether the personas can be used, which there are, and what exactly a model would be told."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import PersonaError
from ..generation.persona.checking import check as look_over
from ..generation.persona.checking import refused
from ..generation.persona.fitting import cost_of
from ..generation.persona.personas import load_persona, persona_folders
from ..knowledge.faq import load_faq
from .console import explained, fail, out, print_json, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..generation.completion import CompletionRequest
    from ..generation.persona.checking import Checked
    from ..knowledge.entry import FaqEntry
    from ..settings import Settings

persona = typer.Typer(
    name="persona",
    help="Check, list and show the personas a completion speaks with.\n\n"
    'Examples: `ondap persona check --strict`, `ondap persona show --question "환불 언제 돼요?"`.',
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
COLOURS = {"error": "red", "warning": "yellow"}

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@persona.command()
def check(
    name: Annotated[str | None, typer.Argument(help="Only this persona; otherwise all of them.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load, render and look over personas: in each language, with sample facts and a question that gives orders.

    Exit status: 0 fine, 1 a persona cannot be used (with --strict: or something was found), 2 there is no such persona.

    Examples: `ondap persona check`, `ondap persona check customer_support --strict`, `ondap persona check --json`.
    """
    settings = settings_or_exit()
    checked = [_checked(each, settings) for each in _names(name, settings)]
    if as_json:
        print_json([asdict(each) for each in checked])
    else:
        for each in checked:
            _print(each)
    found = {remark.severity for each in checked for remark in each.remarks}
    if "error" in found or (strict and found):
        raise typer.Exit(1)


@persona.command("list")
def list_personas(as_json: AsJson = False) -> None:
    """Which personas there are, and the file each is read from. `*` marks the one that is spoken with.

    Examples: `ondap persona list`, `ondap persona list --json`.
    """
    settings = settings_or_exit()
    rows = [
        {"name": name, "file": str(folder / f"{name}.j2"), "default": name == settings.persona}
        for name, folder in persona_folders(settings.templates_dir).items()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        _line(f"{'*' if row['default'] else ' '} {row['name']}  {row['file']}")


@persona.command()
def show(
    name: Annotated[str | None, typer.Argument(help="The persona; otherwise the one that is spoken with.")] = None,
    question: Annotated[str, typer.Option(help="What a visitor asks.")] = "반품은 어떻게 하나요?",
    locale: Annotated[Literal["ko", "en"], typer.Option(help="The visitor's language.")] = "ko",
    entry: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A FAQ entry it is told; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print exactly what a model would be sent, without sending it.

    Examples: `ondap persona show --question "환불 언제 돼요?" --entry refund-when`,
    `ondap persona show json_extractor --locale en --json`.
    """
    settings = settings_or_exit()
    with explained():
        loaded = load_persona(name or settings.persona, settings)
        asked = loaded.request(question, locale=locale, entries=_entries(settings, entry or ()), history=[])
    if as_json:
        print_json(_data(asked))
        return
    for message in asked.messages:
        _line(f"[{message.role}]")
        _line(f"{message.content}\n")
    _line(f"about {cost_of(asked.messages):,} tokens, and at most {loaded.answer_tokens:,} for the answer")


def _names(name: str | None, settings: Settings) -> list[str]:
    folders = persona_folders(settings.templates_dir)
    if name is not None and name not in folders:
        fail(f"There is no persona {name!a}. There are: {', '.join(folders)}.")
    return [name] if name else list(folders)


def _checked(name: str, settings: Settings) -> Checked:
    try:
        return look_over(load_persona(name, settings))
    except PersonaError as error:
        return refused(name, error)


def _print(checked: Checked) -> None:
    tokens = ", ".join(f"{locale} about {count:,} tokens" for locale, count in checked.tokens.items())
    state = "cannot be used" if not checked.tokens else tokens
    _line(f"{checked.persona}: {state}{'' if checked.remarks else ', fine'}")
    for remark in checked.remarks:
        out.print(f"  {remark.severity}", style=COLOURS[remark.severity], end=" ", highlight=False)
        _line(remark.message)


def _entries(settings: Settings, ids: Sequence[str]) -> list[FaqEntry]:
    if not ids:
        return []
    entries = {entry.id: entry for entry in load_faq(settings.faq_path).entries}
    for wanted in ids:
        if wanted not in entries:
            raise typer.BadParameter(f"There is no entry '{wanted}' in the FAQ.")
    return [entries[wanted] for wanted in ids]


def _data(asked: CompletionRequest) -> dict[str, object]:
    return {
        "messages": [{"role": message.role, "content": message.content} for message in asked.messages],
        "sampling": asdict(asked.sampling),
        "response_format": dict(asked.response_format) if asked.response_format else None,
        "model": asked.model,
    }


def _line(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)

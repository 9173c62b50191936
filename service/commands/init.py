"""`ondap init`: a starter FAQ and settings in an empty folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..resources import bundled
from .console import fail, out

STARTER = {
    "templates/starter/faq.yaml": "data/faq.yaml",
    "data/synonyms.yaml": "data/synonyms.yaml",
    "templates/starter/env": ".env",
}
"""Bundled file -> where it is written."""


def init(folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path()) -> None:
    """Write a starter FAQ and synonyms (in data/) and settings (.env) into a folder; touch nothing that is there.

    Examples: `ondap init`, `ondap init my-shop && cd my-shop && ondap serve`.
    """
    targets = {_bundled_file(name): folder / target for name, target in STARTER.items()}
    present = [target for target in targets.values() if target.exists()]
    if present:
        fail(f"{present[0]} is there already. Choose an empty folder, or move it away.")
    for template, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(template.read_bytes())
        out.print(f"wrote {target}", markup=False, highlight=False)
    out.print("Write your questions and answers into data/faq.yaml, then run: ondap serve", highlight=False)


def _bundled_file(name: str) -> Path:
    top, _, rest = name.partition("/")
    return bundled(top) / rest

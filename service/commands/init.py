"""`ondap init`: a starter FAQ and settings in an empty folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..resources import bundled
from .console import fail, out

STARTER = {"faq.yaml": "data/faq.yaml", "env": ".env"}


def init(folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path()) -> None:
    """Write a starter FAQ (data/faq.yaml) and settings (.env); nothing that is there already is touched.

    Examples: `ondap init`, `ondap init my-shop && cd my-shop && ondap serve`.
    """
    targets = {bundled("templates") / "starter" / name: folder / target for name, target in STARTER.items()}
    present = [target for target in targets.values() if target.exists()]
    if present:
        fail(f"{present[0]} is there already. Choose an empty folder, or move it away.")
    for template, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(template.read_bytes())
        out.print(f"wrote {target}", markup=False, highlight=False)
    out.print("Write your questions and answers into data/faq.yaml, then run: ondap serve", highlight=False)

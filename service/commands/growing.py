"""What `learn` and `expand` share: a patch handed over for review, or written into the FAQ when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..errors import OperatorError
from ..knowledge.additions import FaqText, apply, as_patch, with_additions
from .console import err

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..knowledge.additions import Addition


@dataclass(frozen=True, slots=True)
class HandOver:
    """Where additions go: into the FAQ with `apply`, into the file `patch`, else to standard output."""

    patch: Path | None
    apply: bool
    as_json: bool

    def __call__(self, before: FaqText, additions: Sequence[Addition]) -> str:
        """The patch, after it went where it should; empty where there is nothing to add."""
        after = with_additions(before, additions)
        patch = as_patch(_seen_from_here(before.faq.path), before.text, after.text)
        if self.patch:
            _write(self.patch, patch)
        if self.apply and patch:
            apply(before, after)
            err.print(f"{before.faq.path} now has them. Run `ondap reindex` to publish.", markup=False, soft_wrap=True)
        elif self.patch and patch:
            err.print(f"Look at {self.patch}, then: git apply {self.patch}", markup=False, soft_wrap=True)
        elif patch and not self.as_json:
            typer.echo(patch.encode(), nl=False)  # bytes: a patch ends its lines as the file does
        return patch


def _seen_from_here(path: Path) -> Path:
    """The file's name for `git apply`; from the folder it is in where that is not below this one."""
    here = Path.cwd().resolve()
    there = path.absolute()
    return there.relative_to(here) if there.is_relative_to(here) and ".." not in there.parts else Path(path.name)


def _write(path: Path, patch: str) -> None:
    try:
        path.write_bytes(patch.encode())
    except OSError as error:
        raise OperatorError(f"{path} cannot be written ({error.strerror}). Name another file.") from error

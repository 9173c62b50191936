"""HTML from templates: whatever is filled in is text, so nothing anybody typed becomes part of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from pathlib import Path


class Pages:
    """The templates of one folder. A name that is not given is an error, not a gap."""

    def __init__(self, folder: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )

    def render(self, name: str, **values: Any) -> str:
        return self._environment.get_template(name).render(values)

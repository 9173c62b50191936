"""The demo shop: one template, its style and its script, any of which a team may replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from ..pages import Pages
from ..resources import template_file

if TYPE_CHECKING:
    from pathlib import Path

    from ..settings import Settings


class Demo:
    """The demo shop's page and its files. A service that shows none answers 404."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pages = Pages(template_file("pages/demo.html", settings.templates_dir).parent)

    def page(self, locale: str | None) -> str:
        if not self._settings.demo:
            raise HTTPException(404)
        return self._pages.render("demo.html", locale=locale or self._settings.locale)

    def file(self, name: str) -> Path:
        if not self._settings.demo:
            raise HTTPException(404)
        return template_file(f"pages/{name}", self._settings.templates_dir)


def _demo(request: Request) -> Demo:
    demo: Demo = request.app.state.demo
    return demo


TheDemo = Annotated[Demo, Depends(_demo)]

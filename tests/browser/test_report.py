"""The evaluation report in a browser: legible, accessible, silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from service.commands.report import render
from tests.commands.test_report import measured

from . import axe

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.mark.parametrize("locale", ["ko", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 320])
def test_it_can_be_read_by_everybody_and_asks_for_nothing(
    browser: Browser, tmp_path: Path, locale: Literal["ko", "en"], scheme: Literal["light", "dark"], width: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(measured(target=0.95), locale=locale, templates_dir=None), encoding="utf-8")
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(path.as_uri())
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (asked, said) == ([path.as_uri()], [])

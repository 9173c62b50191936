"""axe-core as its Python package carries it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCRIPT = files("axe_playwright_python").joinpath("axe.min.js")


def violations(page: Page) -> list[str]:
    """What axe finds wrong on the page, open shadow roots included: rule and element, one line each."""
    page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in result["violations"] for node in rule["nodes"]]

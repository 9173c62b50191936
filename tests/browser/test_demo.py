"""The demo shop: what a stranger sees first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from . import axe
from .guest import Guest

if TYPE_CHECKING:
    from .scripted import Scripted


@pytest.fixture
def shop(page: Page, server: Scripted, complaints: list[str]) -> Guest:
    page.goto("/")
    assert complaints == []
    return Guest(page, server)


def test_a_question_of_the_page_is_asked_in_the_chat(shop: Guest) -> None:
    shop.page.get_by_role("button", name="반품은 어떻게 하나요?").click()
    expect(shop.questions).to_have_text(["반품은 어떻게 하나요?"])
    expect(shop.words).to_contain_text("답이에요.")


def test_the_other_language_is_one_press_away_and_the_conversation_comes_along(shop: Guest) -> None:
    shop.page.get_by_role("button", name="배송비는 얼마인가요?").click()
    expect(shop.words).to_contain_text("답이에요.")
    shop.page.set_viewport_size({"width": 1400, "height": 900})  # the shop's links are beside the panel
    shop.page.get_by_role("link", name="English").click()
    expect(shop.page.get_by_role("heading", name="Ask away")).to_be_visible()
    expect(shop.page.locator("html")).to_have_attribute("lang", "en")
    expect(shop.questions).to_have_text(["배송비는 얼마인가요?"])
    expect(shop.answer.locator(".source")).to_have_text("FAQ answer · confident")
    shop.page.get_by_role("link", name="한국어").click()
    expect(shop.page.locator("html")).to_have_attribute("lang", "ko")


def test_nothing_comes_from_anywhere_else(page: Page, server: Scripted, base_url: str) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto("/")
    Guest(page, server).open()
    assert [url for url in requested if not url.startswith((base_url, "data:"))] == []


@pytest.mark.parametrize("path", ["/", "/?lang=en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_shop(page: Page, server: Scripted, path: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.goto(path)
    assert axe.violations(page) == []


@pytest.mark.parametrize("width", [320, 560, 860, 1280])
def test_no_width_makes_it_scroll_sideways(shop: Guest, width: int) -> None:
    shop.page.set_viewport_size({"width": width, "height": 800})
    assert shop.evaluate("document.documentElement.scrollWidth") <= width


def test_the_widget_moves_nothing_on_the_page(page: Page, server: Scripted) -> None:
    page.goto("/")
    Guest(page, server).open()
    shifts = page.evaluate(
        """() => new Promise((resolve) => {
          const observer = new PerformanceObserver((list) => resolve(list.getEntries().map((entry) => entry.value)));
          observer.observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve([]), 100);
        })"""
    )
    assert sum(shifts) == 0


def test_the_page_has_no_inline_script_or_style(page: Page, server: Scripted) -> None:
    html = page.request.get("/").text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)

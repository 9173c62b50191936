"""The widget as a visitor sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from .scripted import Scripted

RESET = "Failed to load resource: net::ERR_INCOMPLETE_CHUNKED_ENCODING"
GONE = "Failed to load resource: the server responded with a status of 404 (Not Found)"
BUSY = "Failed to load resource: the server responded with a status of 503 (Service Unavailable)"
LIMITED = "Failed to load resource: the server responded with a status of 429 (Too Many Requests)"
UNPROCESSABLE = "Failed to load resource: the server responded with a status of 422"
UNREACHABLE = "Failed to load resource: net::ERR_FAILED"
OFFLINE = "Failed to load resource: net::ERR_INTERNET_DISCONNECTED"


class Guest:
    """Drives the widget by what it shows. Playwright looks into open shadow roots by itself."""

    def __init__(self, page: Page, server: Scripted) -> None:
        self.page = page
        self.server = server
        self.expected_complaints: set[str] = set()

    @property
    def bubble(self) -> Locator:
        return self.page.locator("ondap-widget .bubble")

    @property
    def panel(self) -> Locator:
        return self.page.locator("ondap-widget .panel")

    @property
    def field(self) -> Locator:
        return self.panel.locator("textarea")

    @property
    def questions(self) -> Locator:
        return self.panel.locator(".question p")

    @property
    def answer(self) -> Locator:
        """The newest answer."""
        return self.panel.locator(".answer").last

    @property
    def words(self) -> Locator:
        """The newest answer's words, without source, notices and buttons."""
        return self.answer.locator(".body")

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name)

    def expect_complaints(self, *texts: str) -> None:
        """The browser itself reports failed loads; name those that the test causes."""
        self.expected_complaints |= set(texts)

    def open(self) -> None:
        self.bubble.click()
        expect(self.panel).to_be_visible()

    def ask(self, text: str) -> None:
        self.field.fill(text)
        self.button("보내기").click()

    def reload(self) -> None:
        self.page.reload()

    def evaluate(self, expression: str, argument: Any = None) -> Any:
        return self.page.evaluate(expression, argument)

    def hear(self) -> None:
        """Note from now on what the live region says; read it with `heard`."""
        self.evaluate(
            """() => {
              window.heard = [];
              const live = document.querySelector("ondap-widget").shadowRoot.querySelector("[aria-live]");
              new MutationObserver((changes) => changes.forEach((change) =>
                change.addedNodes.forEach((node) => window.heard.push(node.textContent))))
                .observe(live, { childList: true });
            }"""
        )

    def heard(self) -> list[str]:
        return list(self.evaluate("window.heard"))

    def focused(self) -> str:
        """Class or id of the element that has the focus, inside the widget or on the page."""
        return str(
            self.evaluate(
                """() => {
                  const inside = document.querySelector("ondap-widget").shadowRoot.activeElement;
                  const element = inside ?? document.activeElement;
                  return element.className || element.id || element.localName;
                }"""
            )
        )

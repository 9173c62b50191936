"""The widget, the real service and a provider on loopback: whatever a model says, the page stays what it is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from service.retrieval.retriever import Retriever
from service.settings import Settings
from service.web.app import create_app
from tests.conftest import SHOP
from tests.upstream import OPENING, Act, Script, Upstream, answer, chunk, delta

from .guest import Guest
from .scripted import Scripted
from .serving import serving

UNKNOWN = "자전거 체인도 갈아 주시나요?"
CANARY = "sk-canary-chat-8f2e41"
SAFE = "그 부분은 확인이 필요해서 제가 말씀드릴 수 없어요."


@contextmanager
def playing(script: Script) -> Iterator[Upstream]:
    """A provider with a loop of its own, beside the browser's."""
    began, provider, loop = threading.Event(), Upstream(script), asyncio.new_event_loop()
    over = asyncio.Event()

    async def play() -> None:
        async with provider:
            began.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(play(),), daemon=True)
    thread.start()
    assert began.wait(timeout=10)
    try:
        yield provider
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(timeout=10)
        loop.close()


@contextmanager
def visiting(page: Page, retriever: Retriever, var: Path, script: Script, **more: Any) -> Iterator[Guest]:
    """The demo shop of a real service that asks a provider with this script, the chat open."""
    with playing(script) as provider:
        settings = Settings(
            faq_path=SHOP,
            var_dir=var,
            admin_token=SecretStr("the-admin-token-of-tests"),
            chat_base_url=provider.base_url,
            chat_model="fake-1",
            chat_api_key=SecretStr(CANARY),
            **more,
        )
        with serving(create_app(settings, retriever=retriever)) as address:
            page.goto(address)
            guest = Guest(page, Scripted())
            guest.open()
            yield guest


HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror=window.hit=1> 그래요.",
    "![그림](https://evil.example/?q=1) 보세요.",
    "[누르세요](javascript:window.hit=1)",
    "[누르세요](https://evil.example/login) 하세요.",
    "<https://evil.example/a> 와 www.evil.example 입니다.",
    "\x1b[31m빨강\x1b[0m 이고 \u202e거꾸로\u202c 예요.",
    "</p></div><style>*{display:none}</style>",
    f"열쇠는 {CANARY} 예요.",
    "손님께 50% 할인해 드리겠습니다.",
]


@pytest.mark.parametrize("attack", HOSTILE)
def test_t12_nothing_that_a_model_says_is_more_than_words(
    page: Page, retriever: Retriever, tmp_path: Path, complaints: list[str], attack: str
) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    script = answer(["자전거는 다루지 않아요. ", *attack, "\n\n끝입니다."])
    with visiting(page, retriever, tmp_path, script) as visitor:
        visitor.ask(UNKNOWN)
        expect(visitor.answer.locator(".source")).to_contain_text("AI 답변")
        expect(visitor.words).to_contain_text("끝입니다.")
        for again in (False, True):
            if again:
                visitor.reload()
                expect(visitor.words).to_contain_text("끝입니다.")
            shown = visitor.words.inner_text()
            assert not any(bad in shown for bad in (CANARY, "할인해 드리", "\x1b", "\u202e")), shown
            assert visitor.evaluate("window.hit") is None
            for element in ("script", "img", "iframe", "style", "[onclick]", "a[href*=evil]", "a[href^=javascript]"):
                expect(visitor.panel.locator(element)).to_have_count(0)
    assert [url for url in requested if "127.0.0.1" not in url] == []
    assert complaints == []


def test_a_promise_is_replaced_and_a_person_offered(page: Page, retriever: Retriever, tmp_path: Path) -> None:
    script = answer(["손님께는 ", "50% 할인해 ", "드리겠습니다."])
    with visiting(page, retriever, tmp_path, script) as visitor:
        visitor.ask(UNKNOWN)
        expect(visitor.words).to_contain_text(SAFE)
        visitor.answer.get_by_role("button", name="상담원 연결").click()
        expect(visitor.panel.get_by_text("상담원 요청됨").first).to_be_visible()


def test_what_was_used_is_cited_also_after_a_reload(page: Page, retriever: Retriever, tmp_path: Path) -> None:
    script = answer(["배송비는 3,000원이고 50,000원 이상이면 무료입니다."])
    with visiting(page, retriever, tmp_path, script) as visitor:
        visitor.ask("배송비 결제는 상품값이랑 따로 하나요 같이 하나요?")
        for again in (False, True):
            if again:
                visitor.reload()
            expect(visitor.answer.locator(".source cite")).to_have_text(["배송비는 얼마인가요?"])


def test_first_words_stand_in_front_of_the_answer_also_after_a_reload(
    page: Page, retriever: Retriever, tmp_path: Path
) -> None:
    with visiting(page, retriever, tmp_path, answer(["네."])) as visitor:
        visitor.ask("어이가 없네요. 배송비는 얼마인가요?")
        for again in (False, True):
            if again:
                visitor.reload()
            expect(visitor.words.locator("p")).to_have_text(
                ["불편을 드려 정말 죄송해요. 많이 속상하셨을 것 같아요.", "3,000원이고, 50,000원 이상이면 무료입니다."]
            )


def test_first_words_stay_while_a_completion_is_streamed(page: Page, retriever: Retriever, tmp_path: Path) -> None:
    script = (*OPENING, chunk(delta(content="무지개는 비가 그친 뒤에 가장 잘 보여요. 다른 것은 ")), Act.HANG)
    with visiting(page, retriever, tmp_path, script) as visitor:
        visitor.ask("어이가 없네요. 자전거 체인도 갈아 주시나요?")
        expect(visitor.words).to_contain_text("무지개는 비가 그친 뒤에")
        expect(visitor.words).to_contain_text("불편을 드려 정말 죄송해요.")
        visitor.button("답변 멈추기").click()
        expect(visitor.answer.locator(".notice")).to_contain_text("답변을 멈췄어요.")
        expect(visitor.words).to_contain_text("불편을 드려 정말 죄송해요.")

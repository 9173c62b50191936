"""The widget and the real service together: the small shop's index, a real SQLite file, a model that is scripted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from service.conversation.sqlite import SqliteStore
from service.errors import UpstreamUnavailable
from service.retrieval.retriever import Retriever
from service.settings import Settings
from service.web.app import create_app
from tests.conftest import SHOP, finished
from tests.fakes import FakeCompleter

from .guest import Guest
from .scripted import Scripted
from .serving import serving

UNSURE = "비밀번호 반품"
"""As near to one entry as to another."""

UNKNOWN = "자전거 체인도 갈아 주시나요?"


@pytest.fixture
def completer() -> FakeCompleter:
    return FakeCompleter("자전거는 ", "다루지 ", "않아요.")


@pytest.fixture
def visitor(
    page: Page, retriever: Retriever, completer: FakeCompleter, tmp_path: Path, complaints: list[str]
) -> Iterator[Guest]:
    settings = Settings(faq_path=SHOP, var_dir=tmp_path, admin_token=SecretStr("the-admin-token-of-tests"))
    with serving(create_app(settings, retriever=retriever, completer=completer)) as address:
        page.goto(address)
        guest = Guest(page, Scripted())
        guest.open()
        yield guest
    assert complaints == []


def test_a_faq_answer_shows_its_words_its_source_and_how_sure_it_is(visitor: Guest) -> None:
    visitor.ask("반품은 어떻게 하나요?")
    expect(visitor.words).to_contain_text("받은 날부터 7일 안에 신청해 주세요.")
    expect(visitor.answer.get_by_role("link", name="주문내역")).to_have_attribute("href", "https://example.com/orders")
    expect(visitor.answer.locator(".source")).to_contain_text("FAQ 답변 · 확실")
    expect(visitor.answer.locator(".source cite")).to_have_text("반품은 어떻게 하나요?")


def test_a_completion_is_streamed_and_labelled(visitor: Guest) -> None:
    visitor.ask(UNKNOWN)
    expect(visitor.words).to_have_text("자전거는 다루지 않아요.")
    expect(visitor.answer.locator(".source")).to_contain_text("AI 답변")


def test_stop_stops_the_model(visitor: Guest, completer: FakeCompleter) -> None:
    completer.pieces, completer.end = ("무지개는 ", "비가 ", "그친 "), None
    visitor.ask(UNKNOWN)
    expect(visitor.words).to_contain_text("비가")
    visitor.button("답변 멈추기").click()
    expect(visitor.answer.locator(".notice")).to_contain_text("답변을 멈췄어요.")
    visitor.ask("배송비는 얼마인가요?")
    expect(visitor.words).to_contain_text("3,000원")
    assert completer.stopped


def test_a_person_is_called_and_the_conversation_survives_a_reload(visitor: Guest) -> None:
    visitor.ask("배송비는 얼마인가요?")
    expect(visitor.words).to_contain_text("3,000원")
    visitor.panel.get_by_role("button", name="상담원 연결").first.click()
    expect(visitor.panel.get_by_text("상담원 요청됨").first).to_be_visible()
    visitor.reload()
    expect(visitor.panel.get_by_text("상담원 요청됨").first).to_be_visible()
    expect(visitor.words).to_contain_text("3,000원")


def test_a_thumb_is_taken(visitor: Guest) -> None:
    visitor.ask("배송비는 얼마인가요?")
    visitor.button("도움이 됐어요").click()
    expect(visitor.panel.get_by_text("의견 고맙습니다.").first).to_be_attached()


def test_a_suggestion_is_picked_answered_and_kept_as_a_label(
    visitor: Guest, completer: FakeCompleter, tmp_path: Path
) -> None:
    completer.pieces, completer.end = (), UpstreamUnavailable("down")
    visitor.ask(UNSURE)
    expect(visitor.answer.get_by_text("혹시 이 질문인가요?")).to_be_visible()
    visitor.reload()
    visitor.button("반품은 어떻게 하나요?").click()
    expect(visitor.words).to_contain_text("받은 날부터 7일 안에 신청해 주세요.")
    expect(visitor.answer.locator(".source")).to_contain_text("FAQ 답변 · 확실")
    expect(visitor.questions).to_have_text([UNSURE, "반품은 어떻게 하나요?"])
    store = SqliteStore.open(tmp_path / "ondap.sqlite", read_only=True)
    (label,) = finished(store.labels())
    finished(store.close())
    assert (label.question, label.entry_id, label.kind, label.times) == (UNSURE, "refund", "picked", 1)

"""Who speaks: what a widget that is being opened is told, and who may be named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.errors import PersonaError, SettingsError
from service.generation.persona.personas import load_personas
from service.settings import Settings
from tests.fakes import FakeCompleter

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from .conftest import Open


def own(folder: Path, text: str, name: str = "own") -> Path:
    (folder / "persona").mkdir(exist_ok=True)
    (folder / "persona" / f"{name}.j2").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("query", "greeting"),
    [("?locale=ko", "안녕하세요! 궁금한 점을 편하게 물어보세요."), ("?locale=en", "Hello! Ask us anything.")],
)
def test_a_widget_is_told_the_greeting(client: TestClient, query: str, greeting: str) -> None:
    told = client.get(f"/api/persona{query}")
    assert told.json()["greeting"] == greeting
    assert told.headers["cache-control"] == "public, max-age=300"
    assert client.get("/api/persona").json() == client.get("/api/persona?locale=ko").json()
    assert client.get("/api/persona?locale=fr").status_code == 422


def test_a_site_that_carries_the_widget_may_read_it_and_no_other(opened: Open) -> None:
    client = opened(allowed_origins=("https://shop.example",))
    allowed = client.get("/api/persona", headers={"Origin": "https://shop.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Origin" in allowed.headers["vary"], "or a cache would give one site what is another's"
    assert "access-control-allow-origin" not in client.get("/api/persona").headers


def test_a_persona_without_a_greeting_leaves_it_to_the_widget(opened: Open, tmp_path: Path) -> None:
    client = opened(templates_dir=own(tmp_path, "You are us."), persona="own")
    assert client.get("/api/persona?locale=ko").json() == {"name": "own", "greeting": None}


def test_only_personas_that_the_operator_lets_speak_can_be_named(opened: Open) -> None:
    """Each has its own rules, so a visitor could otherwise pick the one that may promise more."""
    completer = FakeCompleter("힌트예요.")
    asked = {"message": "양자 컴퓨터는 어떻게 움직이나요", "persona": "code_teacher"}
    assert opened(completer=completer).post("/api/chat", json=asked).json()["code"] == "unknown_persona"
    client = opened(completer=completer, personas=("code_teacher",), shop_name="달무리상점")
    assert client.post("/api/chat", json=asked).json()["source"] == "model"
    [request] = completer.requests
    assert request.sampling.max_tokens == 900
    assert "달무리상점의 프로그래밍 선생님" in request.messages[0].content


def test_a_broken_persona_stops_the_start_with_file_line_and_key(tmp_path: Path) -> None:
    folder = own(tmp_path, "---\nname: a\ngreting: b\n---\nx")
    with pytest.raises(PersonaError, match=r"own\.j2:3: persona: unknown field 'greting'"):
        load_personas(Settings(templates_dir=folder, persona="own"))
    assert list(load_personas(Settings(templates_dir=folder))) == ["customer_support"]


@pytest.mark.parametrize("chosen", [{"persona": "nobody"}, {"personas": ("code_teacher", "nobody")}])
def test_a_name_without_a_file_is_refused_by_its_variable(chosen: dict[str, object]) -> None:
    [name] = chosen
    with pytest.raises(SettingsError, match=rf"ONDAP_{name.upper()}: there is no such persona\. There are: code_t"):
        load_personas(Settings(**chosen))  # type: ignore[arg-type]

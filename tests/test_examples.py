"""The examples do what they say, against a real service. Gradio, Streamlit and React themselves are not needed here."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from shutil import which
from types import ModuleType
from typing import Any

import httpx2
import openai
import pytest

from tests.fakes import FakeCompleter
from tests.web.listening import Listen, listen  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
KNOWN = "배송비는 얼마인가요?"
UNKNOWN = "자전거 체인도 갈아 주시나요?"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def url(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    """Where a service answers; the examples are told by their environment."""
    address = listen(completer=FakeCompleter("네, ", "무지개가 보여요.")).removesuffix("/v1")
    monkeypatch.setenv("ONDAP_URL", address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return address


def test_the_gradio_example_asks_and_says_where_the_answer_comes_from(url: str) -> None:
    module = example("gradio_app")
    with module.connect() as client:
        *_, (text, about) = module.ask(client, KNOWN, None)
        assert text == "3,000원이고, 50,000원 이상이면 무료입니다."
        assert re.fullmatch(r"FAQ · 배송비는 얼마인가요\? · \d+%", module.source_of(about))
        said = list(module.ask(client, UNKNOWN, about["conversation_id"]))
        assert said[-1][0] == "네, 무지개가 보여요."
        assert said[-1][1]["conversation_id"] == about["conversation_id"]
        assert module.source_of(said[-1][1]) == "AI"


def test_the_streamlit_example_asks_and_says_where_the_answer_comes_from(url: str) -> None:
    module = example("streamlit_app")
    about: dict[str, Any] = {}
    with module.connect() as client:
        assert "".join(module.ask(client, KNOWN, None, about)) == "3,000원이고, 50,000원 이상이면 무료입니다."
        assert module.source_of(about).startswith("FAQ · 배송비는 얼마인가요?")
        with pytest.raises(openai.APIError):
            list(module.ask(client, "?!", None, about))


CHUNK = 'data: {"id": "1", "choices": [{"index": 0, "delta": {"content": "반쪽"}, "finish_reason": null}]}\n\n'


def closes_as_if_all_was_said(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, text=CHUNK, request=request)


@pytest.mark.parametrize("name", ["gradio_app", "streamlit_app"])
def test_half_an_answer_is_not_shown_as_one(name: str) -> None:
    transport = httpx2.MockTransport(closes_as_if_all_was_said)
    with openai.OpenAI(
        api_key="k", base_url="http://shop.test/v1", http_client=httpx2.Client(transport=transport)
    ) as client:
        said = example(name).ask(client, KNOWN, None, *([{}] if name == "streamlit_app" else []))
        assert "반쪽" in next(said)
        with pytest.raises(openai.APIError):
            list(said)


def node() -> str:
    found = which("node")
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("needs node; scripts/test installs it")
    pytest.skip("needs node; scripts/test installs it")


def test_the_core_of_the_react_example_streams_retries_and_stops(url: str) -> None:
    ended = subprocess.run(
        [node(), "tests/node/react.mjs", url, KNOWN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    answer = "3,000원이고, 50,000원 이상이면 무료입니다."
    assert (seen["plain"]["names"], seen["plain"]["text"]) == (["meta", "block", "done"], answer)
    assert seen["unlucky"]["names"] == ["meta", "block", "again", "meta", "block", "done"]
    assert seen["unlucky"]["text"] == answer
    assert (seen["tries"], seen["keys"]) == (4, 1), "one key, however often it is tried"
    assert seen["waits"][0] < 1
    assert 2 <= seen["waits"][1] < 3, "as told by Retry-After"
    assert seen["refused"]["error"]["code"] == "empty_question"
    assert seen["away"]["error"] == {"name": "OndapError", "code": "unavailable"}
    assert seen["stopped"]["error"]["name"] == "AbortError"
    assert (seen["pauses"], seen["told"]) == ([1, 2, 4, 8], 7)


@pytest.mark.skipif(not which("curl"), reason="needs curl")
def test_every_curl_line_is_answered(url: str) -> None:
    blocks = re.findall(r"```sh\n(curl.*?)```", (EXAMPLES / "curl.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        command = block.replace("$ONDAP_URL", url).replace("$(cat /proc/sys/kernel/random/uuid)", "k" * 36)
        ended = subprocess.run(
            shlex.split(command.replace("\\\n", " ")), capture_output=True, text=True, timeout=30, check=True
        )
        assert any(sign in ended.stdout for sign in ('"complete": true', '"complete":true', '"object":"list"')), (
            ended.stdout
        )

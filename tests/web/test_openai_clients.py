"""The real SDKs of OpenAI as clients, over a real connection."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from tests.fakes import FakeCompleter
from tests.upstream import Upstream, answer, faulty

from .listening import Listen, listen  # noqa: F401 - a fixture

KNOWN = "배송은 얼마나 걸리나요?"
UNKNOWN = "자전거 체인도 갈아 주시나요?"
ENDLESS = answer([f"조각{number} " for number in range(500)], interval_seconds=0.05)
NODE = Path(__file__).parents[1] / "node"


def asked(question: str, **more: Any) -> dict[str, Any]:
    return {"model": "ondap", "messages": [{"role": "user", "content": question}], **more}


@asynccontextmanager
async def client_of(url: str, key: str = "a-key-that-nobody-checks") -> AsyncIterator[openai.AsyncOpenAI]:
    transport = openai.DefaultAsyncHttpxClient(trust_env=False)
    async with openai.AsyncOpenAI(base_url=url, api_key=key, max_retries=0, http_client=transport) as client:
        yield client


def test_python_in_turn(listen: Listen) -> None:  # noqa: F811
    transport = openai.DefaultHttpxClient(trust_env=False)
    with openai.OpenAI(base_url=listen(), api_key="any", max_retries=0, http_client=transport) as client:
        said = client.chat.completions.create(**asked(KNOWN))
        assert said.choices[0].message.content is not None
        assert said.choices[0].message.content.startswith("결제 후 **1~2영업일** 안에 출고합니다.")
        assert said.choices[0].finish_reason == "stop"
        assert said.usage is not None
        assert said.usage.total_tokens == 0
        assert said.model_extra is not None
        assert (said.model_extra["ondap"]["source"], said.model_extra["ondap"]["entry_id"]) == ("faq", "delivery-time")
        assert [model.id for model in client.models.list()][:2] == ["ondap", "ondap/customer_support"]
        assert client.models.retrieve("ondap/customer_support").owned_by == "ondap"
        with client.chat.completions.create(**asked(KNOWN), stream=True) as stream:
            text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
        assert text == said.choices[0].message.content


async def test_python_streams_a_completion_with_its_usage(listen: Listen) -> None:  # noqa: F811
    pieces = ["네,\n", "무지개가 보여요", " 한 곡 🙂"]
    async with Upstream(answer(pieces, interval_seconds=0.02)) as provider:
        url = listen(chat_base_url=provider.base_url, chat_model="fake-1")
        async with client_of(url) as client:
            stream = await client.chat.completions.create(
                **asked(UNKNOWN), stream=True, stream_options={"include_usage": True}
            )
            chunks = [chunk async for chunk in stream]
            whole = await client.chat.completions.create(**asked(UNKNOWN))
    first, *middle, last, usage = chunks
    assert (first.choices[0].delta.role, first.choices[0].delta.content) == ("assistant", "")
    assert "".join(chunk.choices[0].delta.content or "" for chunk in middle) == "".join(pieces)
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 2) + ["stop"]
    assert usage.choices == []
    assert usage.usage is not None
    counted = usage.usage
    assert counted.completion_tokens == 5
    assert counted.total_tokens == counted.prompt_tokens + 5
    assert counted.prompt_tokens > 7, "a provider that says it read less than was sent is not believed"
    assert first.model_extra is not None
    assert last.model_extra is not None
    assert first.model_extra["ondap"]["source"] == "model"
    assert last.model_extra["ondap"]["complete"] is True
    assert len({chunk.id for chunk in chunks}) == 1
    assert whole.choices[0].message.content == "".join(pieces)
    assert whole.usage is not None
    assert whole.usage.total_tokens == counted.total_tokens


async def test_python_raises_where_an_answer_breaks_off(listen: Listen) -> None:  # noqa: F811
    """Faults 83 to 85: what breaks off must not look whole, streamed or not."""
    async with Upstream(faulty("fin mid-chunk", after=["아마 ", "가능"])) as provider:
        url = listen(chat_base_url=provider.base_url, chat_model="fake-1")
        async with client_of(url) as client:
            stream = await client.chat.completions.create(**asked(UNKNOWN), stream=True)
            chunks: list[ChatCompletionChunk] = []

            async def read() -> None:
                async for chunk in stream:
                    chunks.append(chunk)  # noqa: PERF401 - what came before the error counts

            with pytest.raises(openai.APIError) as broken:
                await read()
            with pytest.raises(openai.InternalServerError) as unavailable:
                await client.chat.completions.create(**asked(UNKNOWN))
    assert broken.value.code == "interrupted"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "아마"
    assert [chunk for chunk in chunks if chunk.choices[0].finish_reason] == []
    assert (unavailable.value.status_code, unavailable.value.code) == (503, "interrupted")


async def test_python_that_goes_away_stops_the_provider(listen: Listen) -> None:  # noqa: F811
    async with Upstream(ENDLESS) as provider:
        url = listen(chat_base_url=provider.base_url, chat_model="fake-1")
        async with client_of(url) as client:
            stream = await client.chat.completions.create(**asked(UNKNOWN), stream=True)
            async for chunk in stream:
                if chunk.choices[0].delta.content:
                    break
            assert provider.open_connections == 1
            await stream.close()
            async with asyncio.timeout(1):
                await provider.all_closed()


async def test_python_that_waits_no_longer_for_a_whole_answer_stops_the_provider(listen: Listen) -> None:  # noqa: F811
    async with Upstream(ENDLESS) as provider:
        url = listen(chat_base_url=provider.base_url, chat_model="fake-1")
        async with client_of(url) as client:
            waiting = asyncio.ensure_future(client.chat.completions.create(**asked(UNKNOWN)))
            await provider.arrived()
            waiting.cancel()
            async with asyncio.timeout(1):
                await provider.all_closed()


@pytest.mark.parametrize(
    ("changed", "kind", "code"),
    [
        ({"model": "gpt-5"}, openai.NotFoundError, "model_not_found"),
        ({"n": 2}, openai.BadRequestError, "unsupported_parameter"),
        ({"messages": []}, openai.BadRequestError, "invalid_request"),
        ({"messages": [{"role": "user", "content": "가" * 2_001}]}, openai.BadRequestError, "context_length_exceeded"),
        ({"metadata": {"conversation_id": "forged"}}, openai.NotFoundError, "unknown_conversation"),
    ],
)
async def test_python_raises_its_own_error_for_each_refusal(
    listen: Listen,  # noqa: F811
    changed: dict[str, Any],
    kind: type[openai.APIStatusError],
    code: str,
) -> None:
    async with client_of(listen()) as client:
        for stream in (False, True):
            with pytest.raises(kind) as refused:
                await client.chat.completions.create(**(asked(KNOWN) | changed), stream=stream)
            assert refused.value.code == code
            assert refused.value.request_id


async def test_python_with_a_wrong_key_is_told_so(listen: Listen) -> None:  # noqa: F811
    url = listen(api_keys="the-first-key-of-two,the-second-key-of-two")
    async with client_of(url, "not-one-of-these-keys") as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            await client.chat.completions.create(**asked(KNOWN))
        assert refused.value.code == "invalid_api_key"
    async with client_of(url, "the-second-key-of-two") as client:
        assert (await client.chat.completions.create(**asked(KNOWN))).choices[0].finish_reason == "stop"


async def test_python_is_told_when_to_come_back(listen: Listen) -> None:  # noqa: F811
    async with client_of(listen(rate_limit_per_minute=1)) as client:
        await client.chat.completions.create(**asked(KNOWN))
        with pytest.raises(openai.RateLimitError) as refused:
            await client.chat.completions.create(**asked(KNOWN))
    assert refused.value.code == "rate_limit_exceeded"
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 60


@pytest.fixture
def node() -> str:
    found = which("node")
    if found and (NODE / "node_modules" / "openai").is_dir():
        return found
    missing = "needs node and `npm ci` in tests/node; scripts/test does both"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def run_node(node: str, url: str, *arguments: str) -> Any:
    ended = subprocess.run(
        [node, "client.mjs", url, *arguments], cwd=NODE, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_node_asks_and_lists(node: str, listen: Listen) -> None:  # noqa: F811
    url = listen()
    said = run_node(node, url, "chat", KNOWN)
    assert said["choices"][0]["message"]["content"].startswith("결제 후 **1~2영업일** 안에 출고합니다.")
    assert said["ondap"]["entry_id"] == "delivery-time"
    assert run_node(node, url, "models")[:2] == ["ondap", "ondap/customer_support"]
    assert run_node(node, url, "model")["id"] == "ondap/customer_support"
    assert run_node(node, url, "helper", KNOWN)["text"] == said["choices"][0]["message"]["content"]
    assert run_node(node, url, "unknown")["error"] == {
        "name": "NotFoundError",
        "code": "model_not_found",
        "status": 404,
        "param": "model",
    }


def test_node_streams_a_completion_with_its_usage(node: str, listen: Listen) -> None:  # noqa: F811
    seen = run_node(node, listen(completer=FakeCompleter("네,\n", "무지개가 보여요 🙂")), "stream", UNKNOWN)
    assert (seen["text"], seen["reasons"]) == ("네,\n무지개가 보여요 🙂", ["stop"])
    assert seen["usage"] == {"prompt_tokens": 12, "completion_tokens": 34, "total_tokens": 46}
    assert [about.get("complete") for about in seen["ondap"]] == [None, True]
    assert "error" not in seen


async def test_node_raises_where_an_answer_breaks_off(node: str, listen: Listen) -> None:  # noqa: F811
    async with Upstream(faulty("reset", after=["아마 ", "가능"])) as provider:
        url = listen(chat_base_url=provider.base_url, chat_model="fake-1")
        seen = await asyncio.to_thread(run_node, node, url, "stream", UNKNOWN)
    assert seen["text"] == "아마"
    assert seen["error"] == {"name": "APIError", "code": "interrupted", "status": None}
    assert seen["reasons"] == []


async def test_node_that_aborts_stops_the_provider(node: str, listen: Listen) -> None:  # noqa: F811
    async with Upstream(ENDLESS) as provider:
        url = listen(chat_base_url=provider.base_url, chat_model="fake-1")
        child = await asyncio.create_subprocess_exec(
            *(node, "client.mjs", url, "abort", UNKNOWN),
            cwd=NODE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert child.stdout is not None
        async with asyncio.timeout(10):
            assert await child.stdout.readline() == b'"aborted"\n'
        async with asyncio.timeout(1):
            await provider.all_closed()
        assert child.returncode is None
        async with asyncio.timeout(10):
            await child.communicate(b"")

"""Each provider by name: what it is sent, and that its way of speaking is understood."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from service.errors import SettingsError
from service.generation.configured import completer_from, targets_from
from service.generation.tokens import Usage
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.providers import PRESETS
from service.settings import Provider, Settings
from tests.upstream import DONE, LAST_CHUNK, Upstream, chunk, event, head, usage

from .asked import Asked

if TYPE_CHECKING:
    from tests.upstream import Script

KEY = "sk-canary"
NEEDED: dict[str, dict[str, Any]] = {
    "vllm": {"chat_model": "served"},
    "lmstudio": {"chat_model": "loaded"},
    "azure": {"chat_model": "deployed", "chat_base_url": "https://shop.openai.azure.com"},
}


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


def streamed(*events: bytes) -> Script:
    return (head(), *map(chunk, events), LAST_CHUNK)


def choice(delta: object, finish_reason: str | None = None, **more: object) -> bytes:
    chosen = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return event({"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [chosen], **more})


SAFE = {"hate": {"filtered": False, "severity": "safe"}}
SPOKEN: dict[str, Script] = {
    "openai": streamed(
        choice({"role": "assistant", "content": "", "refusal": None}, usage=None, obfuscation="x7"),
        choice({"content": "네, "}, usage=None, obfuscation="q"),
        choice({"content": "됩니다."}, usage=None),
        choice({}, "stop", usage=None),
        usage(7, 5),
        DONE,
    ),
    "deepseek": streamed(
        b": keep-alive\n\n",
        choice({"role": "assistant", "content": None, "reasoning_content": ""}),
        choice({"content": None, "reasoning_content": "손님이 묻기를"}),
        b": keep-alive\n\n",
        choice({"content": "네, ", "reasoning_content": None}),
        choice({"content": "됩니다.", "reasoning_content": None}),
        choice({"content": ""}, "stop", usage={"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}),
        DONE,
    ),
    "holysheep": streamed(
        choice({"role": "assistant"}), choice({"content": "네, "}), choice({"content": "됩니다."}, "stop"), DONE
    ),
    "globalapi": streamed(
        b": OPENROUTER PROCESSING\n\n",
        choice({"role": "assistant", "content": "네, "}),
        b": OPENROUTER PROCESSING\n\n",
        choice({"content": "됩니다."}),
        choice({"content": ""}, "stop", native_finish_reason="stop"),
        usage(7, 5),
        DONE,
    ),
    "huggingface": streamed(
        choice({"role": "assistant", "content": "", "reasoning": "The visitor", "channel": "analysis"}),
        choice({"content": "네, "}, usage={"prompt_tokens": 7, "completion_tokens": 2}),
        choice({"content": "됩니다."}, usage={"prompt_tokens": 7, "completion_tokens": 4}),
        choice({}, "stop", x_groq={"id": "req"}),
        usage(7, 5),
        DONE,
    ),
    "ollama": streamed(
        choice({"role": "assistant", "content": "", "reasoning": "생각"}),
        choice({"role": "assistant", "content": "네, "}),
        choice({"role": "assistant", "content": "됩니다."}),
        choice({"role": "assistant", "content": ""}, "stop"),
        usage(7, 5),
        DONE,
    ),
    "vllm": streamed(
        choice({"role": "assistant", "content": ""}, usage={"prompt_tokens": 7, "completion_tokens": 0}),
        choice({"reasoning": "생각", "reasoning_content": "생각"}, usage={"prompt_tokens": 7, "completion_tokens": 1}),
        choice({"content": "네, "}, usage={"prompt_tokens": 7, "completion_tokens": 3}),
        choice({"content": "됩니다."}, "stop", usage={"prompt_tokens": 7, "completion_tokens": 5}),
        DONE,
    ),
    "lmstudio": streamed(
        choice({"role": "assistant", "content": "<think>생각"}),
        choice({"content": "</think>\n\n네, "}),
        choice({"content": "됩니다."}),
        choice({}, "stop", stats={}),
    ),
    "tgi": streamed(
        choice({"role": "assistant", "content": "네, "}),
        choice({"content": "됩니다."}),
        choice({"content": ""}, "eos_token"),
    ),
    "azure": streamed(
        event({"id": "", "object": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
        choice({"role": "assistant", "content": "", "refusal": None}),
        choice({"content": "네, "}, content_filter_results=SAFE),
        choice({"content": "됩니다."}, content_filter_results=SAFE),
        choice({}, "stop"),
        event(
            {"id": "", "choices": [{"index": 0, "finish_reason": None, "content_filter_offsets": {"end_offset": 7}}]}
        ),
        usage(7, 5),
        DONE,
    ),
}


def test_every_provider_that_can_be_named_is_known_and_tried() -> None:
    assert set(PRESETS) == set(SPOKEN) == set(get_args(Provider))


@pytest.mark.parametrize("name", get_args(Provider))
async def test_a_provider_is_understood_as_it_speaks(name: Any) -> None:
    """Faults 82, 86, 89, 97, 98."""
    (target,) = targets_from(settings(chat_provider=name, chat_api_key=KEY, **NEEDED.get(name, {})))
    async with Upstream(SPOKEN[name]) as upstream:
        completer = OpenAICompleter([replace(target, base_url=upstream.base_url)])
        told = await Asked(upstream, completer).tell()
        await completer.close()
        sent = upstream.received[0]
    assert (told.text, told.error) == ("네, 됩니다.", None)
    assert told.ending
    assert (told.ending.complete, told.ending.target) == (True, name)
    assert told.ending.usage == Usage(7, 5) or told.ending.usage.estimated
    assert sent.headers.get("api-key" if name == "azure" else "authorization", "").endswith(KEY)
    limit = "max_completion_tokens" if name in ("openai", "azure") else "max_tokens"
    assert (sent.json["model"], sent.json[limit]) == (target.model, 600)
    assert ("thinking" in sent.json) is (name == "deepseek")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"chat_provider": "deepseek"}, "https://api.deepseek.com/chat/completions"),
        (
            {"chat_provider": "openai", "chat_base_url": "https://gw.example/v1"},
            "https://gw.example/v1/chat/completions",
        ),
        (
            {"chat_provider": "azure", "chat_base_url": "https://shop.openai.azure.com", "chat_model": "d"},
            "https://shop.openai.azure.com/openai/v1/chat/completions",
        ),
        (
            {
                "chat_provider": "azure",
                "chat_base_url": "https://shop.openai.azure.com/openai/deployments/d",
                "chat_model": "d",
            },
            "https://shop.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
        ),
        (
            {
                "chat_provider": "azure",
                "chat_base_url": "https://s.openai.azure.com/openai/deployments/d?api-version=2025-01-01-preview",
                "chat_model": "d",
            },
            "https://s.openai.azure.com/openai/deployments/d/chat/completions?api-version=2025-01-01-preview",
        ),
    ],
)
def test_an_address_is_the_providers_unless_another_is_given(given: dict[str, Any], url: str) -> None:
    (target,) = targets_from(settings(chat_api_key=KEY, **given))
    assert target.url == url


def test_switching_the_model_is_one_variable() -> None:
    (usual,) = targets_from(settings(chat_provider="deepseek", chat_api_key=KEY))
    (other,) = targets_from(settings(chat_provider="deepseek", chat_api_key=KEY, chat_model="deepseek-v4-pro"))
    assert replace(usual, model="deepseek-v4-pro") == other


def test_a_fallback_may_be_another_provider_or_only_another_model() -> None:
    behind = settings(chat_provider="deepseek", chat_api_key=KEY, chat_fallback_provider="ollama")
    assert [target.name for target in targets_from(behind)] == ["deepseek", "ollama"]
    cheaper = settings(chat_provider="openai", chat_api_key=KEY, chat_fallback_model="gpt-4.1-mini")
    first, second = targets_from(cheaper)
    assert (first.name, second.name) == ("openai gpt-5.4-mini", "openai gpt-4.1-mini")
    assert (second.base_url, second.api_key) == (first.base_url, KEY)


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"chat_provider": "openai"}, "ONDAP_CHAT_API_KEY is missing"),
        ({"chat_provider": "vllm"}, "ONDAP_CHAT_MODEL is missing"),
        ({"chat_provider": "azure", "chat_api_key": KEY, "chat_model": "d"}, "ONDAP_CHAT_BASE_URL is missing"),
        ({"chat_provider": "ollama", "chat_fallback_provider": "openai"}, "ONDAP_CHAT_FALLBACK_API_KEY is missing"),
        ({"chat_provider": "ollama", "chat_fallback_api_key": KEY}, "ONDAP_CHAT_FALLBACK_MODEL is missing"),
        ({"chat_base_url": "http://gw.example.com/v1", "chat_model": "m", "chat_api_key": KEY}, "must not travel"),
        ({"chat_base_url": "http://8.8.8.8/v1", "chat_model": "m", "chat_api_key": KEY}, "must not travel"),
    ],
)
def test_what_is_missing_or_unsafe_is_named(given: dict[str, Any], variable: str) -> None:
    with pytest.raises(SettingsError, match=variable) as refused:
        completer_from(settings(**given))
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.0.0.7", "litellm", "gw.internal", "gw.lan"])
def test_a_key_may_travel_over_http_inside_the_house(host: str) -> None:
    assert completer_from(settings(chat_base_url=f"http://{host}:4000/v1", chat_model="m", chat_api_key=KEY))


def test_no_model_no_completer() -> None:
    assert completer_from(settings()) is None


def test_a_target_does_not_print_its_key() -> None:
    assert KEY not in repr(targets_from(settings(chat_provider="openai", chat_api_key=KEY)))

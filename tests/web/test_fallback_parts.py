"""Tools, personas, stops and customers, through a service that runs as a process of its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.demo_orders import create_app as demo_orders
from scripts.demo_orders import visitor_token
from tests.brain import Brain, calling, told_by_tools
from tests.browser.serving import serving
from tests.process import ROOT, client, service
from tests.upstream import OPENING, Act, Script, Upstream, answer, chunk, delta
from tests.web.test_fallback import KNOWN, STREAM, UNKNOWN, answers, ask, escalations, model, var  # noqa: F401

SECRET, KEY = "an-identity-secret-of-thirty-two-bytes", "an-orders-key-of-at-least-thirty-two-bytes"


def signed_in(user_id: str) -> dict[str, str]:
    return {"X-Ondap-Visitor-Token": visitor_token(SECRET, user_id, now=time.time())}


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The example's tools, with a demo order server that answers; the settings for them."""
    with serving(demo_orders(KEY)) as address:
        declared = (ROOT / "examples/tools.yaml").read_text(encoding="utf-8")
        path = tmp_path / "tools.yaml"
        path.write_text(declared.replace("http://127.0.0.1:8790", address), encoding="utf-8")
        yield {"tools_path": str(path), "tool_orders_key": KEY, "identity_secret": SECRET}


def order_clerk(messages: list[dict[str, Any]]) -> Any:
    """Looks the order up once and repeats what it was told."""
    told = told_by_tools(messages)
    if not told:
        return calling(("order_status", {"number": "D-1042"}))
    found = "배송 중" in told[-1]
    return answer(
        ["주문하신 상품은 지금 배송 중이고 ", "2026-11-23에 도착할 예정이에요."] if found else ["주문을 찾지 못했어요."]
    )


async def test_an_order_is_looked_up_for_whoever_it_belongs_to(var: Path, tools: dict[str, str]) -> None:  # noqa: F811
    async with (
        Brain(order_clerk) as provider,
        service(var, **model(provider, **tools)) as running,
        client(running) as visitor,
    ):
        question = "D-1042 주문 지금 어디쯤 왔나요?"
        minji = await ask(visitor, question, signed_in("minji"))
        bob = await ask(visitor, question, signed_in("bob"))
        stranger = await ask(visitor, question)
        offered = [[tool["function"]["name"] for tool in one.json.get("tools", [])] for one in provider.received]
    assert "2026-11-23" in minji["answer"]
    assert "2026-11-23" not in bob["answer"] + stranger["answer"]
    stored = await answers(var)
    calls = [[(call["name"], call["ok"], call["status"]) for call in one["tool_calls"]] for one in stored]
    assert calls == [[("order_status", True, 200)], [("order_status", False, 404)], [("order_status", False, None)]]
    assert "order_status" not in offered[-1]


@pytest.mark.parametrize("said", ["", "담당자에게 전달해 드렸어요. 곧 확인할 거예요."])
async def test_a_model_calls_a_person_with_and_without_words(var: Path, tools: dict[str, str], said: str) -> None:  # noqa: F811
    def think(messages: list[dict[str, Any]]) -> Any:
        if not any(message["role"] == "tool" for message in messages) and len(messages) >= 2:
            return calling(("escalate_to_agent", {"reason": "손님이 체인 수리를 원함"}))
        return answer([said] if said else [])

    async with (
        Brain(think) as provider,
        service(var, **model(provider, **tools)) as running,
        client(running) as visitor,
    ):
        body = await ask(visitor, UNKNOWN)
        (waiting,) = await escalations(var)
    assert body["escalated"]
    assert body["answer"]
    assert waiting["reason"] == "model: 손님이 체인 수리를 원함"


async def test_two_customers_in_one_tab_do_not_share_a_conversation(var: Path) -> None:  # noqa: F811
    async with (
        Upstream(answer(["네, ", "그래요."])) as provider,
        service(var, **model(provider, identity_secret=SECRET)) as running,
        client(running) as visitor,
    ):
        guest = await ask(visitor, "저는 민지예요. 자전거 체인도 갈아 주시나요?")
        minji = await ask(visitor, UNKNOWN, signed_in("minji"), conversation_id=guest["conversation_id"])
        assert "민지예요" in str(provider.received[-1].json), "the guest has signed in"
        handle = minji["conversation_id"]
        refused = [
            await visitor.post("/api/chat", json={"message": UNKNOWN, "conversation_id": handle}, headers=who)
            for who in (signed_in("bob"), {})
        ]
        read = [
            (await visitor.get(f"/api/conversations/{handle}", headers=who)).status_code
            for who in (signed_in("minji"), signed_in("bob"))
        ]
        again = await ask(visitor, UNKNOWN, signed_in("minji"), conversation_id=handle)
        facade = await visitor.post(
            "/v1/chat/completions",
            json={
                "model": "ondap",
                "messages": [{"role": "user", "content": UNKNOWN}],
                "metadata": {"conversation_id": handle},
            },
            headers=signed_in("bob"),
        )
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(404, "unknown_conversation")] * 2
    assert (read, again["conversation_id"], facade.status_code) == ([200, 404], handle, 404)


async def test_personas_speak_for_themselves(var: Path, tmp_path: Path) -> None:  # noqa: F811
    whole = {
        "category": "delivery", "summary": "배송 문의", "language": "ko", "urgent": False, "order_number": None,
        "products": [], "amounts": [], "dates": [], "wants_person": False,
    }  # fmt: skip

    def think(messages: list[dict[str, Any]]) -> Any:
        system = str(messages[0]["content"])
        if "JSON" not in system:
            return answer(["`for`는 반복문이에요."])
        broken = not any(message["role"] == "assistant" for message in messages)
        return answer(['```json\n{"category": 1}'] if broken else [json.dumps(whole, ensure_ascii=False)])

    async with (
        Brain(think) as provider,
        service(
            var, **model(provider, persona="code_teacher", personas="json_extractor", shop_name="온달 상점")
        ) as running,
        client(running) as visitor,
    ):
        lesson = await ask(visitor, "파이썬 for 반복문이 뭐예요?")
        extracted = await ask(visitor, "배송이 언제 오나요? 궁금해서요", persona="json_extractor")
        facade = await visitor.post(
            "/v1/chat/completions",
            json={
                "model": "ondap/json_extractor",
                "messages": [{"role": "user", "content": "어이가 없네요. 상담원 연결해 주세요"}],
                "response_format": {"type": "json_object"},
            },
        )
        plain = await visitor.post(
            "/v1/chat/completions",
            json={
                "model": "ondap",
                "messages": [{"role": "user", "content": KNOWN}],
                "response_format": {"type": "json_object"},
            },
        )
        greeting = (await visitor.get("/api/persona")).text
        systems = [str(one.json["messages"][0]["content"]) for one in provider.received]
        formats = [one.json.get("response_format", {}).get("type") for one in provider.received]
    assert lesson["answer"] == "`for`는 반복문이에요."
    assert ["json_schema" in str(asked) for asked in formats] == [False, True, True, True, True]
    assert "코드" in greeting
    assert json.loads(extracted["answer"]) == whole
    assert json.loads(facade.json()["choices"][0]["message"]["content"]) == whole
    assert plain.status_code == 400
    assert any("온달 상점" in system for system in systems)


async def test_a_topic_of_the_persona_goes_to_a_person_and_no_model(var: Path) -> None:  # noqa: F811
    async with (
        Upstream(answer(["네."])) as provider,
        service(var, **model(provider)) as running,
        client(running) as visitor,
    ):
        body = await ask(visitor, "개인정보 유출 사고 공지는 어디서 보나요?")
        (waiting,) = await escalations(var)
    assert (body["source"], body["escalated"], waiting["reason"]) == ("agent", True, "topic:개인정보 유출")


async def test_a_broken_persona_is_named_at_the_start(var: Path, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "templates/persona").mkdir(parents=True)
    good = (ROOT / "templates/persona/customer_support.j2").read_text(encoding="utf-8")
    path = tmp_path / "templates/persona/mine.j2"
    path.write_text(good.replace("length: {sentences: 5}", "lenght: {sentences: 5}"), encoding="utf-8")
    with pytest.raises(AssertionError, match="the service ended") as ended:
        async with service(var, persona="mine", templates_dir=str(tmp_path / "templates")):
            pass
    line = str(ended.value).splitlines()[-1]
    number = path.read_text(encoding="utf-8").splitlines().index("lenght: {sentences: 5}") + 1
    assert f"mine.j2:{number}" in line
    assert "lenght" in line


HELD = (*OPENING, chunk(delta(content="무지개는 비가 그친 뒤에 잘 보여요. 손님께는 특별히 ")), Act.HANG)


@pytest.mark.parametrize("leaves", ["stop", "closes the tab", "before a word"])
async def test_who_leaves_stops_the_provider_and_what_it_cost_is_kept(var: Path, leaves: str) -> None:  # noqa: F811
    script = (*OPENING, chunk(delta(content="손님께는 특별히 ")), Act.HANG) if leaves == "before a word" else HELD
    async with (
        Upstream(script) as provider,
        service(var, **model(provider, chat_input_price="1", chat_output_price="2")) as running,
        client(running) as visitor,
    ):
        async with visitor.stream("POST", "/api/chat", json={"message": UNKNOWN}, headers=STREAM) as reply:
            if leaves != "before a word":
                lines = reply.aiter_lines()
                meta = json.loads([line async for line in _until(lines, "event: delta")][2].removeprefix("data: "))
            await provider.arrived()
            if leaves == "stop":
                began = time.monotonic()
                stopped = await visitor.post(
                    f"/api/exchanges/{meta['exchange_id']}/stop",
                    headers={"Authorization": f"Bearer {meta['conversation_id']}"},
                )
                assert stopped.status_code == 204
        if leaves != "stop":
            began = time.monotonic()
        await provider.all_closed()
        took = time.monotonic() - began
        async with asyncio.timeout(5):
            while not (stored := await answers(var)):
                pass
    assert took < 1.2
    assert stored[0]["end"] == "abandoned"
    assert stored[0]["cost_usd"] > 0
    assert "특별히" not in stored[0]["text"]


async def _until(lines: Any, wanted: str) -> Any:
    async for line in lines:
        yield line
        if line == wanted:
            return


def slow_tool(messages: list[dict[str, Any]]) -> Script:
    return calling(("order_status", {"number": "D-1042"}))


def broken_document(messages: list[dict[str, Any]]) -> Script:
    repairs = any(message["role"] == "assistant" for message in messages)
    return (*OPENING, Act.HANG) if repairs else answer(['{"category": 1}'])


async def test_who_leaves_while_a_document_is_mended_stops_that_too(var: Path) -> None:  # noqa: F811
    async with (
        Brain(broken_document) as provider,
        service(
            var, **model(provider, persona="json_extractor", chat_input_price="1", chat_output_price="2")
        ) as running,
        client(running) as visitor,
    ):
        async with visitor.stream("POST", "/api/chat", json={"message": UNKNOWN}, headers=STREAM):
            pass
        asking = asyncio.create_task(visitor.post("/api/chat", json={"message": UNKNOWN + "!"}))
        async with asyncio.timeout(10):
            while len(provider.received) < 2:
                await visitor.get("/healthz")
        asking.cancel()
        async with asyncio.timeout(2):
            await provider.all_closed()
        async with asyncio.timeout(5):
            while not (stored := await answers(var)):
                pass
    assert stored[-1]["end"] == "abandoned"
    assert stored[-1]["cost_usd"] > 0


async def test_who_leaves_while_a_tool_is_asked_stops_it(var: Path, tmp_path: Path) -> None:  # noqa: F811
    async with Upstream((Act.HANG,)) as shop, Brain(slow_tool) as provider:
        declared = (ROOT / "examples/tools.yaml").read_text(encoding="utf-8")
        address = shop.base_url.removesuffix("/v1")
        (tmp_path / "tools.yaml").write_text(declared.replace("http://127.0.0.1:8790", address), encoding="utf-8")
        settings = {"tools_path": str(tmp_path / "tools.yaml"), "tool_orders_key": KEY, "identity_secret": SECRET}
        async with (
            service(var, **model(provider, chat_input_price="1", chat_output_price="2", **settings)) as running,
            client(running) as visitor,
        ):
            asking = asyncio.create_task(
                visitor.post("/api/chat", json={"message": UNKNOWN}, headers=signed_in("minji"))
            )
            await shop.arrived()
            asking.cancel()
            async with asyncio.timeout(2):
                await shop.all_closed()
            async with asyncio.timeout(5):
                while not (stored := await answers(var)):
                    pass
    assert (stored[0]["end"], stored[0]["text"]) == ("abandoned", "")
    assert stored[0]["cost_usd"] > 0


async def test_older_turns_are_summarised_where_the_persona_wants_it(var: Path, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "templates/persona").mkdir(parents=True)
    good = (ROOT / "templates/persona/customer_support.j2").read_text(encoding="utf-8")
    mine = good.replace("summarise: false", "summarise: true").replace("history_tokens: 1500", "history_tokens: 120")
    (tmp_path / "templates/persona/mine.j2").write_text(mine, encoding="utf-8")

    def think(messages: list[dict[str, Any]]) -> Script:
        summarises = str(messages[0]["content"]).startswith("상담 대화의 앞부분")
        return answer(["안장 이야기였어요."] if summarises else ["자전거는 다루지 않아요. " * 3])

    async with (
        Brain(think) as provider,
        service(var, **model(provider, persona="mine", templates_dir=str(tmp_path / "templates"))) as running,
        client(running) as visitor,
    ):
        handle = (await ask(visitor, "첫째로 자전거 안장도 파시나요?"))["conversation_id"]
        for question in ("바퀴 바람도 넣어 주시나요?", "헬멧은 어디 제품이 좋아요?", "벨 소리가 큰 것도 있나요?"):
            await ask(visitor, question, conversation_id=handle)
        last = provider.received[-1].json["messages"]
    assert "안장 이야기였어요" in str(last)
    assert "안장도 파시나요" not in str(last)

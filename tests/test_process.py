"""The service as its operator meets it: a process that is started, reloaded, stopped and killed."""

import asyncio
import json
import signal
from pathlib import Path
from shutil import copytree

import httpx2
import pytest

from service.conversation.sqlite import SqliteStore
from service.conversation.store import ExchangeFilter
from service.retrieval.build import Build
from service.retrieval.building import reindex, rollback
from service.retrieval.recipe import recipes
from tests.conftest import SHOP
from tests.process import client, service
from tests.upstream import Upstream, answer
from tests.upstream import whole as refusing
from tests.web.sse import Told, read_events

UNKNOWN = "자전거 체인도 갈아 주시나요?"
ENDLESS = answer([f"조각{number} " for number in range(500)], interval_seconds=0.1)
STOPPED = {0, -signal.SIGTERM}  # after an orderly end the signal may be raised again, for whoever waits for it
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def var(shop_var: Path, tmp_path: Path) -> Path:
    """A folder of its own with the small shop's index, so that a service starts at once."""
    copytree(shop_var, tmp_path / "var")
    return tmp_path / "var"


CHAT_KEY, ADMIN_TOKEN = "sk-canary-chat-8f2e", "canary-admin-token-77c1"


async def warnings(operator: httpx2.AsyncClient) -> str:
    reply = await operator.get("/readyz", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
    assert reply.status_code == 200, reply.text
    return " ".join(reply.json()["warnings"])


async def ask(visitor: httpx2.AsyncClient, message: str) -> dict[str, object]:
    reply = await visitor.post("/api/chat", json={"message": message})
    assert reply.status_code == 200, reply.text
    body: dict[str, object] = reply.json()
    return body


async def test_it_builds_its_index_says_where_it_is_and_stops_when_told(tmp_path: Path) -> None:
    async with service(tmp_path) as running, client(running) as visitor:
        assert (await ask(visitor, "배송비는 얼마인가요?"))["entry_id"] == "delivery-fee"
        token = next(line for line in running.lines if line.startswith("Admin token: ")).split()[2]
        matched = await visitor.post(
            "/api/match", json={"message": "반품"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert matched.status_code == 200
        running.signal(signal.SIGTERM)
        assert await running.ended() in STOPPED
        logged = [json.loads(line) for line in running.lines if line.startswith("{")]
        requests = [line for line in logged if line["event"] == "request"]
        assert [(line["route"], line["status"]) for line in requests] == [("/api/chat", 200), ("/api/match", 200)]
        assert all(line["request_id"] for line in requests)
    async with service(tmp_path) as again:
        assert not any("Admin token" in line for line in again.lines), "shown once"


async def test_a_changed_index_is_taken_up_while_questions_go_on(var: Path, tmp_path: Path) -> None:
    """Faults 61 and 124: every answer stands in the version that it names."""
    faq = tmp_path / "faq.yaml"
    faq.write_bytes(SHOP.read_bytes())
    async with service(var, faq=faq, rate_limit_per_minute="100000") as running, client(running) as visitor:
        first = await ask(visitor, "배송비는 얼마인가요?")
        texts = {first["index_version"]: first["answer"]}
        seen: list[dict[str, object]] = []
        over = asyncio.Event()

        async def keep_asking() -> None:
            while not over.is_set():
                seen.append(await ask(visitor, "배송비는 얼마인가요?"))

        asking = asyncio.create_task(keep_asking())
        for price in ("3,100원", "3,200원"):
            faq.write_text(SHOP.read_text(encoding="utf-8").replace("3,000원이고", f"{price}이고"), encoding="utf-8")
            built = await reindex(Build(faq, var, recipes()))
            texts[built.version] = f"{price}이고, 50,000원 이상이면 무료입니다."
            async with asyncio.timeout(30):
                while (await visitor.get("/readyz")).json()["index_version"] != built.version:
                    pass
        over.set()
        await asking
        seen += [first, await ask(visitor, "배송비는 얼마인가요?")]
        assert {answer["index_version"] for answer in seen} == texts.keys()
        assert all(answer["answer"] == texts[answer["index_version"]] for answer in seen)


async def events_of(visitor: httpx2.AsyncClient, begun: asyncio.Event) -> list[Told]:
    body = ""
    async with visitor.stream("POST", "/api/chat", json={"message": UNKNOWN}, headers=STREAM) as reply:
        async for text in reply.aiter_text():
            body += text
            if "event: delta" in body:
                begun.set()
    return read_events(body)


async def test_answers_that_cannot_finish_in_time_end_honestly_when_it_stops(var: Path) -> None:
    """Fault 118, G13."""
    async with (
        Upstream(ENDLESS) as provider,
        service(var, chat_base_url=provider.base_url, chat_model="fake-1") as running,
        client(running) as visitor,
    ):
        started = [asyncio.Event() for _ in range(5)]
        streams = [asyncio.create_task(events_of(visitor, begun)) for begun in started]
        for begun in started:
            await begun.wait()
        running.signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            ended = await asyncio.gather(*streams)
            assert await running.ended() in STOPPED
        assert [(events[-1].name, events[-1].data["code"]) for events in ended] == [("error", "restarting")] * 5
        await provider.all_closed()
    assert await stored_ends(var) == ["restarted"] * 5


async def stored_ends(var: Path) -> list[str]:
    store = SqliteStore.open(var / "ondap.sqlite")
    try:
        return [one.answer.end for one in await store.exchanges(ExchangeFilter(), limit=100) if one.answer]
    finally:
        await store.close()


async def test_nothing_acknowledged_is_lost_when_it_is_killed(var: Path) -> None:
    """Fault 117."""
    async with Upstream(ENDLESS) as provider:
        async with (
            service(var, chat_base_url=provider.base_url, chat_model="fake-1") as running,
            client(running) as visitor,
        ):
            whole = await ask(visitor, "배송비는 얼마인가요?")
            begun = asyncio.Event()
            stream = asyncio.create_task(events_of(visitor, begun))
            await begun.wait()
            running.signal(signal.SIGKILL)
            with pytest.raises(httpx2.TransportError):
                await stream
        async with (
            service(var, chat_base_url=provider.base_url, chat_model="fake-1") as again,
            client(again) as back,
        ):
            seen = (await back.get(f"/api/conversations/{whole['conversation_id']}")).json()
            assert seen["exchanges"][0]["answer"] == whole["answer"]
    assert await stored_ends(var) == ["complete", "restarted"]


async def test_a_visitor_who_leaves_stops_the_provider(var: Path) -> None:
    """Fault 120, G10."""
    async with (
        Upstream(ENDLESS) as provider,
        service(var, chat_base_url=provider.base_url, chat_model="fake-1") as running,
        client(running) as visitor,
    ):
        async with visitor.stream("POST", "/api/chat", json={"message": UNKNOWN}, headers=STREAM) as reply:
            async for text in reply.aiter_text():
                if "event: delta" in text:
                    break
        async with asyncio.timeout(10):
            await provider.all_closed()
        running.signal(signal.SIGTERM)
        await running.ended()
    assert await stored_ends(var) == ["abandoned"]


async def test_no_secret_and_no_visitors_word_is_in_any_output(var: Path) -> None:
    """G22, G24: the log at its loudest, a provider that refuses, and every body."""
    async with (
        Upstream(refusing(401, {"error": {"message": "bad key sk-canary-chat-8f2e"}})) as provider,
        service(
            var,
            "--log-level",
            "debug",
            admin_token=ADMIN_TOKEN,
            chat_base_url=provider.base_url,
            chat_model="m",
            chat_api_key=CHAT_KEY,
        ) as running,
        client(running) as visitor,
    ):
        messages = (UNKNOWN, "제 번호는 010-1234-5678 이고 메일은 minji@example.com 이에요", "배송비는 얼마인가요?")
        bodies = [(await visitor.post("/api/chat", json={"message": message})).text for message in messages]
        bodies.append((await visitor.get("/readyz")).text)
        bodies.append((await visitor.get("/api/escalations")).text)
        bodies.append((await visitor.post("/api/chat", content=b"{")).text)
        running.signal(signal.SIGTERM)
        await running.ended()
        log = "\n".join(running.lines)
    assert not any(secret in text for secret in (CHAT_KEY, ADMIN_TOKEN) for text in [*bodies, log])
    assert not any(word in log for word in ("체인", "010-1234", "minji@", "Traceback"))


async def test_a_faq_with_a_mistake_leaves_the_last_good_index_serving(var: Path, tmp_path: Path) -> None:
    """Faults 42 to 44."""
    faq = tmp_path / "faq.yaml"
    faq.write_text("entries: [\n", encoding="utf-8")
    async with service(var, faq=faq, admin_token=ADMIN_TOKEN) as running, client(running) as visitor:
        assert (await ask(visitor, "배송비는 얼마인가요?"))["source"] == "faq"
        assert any("faq.yaml" in line and "serves on" not in line for line in running.lines)
        assert "faq.yaml" in await warnings(visitor)


@pytest.mark.parametrize(
    ("content", "said"),
    [("entries: [\n", "faq.yaml:"), ("entries: []\n", "faq.yaml"), (None, "faq.yaml")],
)
async def test_without_any_index_a_bad_faq_ends_it_with_status_two(
    tmp_path: Path, content: str | None, said: str
) -> None:
    """Fault 42."""
    faq = tmp_path / "faq.yaml"
    if content is not None:
        faq.write_text(content, encoding="utf-8")
    with pytest.raises(AssertionError, match="the service ended") as ended:
        async with service(tmp_path / "var", faq=faq):
            pass
    assert said in str(ended.value)
    assert "Traceback" not in str(ended.value)


async def test_a_bad_setting_ends_it_with_its_name(tmp_path: Path) -> None:
    """Fault 52."""
    with pytest.raises(AssertionError, match="ONDAP_THRESHOLD"):
        async with service(tmp_path, threshold="1.5"):
            pass


async def refusal_of(var: Path, **settings: str) -> list[str]:
    """The lines of a service that ends at its start."""
    with pytest.raises(AssertionError, match="the service ended") as ended:
        async with service(var, faq=SHOP, **settings):
            pass
    return str(ended.value).splitlines()


async def test_what_is_wrong_at_the_start_is_one_line_and_no_traceback(var: Path) -> None:
    lines = await refusal_of(var, persona="nobody")
    assert lines[-1].startswith("ONDAP_PERSONA: there is no such persona.")
    assert not any("Traceback" in line for line in lines)


AWAY = {"admin_token": ADMIN_TOKEN, "embed_base_url": "http://127.0.0.1:9/v1", "embed_model": "m"}


@pytest.mark.parametrize("built", [True, False])
async def test_it_serves_offline_while_its_embeddings_endpoint_is_away(
    shop_var: Path, tmp_path: Path, built: bool
) -> None:
    if built:
        copytree(shop_var, tmp_path / "var")
    for _ in range(2):
        async with service(tmp_path / "var", faq=SHOP, **AWAY) as running, client(running) as visitor:
            assert (await ask(visitor, "배송비는 얼마인가요?"))["entry_id"] == "delivery-fee"
            assert "has no api part" in await warnings(visitor)


async def test_a_restart_does_not_undo_a_rollback(var: Path, tmp_path: Path) -> None:
    faq = tmp_path / "faq.yaml"
    faq.write_text(SHOP.read_text(encoding="utf-8").replace("3,000원이고", "1원이고"), encoding="utf-8")
    await reindex(Build(faq, var, recipes()))
    rollback(var)
    async with service(var, faq=faq, admin_token=ADMIN_TOKEN) as running, client(running) as visitor:
        assert "3,000원이고" in str((await ask(visitor, "배송비는 얼마인가요?"))["answer"])
        assert any("was rolled back from" in line for line in running.lines)
        assert "was rolled back from" in await warnings(visitor)


async def test_a_taken_port_is_said(var: Path) -> None:
    async with service(var) as first:
        with pytest.raises(AssertionError, match="address already in use"):
            async with service(var, "--port", first.url.rsplit(":", 1)[1]):
                pass

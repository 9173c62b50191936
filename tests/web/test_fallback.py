"""The fallback as a whole: a service process, a provider on loopback, a visitor, and what the operator sees after."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx2
import pytest

from tests.brain import Brain
from tests.process import ROOT, client, service
from tests.upstream import Script, Upstream, answer, whole
from tests.web.sse import Told, read_events

UNKNOWN = "자전거 체인도 갈아 주시나요?"
KNOWN = "배송비는 얼마인가요?"
PROMISE = "손님께는 특별히 50% 할인해 드리겠습니다."
SAFE = "그 부분은 확인이 필요해서 제가 말씀드릴 수 없어요. 상담원 연결을 눌러 주세요."
CANARY = "sk-canary-chat-8f2e41"
ADMIN = {"Authorization": "Bearer the-admin-token-of-tests"}
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def var(shop_var: Path, tmp_path: Path) -> Path:
    """A folder of its own with the small shop's index, so that a service starts at once."""
    copytree(shop_var, tmp_path / "var")
    return tmp_path / "var"


def model(provider: Upstream, **more: Any) -> dict[str, Any]:
    """The settings of a service that asks this provider."""
    chosen = {
        "chat_base_url": provider.base_url,
        "chat_model": "fake-1",
        "chat_api_key": CANARY,
        "admin_token": "the-admin-token-of-tests",
        "rate_limit_per_minute": "10000",
    }
    return chosen | more


async def ask(visitor: httpx2.AsyncClient, message: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    reply = await visitor.post("/api/chat", json={"message": message, **more}, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def streamed(visitor: httpx2.AsyncClient, message: str, **more: Any) -> list[Told]:
    reply = await visitor.post("/api/chat", json={"message": message, **more}, headers=STREAM)
    assert reply.status_code == 200, reply.text
    return read_events(reply.text)


async def ondap(var: Path, *arguments: str) -> list[dict[str, Any]]:
    """What the operator's command prints with `--json`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONDAP_")}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", *arguments, "--json"),
        cwd=ROOT,
        env=environment | {"ONDAP_VAR_DIR": str(var)},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await child.communicate()
    assert child.returncode == 0
    if printed.lstrip().startswith(b"{\n"):
        return [json.loads(printed)]
    return [json.loads(line) for line in printed.splitlines()]


async def answers(var: Path) -> list[dict[str, Any]]:
    """As `ondap log` tells them, oldest first."""
    return [
        exchange["answer"] | {"tool_calls": exchange["tool_calls"]}
        for exchange in await ondap(var, "log", "-n", "1000")
    ]


async def test_a_false_promise_in_the_middle_is_never_shown_and_a_person_is_offered(var: Path) -> None:
    pieces = [
        "무지개는 비가 그친 뒤에 가장 잘 보여요. ",
        "손님께는 특별히 ",
        "50% 할인해 ",
        "드리겠습니다. ",
        "다른 점은 ",
        "편히 물어보세요.",
    ]
    async with (
        Upstream(answer(pieces)) as provider,
        service(var, **model(provider, api_keys="a-key-of-at-least-16")) as running,
        client(running) as visitor,
    ):
        events = await streamed(visitor, UNKNOWN)
        shown = "".join(event.data["text"] for event in events if event.name == "delta")
        done = events[-1].data
        body = await ask(visitor, UNKNOWN)
        facade = await visitor.post(
            "/v1/chat/completions",
            json={"model": "ondap", "messages": [{"role": "user", "content": UNKNOWN}]},
            headers={"Authorization": "Bearer a-key-of-at-least-16"},
        )
        history = await visitor.get(f"/api/conversations/{body['conversation_id']}")
        held = [json.loads(line) for line in running.lines if "completion_held_back" in line]
        log = "\n".join(running.lines)
    for text in (shown, done["answer"], body["answer"], facade.json()["choices"][0]["message"]["content"]):
        assert "할인해" not in text
        assert "50%" not in text
        assert SAFE in text
        assert text.startswith("무지개는 비가 그친 뒤에 가장 잘 보여요.")
    assert "할인해" not in history.text
    assert done["offer_agent"]
    assert body["offer_agent"]
    assert ["promise.discount" in line["rules"] for line in held] == [True] * 3
    assert "할인해" not in log
    stored = await answers(var)
    assert [one["rules"] for one in stored] == [line["rules"] for line in held]
    assert [one["end"] for one in stored] == ["complete"] * 3


async def test_a_canary_split_over_pieces_never_leaves(var: Path) -> None:
    pieces = ["제 열쇠는 ", *CANARY, " 입니다. ", "자전거는 다루지 않아요."]
    async with (
        Upstream(answer(pieces)) as provider,
        service(var, **model(provider)) as running,
        client(running) as visitor,
    ):
        reply = await visitor.post("/api/chat", json={"message": UNKNOWN}, headers=STREAM)
        events = read_events(reply.text)
        shown = "".join(event.data["text"] for event in events if event.name == "delta")
        log = "\n".join(running.lines)
    assert not any(CANARY[:cut] in text for cut in (8, len(CANARY)) for text in (shown, reply.text, log))
    assert shown.endswith("자전거는 다루지 않아요.")
    assert (await answers(var))[0]["rules"] == ["secret"]


async def test_what_was_used_is_cited_everywhere(var: Path) -> None:
    async with (
        Upstream(answer(["배송비는 3,000원이고 ", "50,000원 이상이면 무료입니다."])) as provider,
        service(var, **model(provider)) as running,
        client(running) as visitor,
    ):
        question = "배송비 결제는 상품값이랑 따로 하나요 같이 하나요?"
        body = await ask(visitor, question)
        assert body["source"] == "model", body
        done = (await streamed(visitor, question))[-1].data
        history = (await visitor.get(f"/api/conversations/{body['conversation_id']}")).json()
        facade = await visitor.post(
            "/v1/chat/completions", json={"model": "ondap", "messages": [{"role": "user", "content": question}]}
        )
        assert facade.json()["ondap"]["cited"] == body["cited"]
    wanted = [{"entry_id": "delivery-fee", "question": KNOWN}]
    assert body["cited"] == done["cited"] == history["exchanges"][0]["cited"] == wanted
    assert [one["cited"] for one in await answers(var)] == [[["delivery-fee", KNOWN]]] * 3


PRICED = {"chat_input_price": "1", "chat_output_price": "2"}


async def test_a_spent_budget_leaves_the_faq_and_a_person(var: Path) -> None:
    async with (
        Upstream(answer(["자전거는 다루지 않아요."])) as provider,
        service(var, **model(provider, **PRICED, budget_usd_per_day="0.006", time_zone="UTC")) as running,
        client(running) as visitor,
    ):
        ready = (await visitor.get("/readyz")).json()
        assert (ready["level"], ready["budget"]) == ("full", "ok")
        sources = [(await ask(visitor, f"자전거 체인 {number}번도 갈아 주시나요?"))["source"] for number in range(12)]
        last = await ask(visitor, UNKNOWN)
        faq = await ask(visitor, KNOWN)
        ready = (await visitor.get("/readyz")).json()
        metered = [one["cost_usd"] for one in await answers(var)]
        (costs,) = await ondap(var, "costs")
    assert costs["today"]["usd"] == pytest.approx(sum(cost or 0.0 for cost in metered))
    assert [cost is not None for cost in metered] == [source == "model" for source in (*sources, "suggest", "faq")]
    assert sources[0] == "model"
    assert (last["source"], last["offer_agent"]) == ("suggest", True)
    assert faq["source"] == "faq"
    assert (ready["status"], ready["level"], ready["budget"]) == ("ready", "no_model", "spent")
    assert len(provider.received) == sources.count("model")


async def test_a_visitor_has_a_cap_of_their_own(var: Path) -> None:
    async with (
        Upstream(answer(["자전거는 다루지 않아요."])) as provider,
        service(var, **model(provider, budget_visitor_tokens_per_day="2500", trusted_proxies="127.0.0.1")) as running,
        client(running) as visitor,
    ):
        here, there = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "198.51.100.8"}
        sources = [(await ask(visitor, f"자전거 체인 {n}번도 갈아 주시나요?", here))["source"] for n in range(8)]
        other = await ask(visitor, UNKNOWN, there)
    assert (sources[0], sources[-1], other["source"]) == ("model", "suggest", "model")


async def test_fifty_who_ask_the_same_share_one_completion(var: Path) -> None:
    slow = answer(["무지개는 ", *["정말 "] * 20, "잘 ", "보여요."], interval_seconds=0.1)
    async with (
        Upstream(slow) as provider,
        service(var, **model(provider, **PRICED)) as running,
        client(running) as visitor,
    ):
        asked = [asyncio.create_task(streamed(visitor, UNKNOWN)) for _ in range(49)]
        async with visitor.stream("POST", "/api/chat", json={"message": UNKNOWN}, headers=STREAM) as leaving:
            async for text in leaving.aiter_text():
                if "event: delta" in text:
                    break
        heard = await asyncio.gather(*asked)
    whole_text = "무지개는 " + "정말 " * 20 + "잘 보여요."
    assert {events[-1].data["answer"] for events in heard} == {whole_text}
    assert all("".join(e.data["text"] for e in events if e.name == "delta") == whole_text for events in heard)
    assert len(provider.received) == 1
    stored = await answers(var)
    assert sorted(one["end"] for one in stored) == ["abandoned"] + ["complete"] * 49
    assert sum(1 for one in stored if one["cost_usd"]) == 1


async def test_an_answer_is_kept_for_a_while_where_that_is_on(var: Path) -> None:
    async with (
        Upstream(answer(["자전거는 ", "다루지 않아요."])) as provider,
        service(var, **model(provider, **PRICED, answer_cache_seconds="60")) as running,
        client(running) as visitor,
    ):
        told = [await ask(visitor, UNKNOWN) for _ in range(3)]
        personal = [await ask(visitor, "제 번호 010-1234-5678 인데 자전거 체인도 갈아요?") for _ in range(2)]
    assert {one["answer"] for one in told} == {"자전거는 다루지 않아요."}
    assert [one["usage"]["output_tokens"] for one in told] == [5, 0, 0]
    assert [one["source"] for one in personal] == ["model"] * 2
    assert len(provider.received) == 3


async def test_a_dead_first_provider_is_replaced_by_the_second(var: Path) -> None:
    async with (
        Upstream(whole(503, {"error": {"message": "down"}})) as first,
        Upstream(answer(["자전거는 ", "다루지 않아요."])) as second,
        service(
            var,
            **model(first, **PRICED),
            chat_fallback_base_url=second.base_url,
            chat_fallback_model="spare-1",
            chat_fallback_api_key="sk-spare-of-tests",
        ) as running,
        client(running) as visitor,
    ):
        told = [await ask(visitor, f"자전거 체인 {number}번도 갈아 주시나요?") for number in range(12)]
        ready = (await visitor.get("/readyz")).json()
        metrics = (await visitor.get("/metrics", headers=ADMIN)).text
    assert {one["answer"] for one in told} == {"자전거는 다루지 않아요."}
    assert ready["level"] == "full"
    assert list(ready["targets"].values()) == ["open", "closed"]
    assert 'outcome="unavailable",target="127.0.0.1 fake-1"' in metrics
    assert f'outcome="complete",target="127.0.0.1 spare-1"}} {len(told)}.0' in metrics


async def test_a_provider_by_name_needs_no_model(var: Path) -> None:
    async with (
        Upstream(answer(["자전거는 ", "다루지 않아요."])) as provider,
        service(var, chat_provider="ollama", chat_base_url=provider.base_url) as running,
        client(running) as visitor,
    ):
        assert (await ask(visitor, UNKNOWN))["source"] == "model"


async def escalations(var: Path) -> list[dict[str, Any]]:
    """Once each of them has its summary."""
    async with asyncio.timeout(10):
        while True:
            found = await ondap(var, "escalations")
            if all(one["summary"] for one in found):
                return found


async def test_anger_stays_in_front_of_the_answer_after_a_reload(var: Path) -> None:
    question = "어이가 없네요. 배송비는 얼마인가요?"
    sorry = "불편을 드려 정말 죄송해요. 많이 속상하셨을 것 같아요."
    key = {"Idempotency-Key": "a-key-that-nobody-can-guess"}
    async with service(var) as running, client(running) as visitor:
        body = await ask(visitor, question, key)
        (waiting,) = await escalations(var)
        history = (await visitor.get(f"/api/conversations/{body['conversation_id']}")).json()
        again = await ask(visitor, question, key)
        events = await streamed(visitor, question)
    assert (body["source"], body["answer"]) == ("faq", "3,000원이고, 50,000원 이상이면 무료입니다.")
    assert (body["said_first"], body["escalated"], waiting["reason"]) == (sorry, True, "concern:anger")
    assert body["nodes"][0]["children"][0]["text"] == sorry
    assert history["exchanges"][0]["nodes"] == again["nodes"] == body["nodes"] == events[-1].data["nodes"]
    assert history["exchanges"][0]["said_first"] == again["said_first"] == sorry
    assert history["exchanges"][0]["answer"] == again["answer"] == body["answer"]


CONCERNS = [
    ("제품에서 불이 났어요 손에 화상을 입었어요", "entry:injured", "119"),
    ("배터리에서 연기가 나요", "concern:safety", "119"),
    ("죽고 싶어요", "concern:self_harm", "109"),
    ("자꾸 이러면 소비자원에 신고하겠습니다", "concern:legal", "담당자가 직접"),
    ("I want to kill myself", "concern:self_harm", "crisis line"),
]


async def test_who_is_in_danger_hears_where_help_is_and_waits_for_a_person(var: Path) -> None:
    async with (
        Upstream(answer(["자전거는 다루지 않아요."])) as provider,
        service(var, **model(provider, escalations_per_visitor="100")) as running,
        client(running) as visitor,
    ):
        told = [await ask(visitor, question) for question, _, _ in CONCERNS]
        found = [one["reason"] for one in await escalations(var)]
    assert found == [reason for _, reason, _ in CONCERNS]
    assert all(one["escalated"] for one in told)
    assert all(help_is in one["said_first"] for one, (_, _, help_is) in zip(told, CONCERNS, strict=True))
    assert [one["source"] for one in told] == ["faq", "model", "agent", "agent", "agent"]


async def test_who_calls_too_often_is_told_so_in_their_language(var: Path) -> None:
    async with service(var, escalations_per_visitor="2") as running, client(running) as visitor:
        told = [
            await ask(visitor, question)
            for question in ("상담원 연결해 주세요", "사람이랑 얘기할래요", "상담원 연결해 주세요")
        ]
        english = await ask(visitor, "I want to talk to a human agent")
        fresh = await ask(visitor, KNOWN)
        refused = await visitor.post(f"/api/conversations/{fresh['conversation_id']}/escalate", json={})
        angry = await ask(visitor, "어이가 없네요. 배송비는 얼마인가요?")
        found = await escalations(var)
    assert [one["escalated"] for one in told] == [True, True, False]
    assert told[2]["answer"].startswith("지난 하루 동안")
    assert english["answer"].startswith("What you asked us over the past day")
    assert (refused.status_code, refused.json()["code"]) == (429, "called_often")
    assert (angry["source"], angry["escalated"], angry["offer_agent"]) == ("faq", False, True)
    assert len(found) == 2


async def test_who_asks_again_and_again_gets_a_person(var: Path) -> None:
    async with service(var) as running, client(running) as visitor:
        said = [await ask(visitor, UNKNOWN)]
        for _ in range(3):
            said.append(await ask(visitor, UNKNOWN, conversation_id=said[0]["conversation_id"]))
        found = [one["reason"] for one in await escalations(var)]
    assert [one["escalated"] for one in said] == [False, True, True, True]
    assert found == ["concern:repeated_failure"]


MAYBE = "짜증나네요 자전거 체인도 갈아 주나요?"


@pytest.mark.parametrize(("verdict", "reasons"), [("no", []), ("yes", ["concern:anger"])])
async def test_a_model_looks_again_where_the_rules_are_not_sure(var: Path, verdict: str, reasons: list[str]) -> None:
    looked = asyncio.Event()

    def think(messages: list[dict[str, Any]]) -> Script:
        if not str(messages[0]["content"]).startswith("You judge one message"):
            return answer(["자전거는 다루지 않아요."])
        looked.set()
        return answer([verdict])

    async with (
        Brain(think) as provider,
        service(var, **model(provider)) as running,
        client(running) as visitor,
    ):
        body = await ask(visitor, MAYBE)
        async with asyncio.timeout(5):
            await looked.wait()
        running.signal(signal.SIGTERM)
        await running.ended()
    assert (body["said_first"], body["escalated"]) == (None, False)
    assert [one["reason"] for one in await ondap(var, "escalations")] == reasons


async def test_without_a_model_the_rules_decide(var: Path) -> None:
    async with service(var) as running, client(running) as visitor:
        assert (await ask(visitor, MAYBE))["escalated"]


async def test_the_team_hears_of_what_only_a_client_remembers(var: Path) -> None:
    said = [(KNOWN, "3,000원이에요."), ("자전거 체인도 갈아 주시나요?", "아니요.")]
    turns = [
        {"role": role, "content": text} for turn in said for role, text in zip(("user", "assistant"), turn, strict=True)
    ]
    async with service(var) as running, client(running) as visitor:
        reply = await visitor.post(
            "/v1/chat/completions",
            json={"model": "ondap", "messages": [*turns, {"role": "user", "content": "상담원 연결해 주세요"}]},
        )
        (waiting,) = await escalations(var)
    assert reply.status_code == 200
    assert waiting["summary"].splitlines()[:2] == [
        "원하는 것: “자전거 체인도 갈아 주시나요?”",
        "해 본 것: 앞선 문답 2번",
    ]


async def test_two_services_share_one_budget(var: Path) -> None:
    caps = PRICED | {"budget_usd_per_day": "0.02", "time_zone": "UTC"}
    async with Upstream(answer(["자전거는 다루지 않아요."])) as provider:
        settings = model(provider, **caps)
        async with (
            service(var, **settings) as one,
            service(var, **settings) as other,
            client(one) as here,
            client(other) as there,
        ):
            for number in range(20):
                await ask(here, f"자전거 체인 {number}번도 갈아 주시나요?")
                await ask(there, f"자전거 바퀴 {number}번도 갈아 주시나요?")
            budgets = [(await visitor.get("/readyz")).json()["budget"] for visitor in (here, there)]
            for running in (one, other):
                running.signal(signal.SIGTERM)
                await running.ended()
    stored = await answers(var)
    cost = sum(answered["cost_usd"] or 0.0 for answered in stored)
    (costs,) = await ondap(var, "costs")
    assert budgets == ["spent", "spent"]
    assert 0.01 < cost <= 0.02
    assert costs["today"]["usd"] == pytest.approx(cost)
    assert costs["today"]["calls"] == len(provider.received)


async def test_while_nothing_can_be_stored_the_faq_answers_and_no_person_is_said_to_be_called(var: Path) -> None:
    async with (
        Upstream(answer(["자전거는 다루지 않아요."])) as provider,
        service(var, **model(provider)) as running,
        client(running) as visitor,
    ):
        locked = sqlite3.connect(var / "ondap.sqlite", isolation_level=None)
        locked.execute("BEGIN IMMEDIATE")
        faq = await ask(visitor, "어이가 없네요. 배송비는 얼마인가요?")
        fallback = await ask(visitor, UNKNOWN)
        called = await visitor.post("/api/chat", json={"message": "상담원 연결해 주세요"})
        ready = await visitor.get("/readyz")
        locked.execute("ROLLBACK")
        locked.close()
        assert (await ask(visitor, UNKNOWN))["source"] == "model"
    assert (faq["source"], faq["escalated"], faq["offer_agent"]) == ("faq", False, True)
    assert (fallback["source"], fallback["usage"]) == ("suggest", None)
    assert (called.status_code, called.json()["code"]) == (503, "escalation_not_recorded")
    assert (ready.status_code, ready.json()["level"]) == (503, "read_only")
    assert len(provider.received) == 1


@pytest.mark.parametrize("streams", [False, True])
async def test_clients_of_v1_hear_first_words_too(var: Path, streams: bool) -> None:
    """They show text alone, and whoever is in danger may sit in front of one of them."""
    async with service(var) as running, client(running) as visitor:
        told = []
        for question in ("죽고 싶어요", "어이가 없네요. 배송비는 얼마인가요?"):
            asked = {"model": "ondap", "messages": [{"role": "user", "content": question}], "stream": streams}
            body = (await visitor.post("/v1/chat/completions", json=asked)).text
            pieces = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]
            whole_text = "".join(piece["choices"][0]["delta"].get("content", "") for piece in pieces)
            told.append(whole_text if streams else json.loads(body)["choices"][0]["message"]["content"])
    assert told[0].startswith("말씀해 주셔서 고마워요.")
    assert "109" in told[0]
    assert told[1] == (
        "불편을 드려 정말 죄송해요. 많이 속상하셨을 것 같아요.\n\n3,000원이고, 50,000원 이상이면 무료입니다."
    )


async def test_who_is_in_danger_hears_where_help_is_also_when_nothing_can_be_stored(var: Path) -> None:
    async with service(var) as running, client(running) as visitor:
        locked = sqlite3.connect(var / "ondap.sqlite", isolation_level=None)
        locked.execute("BEGIN IMMEDIATE")
        reply = await visitor.post("/api/chat", json={"message": "죽고 싶어요"})
        locked.close()
    assert reply.status_code == 503
    assert "109" in reply.json()["detail"]

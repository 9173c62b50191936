"""What Prometheus reads, and who may."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from service.conversation.store import Answer, End
from service.errors import UpstreamUnavailable
from service.generation.completion import Attempt
from service.generation.tokens import Usage
from service.web.metrics import NAMES_KEPT, Metrics
from tests.fakes import FakeCompleter
from tests.process import client as visiting
from tests.process import service
from tests.upstream import Upstream, answer

from .conftest import ADMIN, Open

DOCS = Path(__file__).parents[2] / "docs/operating.md"
UNKNOWN = "자전거 체인도 갈아 주시나요?"
ATTEMPT = Attempt("primary", "fake-1", "complete", 2.5, 0.4, 0.2, Usage(100, 20))
ANSWER = Answer("안녕하세요", "model", "complete", first_text_ms=420.0, total_ms=2600.0, cost_usd=0.002)

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def read(metrics: Metrics) -> Samples:
    return samples((await metrics.exposition()).decode())


def one(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


async def test_an_attempt_is_counted_with_its_times_and_tokens() -> None:
    metrics = Metrics()
    metrics.attempted(ATTEMPT)
    metrics.attempted(replace(ATTEMPT, outcome="unavailable", first_text_seconds=None, usage=None, again=True))
    found, by = await read(metrics), {"target": "primary", "model": "fake-1"}
    assert one(found, "ondap_completion_attempts_total", **by, outcome="complete") == 1
    assert one(found, "ondap_completion_attempts_total", **by, outcome="unavailable") == 1
    assert one(found, "ondap_completion_retries_total", **by) == 1
    assert one(found, "ondap_completion_first_text_seconds_sum", **by) == 0.4
    assert one(found, "ondap_completion_first_text_seconds_bucket", **by, le="0.5") == 1
    assert one(found, "ondap_completion_longest_gap_seconds_count", **by) == 2
    assert one(found, "ondap_completion_seconds_sum", **by) == 5.0
    assert one(found, "ondap_completion_tokens_total", **by, direction="in") == 100
    assert one(found, "ondap_completion_tokens_total", **by, direction="out") == 20


async def test_a_breaker_is_in_one_state_at_a_time() -> None:
    metrics = Metrics()
    for state in ("open", "probing", "closed", "open"):
        metrics.breaker_changed("primary", state)
        found = await read(metrics)
        states = ("closed", "open", "probing")
        assert [one(found, "ondap_breaker_state", target="primary", state=name) for name in states] == [
            float(name == state) for name in states
        ]


@pytest.mark.parametrize("end", ["complete", "cut", "interrupted", "abandoned", "restarted", "failed"])
async def test_an_answer_is_counted_by_its_end(end: End) -> None:
    metrics = Metrics()
    metrics.answered(replace(ANSWER, end=end, rules=("price", "price", "link")))
    found = await read(metrics)
    assert one(found, "ondap_answers_total", source="model", end=end) == 1
    assert one(found, "ondap_answer_first_text_seconds_sum", source="model") == 0.42
    assert one(found, "ondap_answer_seconds_sum", source="model") == 2.6
    assert one(found, "ondap_answer_cost_usd_total") == 0.002
    assert one(found, "ondap_guard_findings_total", rule="price") == 2


async def test_an_answer_that_never_became_one_is_counted_too() -> None:
    metrics = Metrics()
    metrics.answered(Answer("", None, "restarted"))
    assert one(await read(metrics), "ondap_answers_total", source="none", end="restarted") == 1


async def test_only_the_kind_of_a_reason_is_counted() -> None:
    """T20: what visitors write is no label."""
    metrics = Metrics()
    metrics.escalated("visitor_asked: 제 번호는 010-1234-5678")
    text = (await metrics.exposition()).decode()
    assert one(samples(text), "ondap_escalations_total", reason="visitor_asked") == 1
    assert "010" not in text


async def test_no_label_grows_without_end() -> None:
    metrics = Metrics()
    for number in range(NAMES_KEPT + 30):
        metrics.attempted(replace(ATTEMPT, model=f"model-{number}"))
        metrics.requested(f"VERB{number}", None, 404)
    metrics.attempted(replace(ATTEMPT, model="x" * 100_000))
    found = await read(metrics)
    models = {dict(labels)["model"] for name, labels in found if name == "ondap_completion_attempts_total"}
    assert len(models) == NAMES_KEPT + 1
    assert one(found, "ondap_completion_attempts_total", target="primary", model="other", outcome="complete") == 31
    assert one(found, "ondap_http_requests_total", method="other", route="unmatched", status="404") == NAMES_KEPT + 30


async def test_figures_are_read_when_somebody_looks_and_left_out_when_there_are_none() -> None:
    metrics, spent = Metrics(), [0.25]
    metrics.show({"spent_usd": ("Spent.", lambda: spent[0]), "cap_usd": ("The cap.", lambda: None)})
    assert one(await read(metrics), "ondap_spent_usd") == 0.25
    spent[0] = 0.5
    found = await read(metrics)
    assert one(found, "ondap_spent_usd") == 0.5
    assert not any(name == "ondap_cap_usd" for name, _ in found)


async def test_two_apps_count_for_themselves() -> None:
    first, second = Metrics(), Metrics()
    first.answered(ANSWER)
    assert not any(name == "ondap_answers_total" for name, _ in await read(second))


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer guessed-guessed-guessed"}, {"Authorization": "Basic"}]
)
def test_only_the_operator_reads_them(opened: Open, headers: dict[str, str]) -> None:
    """T25."""
    refused = opened().get("/metrics", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authorised")
    assert "ondap_" not in refused.text


def test_a_running_service_counts_what_visitors_get(opened: Open) -> None:
    client = opened(completer=FakeCompleter(end=UpstreamUnavailable("down")))
    client.post("/api/chat", json={"message": "배송비는 얼마인가요?"})
    client.post("/api/chat", json={"message": UNKNOWN})
    client.get("/api/conversations/guess.guess.guess")
    client.get("/no/such/path/guess")
    answer = client.get("/metrics", headers=ADMIN)
    assert answer.headers["content-type"].startswith("text/plain; version=1.0.0")
    found = samples(answer.text)
    assert one(found, "ondap_answers_total", source="faq", end="complete") == 1
    assert one(found, "ondap_answers_total", source="suggest", end="complete") == 1
    assert one(found, "ondap_http_requests_total", method="POST", route="/api/chat", status="200") == 2
    assert one(found, "ondap_http_requests_total", method="GET", route="unmatched", status="404") == 1
    assert one(found, "ondap_answers_under_way") == 0
    assert "guess" not in answer.text, "a path may hold what opens a conversation"
    assert UNKNOWN not in answer.text


async def test_requests_to_a_provider_are_counted_by_its_name(shop_var: Path, tmp_path: Path) -> None:
    copytree(shop_var, tmp_path / "var")
    token = "the-admin-token-of-tests"
    async with (
        Upstream(answer(["자전거는 ", "다루지 않아요."])) as provider,
        service(tmp_path / "var", chat_base_url=provider.base_url, chat_model="fake-1", admin_token=token) as running,
        visiting(running) as visitor,
    ):
        assert (await visitor.post("/api/chat", json={"message": UNKNOWN})).json()["source"] == "model"
        text = (await visitor.get("/metrics", headers={"Authorization": f"Bearer {token}"})).text
    found = samples(text)
    (counted,) = [labels for name, labels in found if name == "ondap_completion_attempts_total"]
    assert dict(counted) | {"target": ""} == {"target": "", "model": "fake-1", "outcome": "complete"}
    assert one(found, "ondap_completion_tokens_total", **_by(counted), direction="out") == 5
    assert one(found, "ondap_completion_first_text_seconds_count", **_by(counted)) == 1


def _by(labels: frozenset[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in labels if name in {"target", "model"}}


def test_a_slow_scrape_disturbs_nobody(opened: Open) -> None:
    """Fault 129: while one is rendered, and others wait for theirs, chat answers."""
    client = opened()
    began, over = threading.Event(), threading.Event()

    class Slow:
        def collect(self) -> Iterator[GaugeMetricFamily]:
            began.set()
            over.wait(20)
            yield GaugeMetricFamily("ondap_slow", "Slow.", 1)

    metrics: Metrics = client.app.state.parts.metrics  # type: ignore[attr-defined]
    metrics.registry.register(Slow())
    answers: list[Any] = []
    scrapes = [
        threading.Thread(target=lambda: answers.append(client.get("/metrics", headers=ADMIN))) for _ in range(40)
    ]
    for scrape in scrapes:
        scrape.start()
    try:
        assert began.wait(10)
        assert client.post("/api/chat", json={"message": "배송비는 얼마인가요?"}).json()["source"] == "faq"
        assert answers == [], "none of them was answered first"
    finally:
        over.set()
        for scrape in scrapes:
            scrape.join(20)
    assert [answer.status_code for answer in answers] == [200] * 40


async def test_every_metric_stands_in_the_docs(opened: Open) -> None:
    client = opened()
    found = await asyncio.to_thread(lambda: client.get("/metrics", headers=ADMIN).text)
    named = {name for name in re.findall(r"^# TYPE (\S+)", found, re.MULTILINE) if name.startswith("ondap_")}
    table = set(re.findall(r"^\| `(ondap_\w+)`", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(named) > 15
    assert table == {name for name in named if not name.endswith("_created")}

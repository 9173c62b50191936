"""The API embedder against a real server on loopback: what it accepts, what it refuses, and in which words."""

from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from service.errors import UpstreamError, UpstreamRefused, UpstreamUnavailable
from service.retrieval.openai_embedder import (
    ASKING,
    BUILDING,
    MAX_CHARACTERS,
    OpenAIEmbedder,
    Patience,
    retry_pause_seconds,
)
from tests import upstream_embeddings as upstream
from tests.upstream_embeddings import Cut, EmbeddingsServer, Fault, Hang, Status, vector_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from service.retrieval.embedders import FloatArray

KEY = "sk-secret-key-of-the-shop"
TEXTS = ["배송은 얼마나 걸리나요?", "How do I return an item?", "비밀번호를 잊었어요"]
QUICK = Patience(deadline_seconds=5.0, attempts=2, pause_seconds=0.01, longest_pause_seconds=1.0)


@asynccontextmanager
async def embedding(
    server: EmbeddingsServer, *, dimensions: int | None = None, patience: Patience = QUICK, api_key: str | None = KEY
) -> AsyncIterator[OpenAIEmbedder]:
    embedder = OpenAIEmbedder(
        base_url=server.base_url, api_key=api_key, model="test-embedding", dimensions=dimensions, patience=patience
    )
    try:
        yield embedder
    finally:
        await embedder.aclose()


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingsServer]:
    async with EmbeddingsServer() as server:
        yield server


def expected(texts: list[str]) -> FloatArray:
    rows = np.array([vector_of(text, dimension=64, model="test") for text in texts])
    units: FloatArray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


async def test_texts_become_unit_rows_in_the_order_of_the_texts(server: EmbeddingsServer) -> None:
    async with embedding(server) as embedder:
        rows = await embedder.embed(TEXTS)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, expected(TEXTS))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("form", [upstream.unordered, upstream.in_base64, upstream.without_index_or_usage])
async def test_every_form_a_compatible_server_answers_in_gives_the_same_rows_fault_67(
    server: EmbeddingsServer, form: Fault
) -> None:
    server.faults.append(form)
    async with embedding(server) as embedder:
        np.testing.assert_array_equal(await embedder.embed(TEXTS), expected(TEXTS))


async def test_the_request_names_the_model_and_carries_nothing_that_was_not_configured(
    server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-of-somebody")
    async with embedding(server) as embedder:
        await embedder.embed(TEXTS)
    headers, body = server.requests[0]
    assert body == {"input": TEXTS, "model": "test-embedding", "encoding_format": "float"}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert not {"openai-organization", "openai-project"} & headers.keys()


async def test_dimensions_are_asked_for_only_when_set(server: EmbeddingsServer) -> None:
    async with embedding(server, dimensions=16) as embedder:
        assert (await embedder.embed(TEXTS)).shape == (3, 16)
        assert embedder.id == "openai:test-embedding:16"
    assert server.requests[0][1]["dimensions"] == 16


async def test_an_endpoint_without_keys_needs_none(server: EmbeddingsServer) -> None:
    async with embedding(server, api_key=None) as embedder:
        assert (await embedder.embed(TEXTS)).shape == (3, 64)
        assert embedder.id == "openai:test-embedding"


async def test_a_blank_text_is_not_sent_and_a_long_one_is_cut(server: EmbeddingsServer) -> None:
    async with embedding(server) as embedder:
        rows = await embedder.embed(["  ", "가" * (MAX_CHARACTERS + 1)])
    assert not rows[0].any()
    assert rows[1].any()
    assert server.embedded == ["가" * MAX_CHARACTERS]


@pytest.mark.parametrize(
    "fault",
    [
        upstream.one_too_few,
        upstream.one_too_many,
        upstream.index_twice,
        upstream.not_a_number,
        upstream.infinite,
        upstream.astronomic,
        upstream.all_zero,
        upstream.ragged,
        upstream.words_for_numbers,
        upstream.broken_base64,
        upstream.null_vector,
    ],
)
async def test_vectors_that_cannot_be_used_are_refused_without_another_try_faults_67_and_102(
    server: EmbeddingsServer, fault: Fault
) -> None:
    server.faults.append(fault)
    async with embedding(server) as embedder:
        with pytest.raises(UpstreamRefused, match="returned"):
            await embedder.embed(TEXTS)
    assert len(server.requests) == 1


async def test_a_model_that_ignores_the_asked_dimension_is_refused_fault_102(server: EmbeddingsServer) -> None:
    server.faults.append(upstream.half_the_dimension)
    async with embedding(server, dimensions=16) as embedder:
        with pytest.raises(UpstreamRefused, match="dimension 8 where 16 was expected"):
            await embedder.embed(TEXTS)


async def test_a_model_that_changes_its_dimension_is_refused_fault_102(server: EmbeddingsServer) -> None:
    server.faults.extend([None, upstream.half_the_dimension])
    async with embedding(server) as embedder:
        await embedder.embed(TEXTS)
        with pytest.raises(UpstreamRefused, match="dimension 32 where 64 was expected"):
            await embedder.embed(TEXTS)


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (400, "ONDAP_EMBED_DIMENSIONS"),
        (401, "ONDAP_EMBED_API_KEY"),
        (403, "ONDAP_EMBED_API_KEY"),
        (404, "ONDAP_EMBED_MODEL"),
        (413, "ONDAP_EMBED_BATCH_SIZE"),
        (422, "ONDAP_EMBED_BATCH_SIZE"),
    ],
)
async def test_a_refusal_is_not_repeated_and_names_the_setting(
    server: EmbeddingsServer, status: int, hint: str
) -> None:
    server.faults.append(Status(status))
    async with embedding(server) as embedder:
        with pytest.raises(UpstreamRefused, match=hint):
            await embedder.embed(TEXTS)
    assert len(server.requests) == 1


async def test_a_used_up_quota_is_a_refusal_and_not_a_traffic_jam_fault_75(server: EmbeddingsServer) -> None:
    server.faults.append(Status(429, body=b'{"error": {"message": "x", "code": "insufficient_quota"}}'))
    async with embedding(server) as embedder:
        with pytest.raises(UpstreamRefused, match="quota"):
            await embedder.embed(TEXTS)
    assert len(server.requests) == 1


async def test_a_redirect_is_not_followed_and_its_host_is_named_fault_99(server: EmbeddingsServer) -> None:
    server.faults.append(Status(307, {"location": f"{server.base_url}/embeddings"}))
    async with embedding(server) as embedder:
        with pytest.raises(UpstreamRefused, match=r"redirects to '127\.0\.0\.1'"):
            await embedder.embed(TEXTS)
    assert len(server.requests) == 1


PASSING = [
    Status(408),
    Status(409),
    Status(429, {"retry-after": "0"}),
    Status(429, {"retry-after": "NaN"}),
    Status(429, {"retry-after": "-3"}),
    Status(500),
    Status(503, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    Status(529),
    Cut(0),
    Cut(400),
]


@pytest.mark.parametrize("fault", PASSING)
async def test_a_passing_failure_is_tried_once_more_while_building_faults_71_to_76(
    server: EmbeddingsServer, fault: Fault
) -> None:
    server.faults.append(fault)
    async with embedding(server) as embedder:
        np.testing.assert_array_equal(await embedder.embed(TEXTS), expected(TEXTS))
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", PASSING)
async def test_a_lasting_failure_ends_after_one_retry(server: EmbeddingsServer, fault: Fault) -> None:
    server.faults.extend([fault] * 5)
    async with embedding(server) as embedder:
        with pytest.raises(UpstreamUnavailable):
            await embedder.embed(TEXTS)
    assert len(server.requests) == 2


async def test_an_endpoint_that_asks_for_a_long_pause_is_given_up_at_once_fault_73(server: EmbeddingsServer) -> None:
    server.faults.append(Status(429, {"retry-after": "300"}))
    async with embedding(server) as embedder:
        with pytest.raises(UpstreamUnavailable, match="429"):
            await embedder.embed(TEXTS)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [Status(500), Cut(0), Hang()])
async def test_a_question_is_not_held_up_by_a_second_try(server: EmbeddingsServer, fault: Fault) -> None:
    server.faults.append(fault)
    assert ASKING.deadline_seconds <= 2.0
    async with embedding(server, patience=Patience(deadline_seconds=0.2, attempts=ASKING.attempts)) as embedder:
        with pytest.raises(UpstreamUnavailable):
            await embedder.embed(TEXTS)
    assert len(server.requests) == 1


async def test_an_endpoint_that_hangs_is_left_after_the_deadline_fault_79(server: EmbeddingsServer) -> None:
    server.faults.append(Hang())
    async with embedding(server, patience=Patience(deadline_seconds=0.2, attempts=1)) as embedder:
        with pytest.raises(UpstreamUnavailable, match="did not answer in time"):
            await embedder.embed(TEXTS)


async def test_an_endpoint_that_is_not_there_is_said_to_be_unreachable_fault_68() -> None:
    async with EmbeddingsServer() as server:
        pass
    async with embedding(server, patience=Patience(deadline_seconds=5.0, attempts=1)) as embedder:
        with pytest.raises(UpstreamUnavailable, match="could not be reached"):
            await embedder.embed(TEXTS)


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server side whose certificate nobody has reason to trust."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: no certificate to distrust")
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost"]
    command = [openssl, "req", "-x509", *kind, "-days", "1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_cannot_be_trusted_is_named_fault_68(own_certificate: ssl.SSLContext) -> None:
    async with EmbeddingsServer(tls=own_certificate) as server, embedding(server) as embedder:
        with pytest.raises(UpstreamUnavailable, match="certificate that cannot be trusted"):
            await embedder.embed(TEXTS)


@pytest.mark.parametrize(
    "body", [b"<html>log in to the airport wifi</html>", b"[]", b'{"data": 3}', b"\xff", b"[" * 10**5]
)
async def test_a_page_where_vectors_should_be_is_a_failure_of_the_endpoint_fault_90(
    server: EmbeddingsServer, body: bytes
) -> None:
    server.faults.append(Status(200, body=body))
    async with embedding(server) as embedder:
        with pytest.raises(UpstreamUnavailable, match="something other than vectors"):
            await embedder.embed(TEXTS)


@pytest.mark.parametrize("fault", [Status(400), Status(401), Status(500), Status(200), upstream.one_too_few, Cut(300)])
async def test_no_error_holds_the_key_or_the_words_of_the_provider(
    server: EmbeddingsServer, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.extend([fault, fault])
    async with embedding(server) as embedder:
        with pytest.raises(UpstreamError) as caught:
            await embedder.embed(TEXTS)
    logging.getLogger("test").error("the build failed", exc_info=caught.value)
    assert "the-provider-said-this" not in caplog.text
    assert KEY not in caplog.text
    assert "\n" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("0.5", 0.5),
        ("-1", 0.0),
        ("1e309", None),
        ("NaN", None),
        ("soon", None),
        ("", None),
        ("Fri, 20 Nov 2026 12:00:10 GMT", 10.0),
        ("Fri, 20 Nov 2020 12:00:10 GMT", 0.0),
        ("Fri, 99 Nov 2026 12:00:10 GMT", None),
        ("Fri, 20 Nov 2026 12:00:10 -0000", None),
    ],
)
def test_retry_after_is_read_with_suspicion_faults_74_and_105(header: str | None, seconds: float | None) -> None:
    assert retry_pause_seconds(header, now=datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)) == seconds


def test_a_build_waits_longer_than_a_question() -> None:
    assert BUILDING.deadline_seconds > ASKING.deadline_seconds
    assert BUILDING.attempts == 2

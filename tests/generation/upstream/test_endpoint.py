"""What an endpoint is asked, what it may not make us do, and what it may refuse."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from service.errors import UpstreamError, UpstreamInterrupted, UpstreamRefused, UpstreamUnavailable
from service.generation.completion import CompletionRequest, Piece, Sampling
from service.generation.message import Message
from service.generation.upstream.completer import OpenAICompleter
from service.generation.upstream.patience import Deadlines
from tests.upstream import Act, Drip, Upstream, answer, chunk, faulty, head, whole

from .asked import completing, target

if TYPE_CHECKING:
    from pathlib import Path

ASKED = [Message("user", "안녕하세요")]
GOOD = answer(["네"])


async def ask(completer: OpenAICompleter) -> list[Piece]:
    return [piece async for piece in completer.stream(CompletionRequest(ASKED))]


# Parameters that some providers refuse


@pytest.mark.parametrize("status", [400, 422])
async def test_a_provider_that_refuses_to_count_is_asked_without_counting_from_then_on(status: int) -> None:
    complaint = {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"]}]}
    async with Upstream(whole(status, complaint), GOOD) as upstream:
        completer = completing(upstream)
        assert (await ask(completer))[0] == "네"
        assert (await ask(completer))[0] == "네"
        await completer.close()
        assert ["stream_options" in request.json for request in upstream.received] == [True, False, False]


async def test_what_newer_models_refuse_is_renamed_or_left_out_from_then_on() -> None:
    renamed = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    fixed = "Unsupported value: 'temperature' does not support 0.3 with this model."
    refusals = [whole(400, {"error": {"message": text}}) for text in (renamed, fixed)]
    async with Upstream(*refusals, GOOD) as upstream:
        completer = completing(upstream, sampling=Sampling(temperature=0.3, max_tokens=600))
        assert (await ask(completer))[0] == "네"
        await completer.close()
        last = upstream.received[-1].json
        assert (len(upstream.received), last["max_completion_tokens"]) == (3, 600)
        assert not {"max_tokens", "temperature"} & set(last)


@pytest.mark.parametrize(
    "complaint",
    [
        "This model's maximum context length is 4096 tokens.",
        "max_tokens is too large: 600. This model supports at most 512 completion tokens.",
        "temperature must be at most 1",
    ],
)
async def test_other_refusals_are_not_talked_around(complaint: str) -> None:
    """Fault 69."""
    async with Upstream(whole(400, {"error": {"message": complaint}})) as upstream:
        completer = completing(upstream, sampling=Sampling(temperature=0.3, max_tokens=600))
        with pytest.raises(UpstreamRefused):
            await ask(completer)
        await completer.close()
        assert len(upstream.received) == 1


# What it may not make us do


async def test_a_redirect_is_not_followed() -> None:
    """Fault 99: the key would travel with it."""
    async with Upstream(GOOD) as elsewhere:
        moved = whole(307, {}, headers={"location": f"{elsewhere.base_url}/chat/completions"})
        async with Upstream(moved) as upstream:
            completer = completing(upstream)
            with pytest.raises(UpstreamRefused, match=r"127\.0\.0\.1 redirects"):
                await ask(completer)
            await completer.close()
        assert elsewhere.received == []


async def test_a_cookie_is_not_kept() -> None:
    """Fault 100: it would tie one visitor's question to the next one's."""
    begun = head(headers={"set-cookie": "visitor=1; Path=/"})
    async with Upstream((begun, *GOOD[1:])) as upstream:
        completer = completing(upstream)
        for _ in range(2):
            await ask(completer)
        await completer.close()
        assert ["cookie" in request.headers for request in upstream.received] == [False, False]


async def test_a_compressed_answer_is_read_although_none_was_asked_for() -> None:
    """Fault 100."""
    plain = b"".join(step.split(b"\r\n", 1)[1][:-2] for step in GOOD[1:-1] if isinstance(step, bytes))
    squeezed = (head(headers={"content-encoding": "gzip"}), chunk(gzip.compress(plain)), b"0\r\n\r\n")
    async with Upstream(squeezed) as upstream:
        completer = completing(upstream)
        assert (await ask(completer))[0] == "네"
        await completer.close()


async def test_a_stream_that_only_claims_to_be_compressed_is_a_failed_attempt() -> None:
    """Fault 100."""
    lying = (head(headers={"content-encoding": "gzip"}), *GOOD[1:])
    async with Upstream(lying) as upstream:
        completer = completing(upstream)
        with pytest.raises(UpstreamUnavailable):
            await ask(completer)
        await completer.close()


async def test_a_refusal_without_end_is_not_read_to_its_end() -> None:
    """T31."""
    endless = (head(401, "application/json"), Drip(chunk(b" " * 4_000)))
    async with Upstream(endless) as upstream:
        completer = completing(upstream)
        with pytest.raises(UpstreamRefused):
            await ask(completer)
        await upstream.all_closed()
        await completer.close()


async def test_a_refusal_that_breaks_off_is_a_failed_attempt() -> None:
    async with Upstream((head(401, "application/json"), chunk(b"{"), Act.RESET), GOOD) as upstream:
        completer = completing(upstream)
        assert (await ask(completer))[0] == "네"
        await completer.close()


async def test_a_server_without_keys_gets_a_placeholder_and_not_the_environments_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone-else")
    async with Upstream(GOOD) as upstream:
        completer = completing(upstream, key=None)
        await ask(completer)
        await completer.close()
        assert "sk-of-someone-else" not in str(upstream.received[0].headers)


# TLS


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key in one file, signed by nobody else."""
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not installed")
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    making = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", *making.split(), *names, "-keyout", str(file), "-out", str(file) + ".crt"],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + file.with_name("server.pem.crt").read_text())
    return file


def server_side(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_certificate_that_is_not_trusted_is_final(self_signed: Path) -> None:
    """Fault 68."""
    async with Upstream(GOOD, tls=server_side(self_signed)) as upstream:
        completer = completing(upstream)
        with pytest.raises(UpstreamRefused, match="not trusted"):
            await ask(completer)
        await completer.close()
        assert upstream.received == []


@pytest.fixture
def trusted(self_signed: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv("SSL_CERT_FILE", str(self_signed.with_name("server.pem.crt")))
    return server_side(self_signed)


async def test_a_trusted_endpoint_answers_over_tls(trusted: ssl.SSLContext) -> None:
    async with Upstream(GOOD, tls=trusted) as upstream:
        completer = completing(upstream)
        assert (await ask(completer))[0] == "네"
        await completer.close()


@pytest.mark.parametrize("name", ["reset", "fin mid-chunk", "fin between chunks"])
@pytest.mark.parametrize(("after", "expected"), [((), UpstreamUnavailable), (("네",), UpstreamInterrupted)])
async def test_a_cut_over_tls_is_told_as_it_is_without(
    trusted: ssl.SSLContext, name: str, after: tuple[str, ...], expected: type[UpstreamError]
) -> None:
    """Fault 83."""
    async with Upstream(faulty(name, after=after), tls=trusted) as upstream:
        completer = completing(upstream)
        with pytest.raises(expected):
            await ask(completer)
        await completer.close()


async def test_a_handshake_that_hangs_is_a_failed_attempt() -> None:
    """Fault 68: a plain server waits for the rest of a request that is a TLS hello."""
    async with Upstream(GOOD) as upstream:
        secure = replace(target(upstream), base_url=upstream.base_url.replace("http:", "https:"))
        completer = OpenAICompleter([secure], deadlines=Deadlines(connect=0.1, first=20.0, pause=0.0))
        with pytest.raises(UpstreamUnavailable, match="could not be reached"):
            await ask(completer)
        await completer.close()
        assert upstream.connections == 1, "nobody waits twice for it"

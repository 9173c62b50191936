"""One chat completions endpoint over HTTP: a request out, the bytes of a response in, every failure told apart.

The request is one JSON object that every compatible provider knows, and the OpenAI SDK adds a millisecond to the first
text (see docs/benchmarks.md), so this speaks through the SDK's own transport.
"""

from __future__ import annotations

import ssl
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from ...errors import UpstreamRefused
from .connection import http_client
from .fault import Fault
from .retry import retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
    from datetime import datetime

    from ..completion import CompletionRequest
    from .parameters import Parameters

REFUSALS = {
    401: "refused the API key. Check the key",
    402: "has no balance left. Check the plan and its billing",
    403: "refused the API key. Check what the key may do",
    404: "does not know the model or the path. Check the base URL and the model's name",
    413: "found the request too large. Use a model with a longer context",
}
REDIRECTED = "redirects elsewhere, which is not followed. Set the base URL to the final address"
REFUSED = "refused the request. Check the model's name and its limits"
NO_QUOTA = "has no quota left. Check the plan and its billing"
NOT_TRUSTED = "has a certificate that is not trusted. Check the base URL and this machine's certificates"
NAMES_PARAMETERS = {400, 422}
PASSES = {408, 409, 425, 429}


@dataclass(frozen=True, slots=True)
class Body:
    """A response that was accepted. `chunks` raises `Fault` when the connection breaks."""

    content_type: str
    chunks: AsyncGenerator[bytes, None]


class Endpoint:
    """One model at one address."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        parameters: Parameters,
        *,
        places: int,
        connect_seconds: float,
        now: Callable[[], datetime],
        client: httpx2.AsyncClient | None,
    ) -> None:
        self.name = f"The completion endpoint {urlsplit(base_url).hostname}"
        self._model = model
        self._parameters = parameters
        self._now = now
        self._client = client or http_client(places=places)
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"Accept": "text/event-stream"} | ({"Authorization": f"Bearer {api_key}"} if api_key else {})
        self._timeout = httpx2.Timeout(None, connect=connect_seconds)

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def ask(self, asked: CompletionRequest) -> AsyncIterator[Body]:
        """The response to these messages; its connection is free again after the block.

        Raises `UpstreamRefused`, or `Fault` where another attempt may be accepted.
        """
        async with AsyncExitStack() as stack:
            response = None
            while response is None:
                response = await self._answer(stack, asked)
            chunks = await stack.enter_async_context(aclosing(_chunks(response)))
            yield Body(response.headers.get("content-type", ""), chunks)

    async def _answer(self, stack: AsyncExitStack, asked: CompletionRequest) -> httpx2.Response | None:
        """The response, or None when it should be asked for again with the parameters that are left."""
        sent = self._parameters.fields
        told = [{"role": message.role, "content": message.content} for message in asked.messages]
        body: dict[str, object] = {"model": self._model, "messages": told, "stream": True}
        request = self._client.build_request(
            "POST",
            self._url,
            json={**body, **sent},
            headers=self._headers | ({"X-Client-Request-Id": asked.request_id} if asked.request_id else {}),
            timeout=self._timeout,
        )
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
            stack.push_async_callback(response.aclose)
            if response.is_success:
                return response
            await response.aread()
        except (httpx2.RequestError, ssl.SSLError) as error:
            if asked.meter and isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
                asked.meter.unbilled()
            raise self._unreachable(error) from None
        if response.status_code in NAMES_PARAMETERS and self._parameters.concede(response.text, sent=sent):
            return None
        if asked.meter:
            asked.meter.unbilled()
        raise self._refusal(response)

    def _refusal(self, response: httpx2.Response) -> Fault | UpstreamRefused:
        status = response.status_code
        if "insufficient_quota" in response.text:
            return self._refused(NO_QUOTA, status)
        if status in PASSES or status >= 500:
            wait_seconds = retry_after_seconds(response.headers.get("retry-after"), now=self._now())
            return Fault(f"is failing or too busy ({status})", wait_seconds=wait_seconds)
        return self._refused(REDIRECTED if status < 400 else REFUSALS.get(status, REFUSED), status)

    def _refused(self, why: str, status: int) -> UpstreamRefused:
        return UpstreamRefused(f"{self.name} {why} ({status}).")

    def _unreachable(self, error: BaseException) -> Fault | UpstreamRefused:
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
            return UpstreamRefused(f"{self.name} {NOT_TRUSTED}.")
        return Fault("could not be reached")


async def _chunks(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(response.aiter_bytes()) as chunks:
            async for chunk in chunks:
                yield chunk
    except (httpx2.RequestError, ssl.SSLError):
        raise Fault("broke the connection off") from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__

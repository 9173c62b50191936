"""One chat completions endpoint over HTTP: a request out, the bytes of a response in, every failure told apart.

The request is one JSON object that every compatible provider knows, and the OpenAI SDK adds a millisecond to the first
text (see docs/benchmarks.md), so it is sent by the SDK's HTTP client over a transport of ours.
"""

from __future__ import annotations

import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import httpx2

from .fault import AT_ONCE, Fault
from .parameters import Parameters
from .retry import retry_after_seconds
from .transport import READ, http_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from datetime import datetime

    from ..completion import CompletionRequest
    from ..message import Message
    from .patience import Patience
    from .target import Target

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
THIS_REQUEST_ONLY = {400, 413, 422}
PASSES = {408, 409, 425, 429}
MAX_CONCESSIONS = 12


class Body:
    """A response that was accepted."""

    def __init__(self, response: httpx2.Response) -> None:
        self.content_type = response.headers.get("content-type", "")
        packed = response.headers.get("content-encoding", "identity") != "identity"
        stream = response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        chunks = aiter(response.aiter_bytes() if packed else stream)
        self._close = getattr(chunks, "aclose", None)
        # Ours reads at once; what httpx2 wraps around a transport's stream would cost as much as reading it.
        at_once = None if packed else response.extensions.get(READ)
        self._read: Callable[[], Awaitable[bytes]] = at_once or partial(anext, chunks, b"")

    async def read(self) -> bytes:
        """The next bytes; empty at the end. Raises `Fault` when the connection breaks."""
        try:
            return await self._read()
        except (httpx2.RequestError, OSError):  # of which ssl.SSLError is one
            raise Fault("broke the connection off") from None

    async def aclose(self) -> None:
        if self._close:
            await self._close()


class Endpoint:
    """One target, as it is talked to."""

    def __init__(
        self,
        target: Target,
        *,
        places: int,
        now: Callable[[], datetime],
        client: httpx2.AsyncClient | None,
    ) -> None:
        self.target = target
        self._told = f"The completion endpoint {target.host}"
        self._parameters = Parameters(target)
        self._now = now
        self._client = client or http_client(places=places)
        self._url = httpx2.URL(target.url)
        self._headers = {"Accept": "text/event-stream", **target.key_headers}

    async def close(self) -> None:
        await self._client.aclose()

    def says(self, fault: Fault) -> str:
        """A fault as a sentence for the operator."""
        return f"{self._told} {fault}."

    @asynccontextmanager
    async def ask(self, asked: CompletionRequest, patience: Patience) -> AsyncIterator[Body]:
        """The response to these messages; its connection is free again after the block. Raises `Fault`."""
        async with AsyncExitStack() as stack:
            for _ in range(MAX_CONCESSIONS):
                response = await self._answer(stack, asked, patience)
                if response is not None:
                    break
            else:
                raise Fault(REFUSED, again=False, refused=True)
            body = Body(response)
            stack.push_async_callback(body.aclose)
            yield body

    async def _answer(
        self, stack: AsyncExitStack, asked: CompletionRequest, patience: Patience
    ) -> httpx2.Response | None:
        """The response, or None when it should be asked for again with the parameters that are left."""
        sent = self._parameters.fields(asked)
        body = {
            "model": asked.model or self.target.model,
            "messages": [_told(message) for message in asked.messages],
            "stream": True,
        }
        request = self._client.build_request(
            "POST",
            self._url,
            json=body | sent,
            headers=self._headers | ({"X-Client-Request-Id": asked.request_id} if asked.request_id else {}),
            timeout=httpx2.Timeout(None, connect=patience.connect_seconds),
        )
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
            stack.push_async_callback(response.aclose)
            if response.is_success:
                return response
            await response.aread()
        except httpx2.ConnectTimeout:
            patience.unreached(patience.connect_seconds)
            if asked.meter:
                asked.meter.unbilled()
            raise Fault("could not be reached", again=False, weight=1) from None
        except (httpx2.RequestError, ssl.SSLError) as error:
            if asked.meter and isinstance(error, httpx2.ConnectError):
                asked.meter.unbilled()
            raise _unreachable(error) from None
        if response.status_code in NAMES_PARAMETERS and self._parameters.concede(response.text, sent=sent):
            return None
        if asked.meter:
            asked.meter.unbilled()
        raise self._refusal(response)

    def _refusal(self, response: httpx2.Response) -> Fault:
        status = response.status_code
        if "insufficient_quota" in response.text:
            return _refused(f"{NO_QUOTA} ({status})", alarm=True)
        if status in PASSES or status >= 500:
            wait_seconds = retry_after_seconds(response.headers.get("retry-after"), now=self._now())
            weight = 0 if status == 429 and wait_seconds else 1  # busy is not dead; "come back at once" is no answer
            return Fault(f"is failing or too busy ({status})", wait_seconds=wait_seconds, weight=weight)
        if status in THIS_REQUEST_ONLY:
            return Fault(f"{REFUSALS.get(status, REFUSED)} ({status})", again=False, refused=True)
        why = REDIRECTED if status < 400 else REFUSALS.get(status, REFUSED)
        return _refused(f"{why} ({status})", alarm=status in REFUSALS)


def _refused(why: str, *, alarm: bool = False) -> Fault:
    return Fault(why, again=False, weight=AT_ONCE, refused=True, alarm=alarm)


def _unreachable(error: BaseException) -> Fault:
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return _refused(NOT_TRUSTED, alarm=True)
    return Fault("could not be reached")


def _told(message: Message) -> dict[str, object]:
    """One message as the wire format has it."""
    told: dict[str, object] = {"role": message.role, "content": message.content}
    if message.calls:
        told["content"] = message.content or None
        told["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.call_id is not None:
        told["tool_call_id"] = message.call_id
    return told


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__

"""Vectors from any OpenAI-compatible `/embeddings` endpoint."""

from __future__ import annotations

import asyncio
import math
import random
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
from openai import APIConnectionError, APIError, APIStatusError, AsyncOpenAI, DefaultAsyncHttpxClient, omit

from ..errors import UpstreamError, UpstreamRefused, UpstreamUnavailable
from .embeddings_reply import read_vectors, unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .embedders import FloatArray

MAX_CHARACTERS = 4_000
"""Longer texts are cut: models refuse what exceeds their window, and the meaning is at the beginning."""
WORTH_A_RETRY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take, and how often it is tried.

    Before another try we pause for what the endpoint asks for, else about `pause_seconds`; an endpoint that asks for
    more than `longest_pause_seconds` is given up at once.
    """

    deadline_seconds: float
    attempts: int
    pause_seconds: float = 0.4
    longest_pause_seconds: float = 20.0


ASKING = Patience(deadline_seconds=2.0, attempts=1)
BUILDING = Patience(deadline_seconds=60.0, attempts=2)


class OpenAIEmbedder:
    """One request for each `embed`; the caller decides how many texts go into it.

    `dimensions` is sent only when set; without it the first reply fixes the dimension.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str | None,
        model: str,
        dimensions: int | None = None,
        patience: Patience = ASKING,
    ) -> None:
        self._model = model
        self._dimensions = dimensions
        self._dimension = dimensions
        self._patience = patience
        self._host = urlsplit(base_url).netloc
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",  # the SDK insists on one; endpoints without keys ignore it
            max_retries=0,
            timeout=patience.deadline_seconds,
            http_client=DefaultAsyncHttpxClient(follow_redirects=False),
        )
        self._client.organization = self._client.project = None  # the SDK takes them from variables that are not ours

    @property
    def id(self) -> str:
        return f"openai:{self._model}:{self._dimensions}" if self._dimensions else f"openai:{self._model}"

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        """Unit rows of shape (len(texts), dimension); a blank text is not sent and gets a zero row.

        Raises `UpstreamRefused` or `UpstreamUnavailable`, whose messages hold nothing the endpoint wrote.
        """
        spoken = [row for row, text in enumerate(texts) if text.strip()]
        rows = await self._rows([texts[row][:MAX_CHARACTERS] for row in spoken]) if spoken else None
        vectors = np.zeros((len(texts), self._dimension or 0), dtype=np.float32)
        if rows is not None:
            vectors[spoken] = rows
        return vectors

    async def aclose(self) -> None:
        await self._client.close()

    async def _rows(self, texts: list[str]) -> FloatArray:
        rows = unit_rows(read_vectors(await self._answered(texts), count=len(texts), host=self._host), host=self._host)
        if self._dimension not in (None, rows.shape[1]):
            raise UpstreamRefused(
                f"The embeddings endpoint {self._host} returned vectors of dimension {rows.shape[1]} where "
                f"{self._dimension} was expected. Check ONDAP_EMBED_MODEL and ONDAP_EMBED_DIMENSIONS."
            )
        self._dimension = rows.shape[1]
        return rows

    async def _answered(self, texts: list[str]) -> bytes:
        """The body of the first good reply within our patience."""
        attempt = 1
        while isinstance(outcome := await self._asked(texts), _Failure):
            pause = self._pause_seconds(outcome)
            if attempt == self._patience.attempts or pause is None:
                raise outcome.error
            await asyncio.sleep(pause)
            attempt += 1
        return outcome

    def _pause_seconds(self, failure: _Failure) -> float | None:
        """How long to wait before another try; None when there should be none."""
        if not failure.may_pass:
            return None
        if failure.asked_pause_seconds is None:
            return self._patience.pause_seconds * random.uniform(0.5, 1.5)  # noqa: S311 - spreads the load, no secret
        within = failure.asked_pause_seconds <= self._patience.longest_pause_seconds
        return failure.asked_pause_seconds if within else None

    async def _asked(self, texts: list[str]) -> bytes | _Failure:
        """One try. The SDK's exceptions quote the endpoint: they end here, and no error of ours is linked to them."""
        try:
            async with asyncio.timeout(self._patience.deadline_seconds):
                reply = await self._client.embeddings.with_raw_response.create(
                    model=self._model,
                    input=texts,
                    dimensions=self._dimensions if self._dimensions is not None else omit,
                    encoding_format="float",  # the one form that every compatible server knows
                )
                return reply.content
        except TimeoutError:
            return self._passing("did not answer in time")
        except APIStatusError as error:
            return self._status_failure(error)
        except APIConnectionError as error:
            return self._connection_failure(error)
        except APIError:
            return self._passing("sent a reply that cannot be read")

    def _status_failure(self, error: APIStatusError) -> _Failure:
        status = error.status_code
        if 300 <= status < 400:
            target = urlsplit(error.response.headers.get("location", "")).hostname or "another address"
            return self._lasting(f"redirects to {target!a} ({status}). Put the final address into ONDAP_EMBED_BASE_URL")
        if status == 429 and error.code == "insufficient_quota":
            return self._lasting("says that the quota is used up (429). Top it up with the provider")
        if status in WORTH_A_RETRY or status >= 500:
            pause = retry_pause_seconds(error.response.headers.get("retry-after"), now=datetime.now(UTC))
            return self._passing(f"answered {status}", pause)
        return self._lasting(
            f"{_REFUSALS.get(status, 'refused the request')} ({status}). {_REMEDIES.get(status, _REMEDY)}"
        )

    def _connection_failure(self, error: APIConnectionError) -> _Failure:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                what = "has a certificate that cannot be trusted"
                return _Failure(UpstreamUnavailable(f"The embeddings endpoint {self._host} {what}."), may_pass=False)
            cause = cause.__cause__ or cause.__context__
        return self._passing("could not be reached")

    def _lasting(self, what: str) -> _Failure:
        return _Failure(UpstreamRefused(f"The embeddings endpoint {self._host} {what}."), may_pass=False)

    def _passing(self, what: str, asked_pause_seconds: float | None = None) -> _Failure:
        error = UpstreamUnavailable(f"The embeddings endpoint {self._host} {what}.")
        return _Failure(error, may_pass=True, asked_pause_seconds=asked_pause_seconds)


@dataclass(frozen=True, slots=True)
class _Failure:
    """A request that gave no reply: what it is called if we give up, and whether another try may help."""

    error: UpstreamError
    may_pass: bool
    asked_pause_seconds: float | None = None


_REFUSALS = {
    401: "refused the key",
    403: "refused the key",
    404: "does not know the model or the address",
    413: "finds the request too large",
}
_REMEDIES = {
    401: "Check ONDAP_EMBED_API_KEY",
    403: "Check ONDAP_EMBED_API_KEY",
    404: "Check ONDAP_EMBED_MODEL and ONDAP_EMBED_BASE_URL",
    413: "Lower ONDAP_EMBED_BATCH_SIZE",
}
_REMEDY = "Check ONDAP_EMBED_MODEL and ONDAP_EMBED_DIMENSIONS, or lower ONDAP_EMBED_BATCH_SIZE"


def retry_pause_seconds(header: str | None, *, now: datetime) -> float | None:
    """What a Retry-After header (seconds or a date) asks for, never negative; None when it cannot be understood."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - now).total_seconds()
        except (ValueError, TypeError):  # TypeError: a date that names no time zone
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None

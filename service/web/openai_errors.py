"""Errors as OpenAI's clients read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

THEIR_CODES = {
    "not_authorised": "invalid_api_key",
    "too_many_questions": "rate_limit_exceeded",
    "unknown_persona": "model_not_found",
}
"""Where OpenAI has a word of its own for it, clients branch on that."""


def openai_error(
    status: int, message: str, *, code: str, headers: Mapping[str, str] | None = None, param: str | None = None
) -> JSONResponse:
    """OpenAI has no 422: what cannot be understood there is a 400."""
    status = 400 if status == 422 else status
    return JSONResponse({"error": error_object(status, message, code=code, param=param)}, status, headers)


def error_object(status: int, message: str, *, code: str, param: str | None = None) -> dict[str, Any]:
    return {"message": message, "type": _type(status), "param": param, "code": THEIR_CODES.get(code, code)}


def _type(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"

"""Errors as RFC 9457 problem documents: a stable code, a sentence for the caller, and nothing from inside."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from ..errors import OndapError, StoreError, VisitorError
from .openai_errors import openai_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

log = structlog.get_logger(__name__)

CODES = {
    400: "bad_request",
    401: "not_authorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    503: "busy",
}


def problem(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """`code` is the stable word of RFC 9457's extension members that clients may branch on."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code or CODES.get(status, "error"),
        "request_id": request_id,
        **more,
    }
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def speaks_openai(path: str) -> bool:
    return path == "/v1" or path.startswith("/v1/")


def refusal(
    path: str,
    status: int,
    detail: str,
    *,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
    field: str | None = None,
    **more: Any,
) -> JSONResponse:
    """An error as whoever asks there reads it: OpenAI's shape under `/v1`, a problem document everywhere else."""
    if speaks_openai(path):
        return openai_error(status, detail, code=code or CODES.get(status, "error"), headers=headers, param=field)
    return problem(status, detail, code=code, headers=headers, **more)


def describe_errors_as_problems(app: FastAPI) -> None:
    """No error of ours leaves without its words; `Gate` does the same for what nobody expected."""
    app.add_exception_handler(VisitorError, _visitor)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(OndapError, _unavailable)


async def _visitor(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VisitorError)
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else None
    return refusal(request.url.path, error.status, str(error), code=error.code, headers=headers, field=error.field)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [{"where": ".".join(map(str, fault["loc"])), "what": fault["msg"]} for fault in error.errors()[:10]]
    broken = any(fault["type"] == "json_invalid" for fault in error.errors())
    if broken:
        return refusal(request.url.path, 400, "The body is not valid JSON.", code="invalid_json")
    return refusal(request.url.path, 422, "The request does not have the documented form.", errors=faults)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    return refusal(request.url.path, error.status_code, f"{phrase}.", headers=error.headers)


async def _store(request: Request, error: Exception) -> JSONResponse:
    log.error("store_unavailable", reason=str(error))
    return refusal(
        request.url.path, 503, "This cannot be stored for now.", code="store_unavailable", headers={"Retry-After": "5"}
    )


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    log.error("unavailable", kind=type(error).__name__, reason=str(error))
    return refusal(
        request.url.path, 503, "The service cannot answer for now.", code="unavailable", headers={"Retry-After": "5"}
    )

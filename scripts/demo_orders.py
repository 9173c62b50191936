"""A shop's order server for trying tools out: it really answers, and only to whom an order belongs.

    python -m scripts.demo_orders                   # serves on 127.0.0.1:8790
    python -m scripts.demo_orders --token minji     # prints a visitor's token, as a shop's server would make it

It reads ONDAP_TOOL_ORDERS_KEY (signs what Ondap asks) and ONDAP_IDENTITY_SECRET (signs who a visitor is).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import os
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

MAX_AGE_SECONDS = 300

ORDERS: dict[str, list[dict[str, Any]]] = {
    "minji": [
        {
            "number": "D-1042",
            "status": "배송 중",
            "items": [{"name": "달방울 무드등", "count": 1, "warehouse": "B-17"}],
            "expected_on": "2026-11-23",
            "carrier": "한들택배",
            "address": "서울시 마포구 (이 줄은 모델에게 가지 않습니다)",
        },
        {
            "number": "D-0988",
            "status": "배송 완료",
            "items": [{"name": "별가루 향초", "count": 2, "warehouse": "A-02"}],
            "expected_on": "2026-11-02",
            "carrier": "한들택배",
            "address": "서울시 마포구 (이 줄은 모델에게 가지 않습니다)",
        },
    ],
    "bob": [
        {
            "number": "D-2001",
            "status": "상품 준비 중",
            "items": [{"name": "구름 담요", "count": 1, "warehouse": "C-01"}],
            "expected_on": "2026-11-27",
            "carrier": "한들택배",
            "address": "부산시 해운대구 (이 줄은 모델에게 가지 않습니다)",
        }
    ],
}
"""Made up, by the visitor they belong to."""


def create_app(key: str, *, clock: Callable[[], float] = time.time) -> Starlette:
    """`GET /orders` and `GET /orders/{number}`, for the visitor that a signed request names."""
    seen: dict[str, float] = {}

    async def orders(request: Request) -> Response:
        visitor = verified_visitor(key, request, await request.body(), seen, now=clock())
        return JSONResponse({"orders": ORDERS.get(visitor, [])}) if visitor else _refused()

    async def order(request: Request) -> Response:
        visitor = verified_visitor(key, request, await request.body(), seen, now=clock())
        if not visitor:
            return _refused()
        number = request.path_params["number"]
        found = [order for order in ORDERS.get(visitor, []) if order["number"] == number]
        # 404 and not 403 for somebody else's: whether it exists is not this visitor's business
        return JSONResponse(found[0]) if found else JSONResponse({"error": "no such order"}, 404)

    return Starlette(routes=[Route("/orders", orders), Route("/orders/{number}", order)])


def verified_visitor(key: str, request: Request, body: bytes, seen: dict[str, float], *, now: float) -> str | None:
    """Whom Ondap asks for; None where it is not Ondap, or is not now, or was asked before.

    Copy this into your own server. `seen` are the ids of the last minutes.
    """
    headers: Mapping[str, str] = request.headers
    message_id, visitor = headers.get("x-ondap-id", ""), headers.get("x-ondap-visitor", "")
    timestamp = headers.get("x-ondap-timestamp", "0")
    # behind a proxy, take the address that data/tools.yaml names instead of the one this process was asked at
    signed = "\n".join((message_id, timestamp, request.method, str(request.url), visitor, "")).encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key.encode(), signed, hashlib.sha256)).decode()
    if not hmac.compare_digest(expected.encode(), headers.get("x-ondap-signature", "").encode()):
        return None
    if abs(now - int(timestamp)) > MAX_AGE_SECONDS or message_id in seen:
        return None
    for old in [known for known, at in seen.items() if at < now - 2 * MAX_AGE_SECONDS]:
        del seen[old]
    seen[message_id] = now
    return unquote(visitor) or None


def visitor_token(secret: str, user_id: str, *, now: float, seconds: int = 600) -> str:
    """Says who a visitor is, for ten minutes."""
    issued = int(now)
    claims = {"sub": user_id, "aud": "ondap", "iat": issued, "exp": issued + seconds}
    return jwt.encode(claims, secret, algorithm="HS256")


def _refused() -> Response:
    return JSONResponse({"error": "not signed"}, 401)


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set. Set it to what `openssl rand -hex 32` prints.")
    return value


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.demo_orders",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--token", metavar="USER", help="print a token for this visitor instead: minji or bob")
    given = parser.parse_args()
    if given.token:
        print(visitor_token(_from_environment("ONDAP_IDENTITY_SECRET"), given.token, now=time.time()))
        return
    app = create_app(_from_environment("ONDAP_TOOL_ORDERS_KEY"))
    with socket.create_server((given.host, given.port)) as listener:
        print(f"http://{given.host}:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()

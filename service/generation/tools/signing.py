"""How a shop's server knows that a request is ours, and for whom: HMAC-SHA256 after the manner of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pydantic import SecretStr


def signed_headers(
    key: SecretStr | None, *, message_id: str, timestamp: int, method: str, url: str, body: bytes, user_id: str | None
) -> dict[str, str]:
    """`X-Ondap-Id`, `-Timestamp`, `-Visitor` (percent-encoded; not there for a stranger) and, with a key, `-Signature`.

    Signed are these lines: id, timestamp, method, url, visitor or nothing, and the body behind them. No field but the
    body can hold a line break, so no two requests are signed alike.
    """
    visitor = quote(user_id, safe="") if user_id else ""
    headers = {"X-Ondap-Id": message_id, "X-Ondap-Timestamp": str(timestamp)} | (
        {"X-Ondap-Visitor": visitor} if visitor else {}
    )
    if key is None:
        return headers
    content = "\n".join((message_id, str(timestamp), method, url, visitor, "")).encode() + body
    digest = hmac.digest(key.get_secret_value().encode(), content, hashlib.sha256)
    return headers | {"X-Ondap-Signature": f"v1,{base64.b64encode(digest).decode()}"}

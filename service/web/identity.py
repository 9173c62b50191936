"""Who asks: whoever the shop has signed for, else a network (threat T2). What a page merely says counts for nothing."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Any

import jwt

from ..conversation.draft import Visitor
from ..errors import VisitorError
from .limits import visitor_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr
    from starlette.requests import Request

    from .parts import Parts

HEADER = "X-Ondap-Visitor-Token"
AUDIENCE = "ondap"
MAX_LIFETIME_SECONDS = 15 * 60
CLOCK_SKEW_SECONDS = 30
"""How far the shop's clock may be from ours."""

MAX_TOKEN_CHARACTERS = 4_096
MAX_USER_ID_CHARACTERS = 200


class Identities:
    """Reads tokens, and gives every visitor a key that says nothing about them.

    `key` is this installation's own secret; without `secret`, which the shop's server shares, nobody can be identified.
    """

    def __init__(self, key: bytes, secret: SecretStr | None, *, clock: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(key, b"ondap.visitor", hashlib.sha256)  # handles are signed with `key` itself
        self._secret = secret
        self._clock = clock

    def visitor(self, address: str | None, token: str | None) -> Visitor:
        """Raises `VisitorError` (401) for a token that is not sound. Without one, or with an empty one as a page
        sends it for guests, the network is the visitor.
        """
        if not token:
            return Visitor(self._digest(f"network:{visitor_key(address)}"))
        user_id = self._user_id(token)
        return Visitor(self._digest(f"user:{user_id}"), user_id)

    def _user_id(self, token: str) -> str:
        claims = self._claims(token)
        now, user_id, issued, expires = self._clock(), claims["sub"], claims["iat"], claims["exp"]
        if not all(type(moment) is int for moment in (issued, expires)) or claims["aud"] != AUDIENCE:
            raise _refused()
        if not isinstance(user_id, str) or not _is_user_id(user_id):
            raise _refused()
        if not 0 < expires - issued <= MAX_LIFETIME_SECONDS or issued > now + CLOCK_SKEW_SECONDS:
            raise _refused()
        if expires <= now - CLOCK_SKEW_SECONDS:
            raise VisitorError("visitor_token_expired", "The visitor's token has expired. Make a new one.", status=401)
        return user_id

    def _claims(self, token: str) -> dict[str, Any]:
        if self._secret is None or len(token) > MAX_TOKEN_CHARACTERS:
            raise _refused()
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret.get_secret_value(),
                algorithms=["HS256"],  # pinned: what the token says of itself is not asked
                leeway=CLOCK_SKEW_SECONDS,  # of `nbf`, which some libraries write unasked
                options={
                    "require": ["sub", "aud", "iat", "exp"],
                    # these are judged above, by a clock that a test can set
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_aud": False,
                    "verify_sub": False,
                },
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise _refused() from None
        return claims

    def _digest(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()[:32]


def visitor_of(request: Request, parts: Parts) -> Visitor:
    """Who sent this request. Raises `VisitorError` (401) for a token that is not sound."""
    tokens = request.headers.getlist(HEADER)
    if len(tokens) > 1:
        raise _refused()
    return parts.identities.visitor(request.client.host if request.client else None, tokens[0] if tokens else None)


def _is_user_id(text: str) -> bool:
    return 0 < len(text) <= MAX_USER_ID_CHARACTERS and text.isprintable() and text == text.strip()


def _refused() -> VisitorError:
    """One answer for all that can be wrong: whoever tries tokens out learns nothing from it."""
    return VisitorError("visitor_token_refused", "The visitor's token is not valid here.", status=401)

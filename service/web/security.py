"""Who may see what: signed conversation handles for visitors, one token for the operator."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, TimestampSigner

from ..errors import OperatorError, VisitorError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic import SecretStr

    from ..settings import Settings

HANDLE_SECONDS = 30 * 24 * 3600
"""A conversation can be continued for thirty days."""


def new_id() -> str:
    """128 random bits, safe in URLs."""
    return secrets.token_urlsafe(16)


class ConversationHandles:
    """What a visitor holds of a conversation: `<id>.<time>.<signature>`, or `<id>.<owner>.<time>.<signature>`.

    The part before the first dot is the public id that logs and agents see; the whole is the secret that opens it. One
    with an owner, the key of a visitor that the shop has signed for, is gone on with by nobody else: the next customer
    at the same computer must not be told what the last one was.
    """

    def __init__(self, key: bytes) -> None:
        self._signer = TimestampSigner(
            key, salt="ondap.conversation", digest_method=hashlib.sha256, key_derivation="hmac"
        )

    def issue(self, conversation_id: str, owner: str | None = None) -> str:
        return self._signer.sign(f"{conversation_id}.{owner}" if owner else conversation_id).decode()

    def open(self, handle: str) -> str:
        """The id of the conversation. Raises `VisitorError` for anything that was not issued here, or has expired."""
        return self._read(handle)[0]

    def open_as(self, handle: str, owner: str | None) -> str:
        """As `open`, for whoever goes on with it. Raises `VisitorError` also where it belongs to another visitor."""
        conversation_id, belongs_to = self._read(handle)
        if belongs_to not in (None, owner):
            raise _unknown_conversation()
        return conversation_id

    def renewed(self, handle: str | None, conversation_id: str, owner: str | None) -> str:
        """What to answer with: `handle` itself, unless there is none or its visitor has been signed for since."""
        if handle and (owner is None or self._read(handle)[1]):
            return handle
        return self.issue(conversation_id, owner)

    def _read(self, handle: str) -> tuple[str, str | None]:
        try:
            signed = self._signer.unsign(handle, max_age=HANDLE_SECONDS).decode()
        except (BadSignature, UnicodeError):
            raise _unknown_conversation() from None
        conversation_id, _, owner = signed.partition(".")
        return conversation_id, owner or None


def _unknown_conversation() -> VisitorError:
    """One answer for what never was, has expired and is another's."""
    return VisitorError("unknown_conversation", "There is no such conversation.", status=404)


class AdminToken:
    """The operator's token, of which only a digest is kept."""

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    def matches(self, token: str) -> bool:
        return hmac.compare_digest(_digest(token), self._digest)


class ApiKeys:
    """The keys of clients that speak OpenAI's protocol, of which only digests are kept."""

    def __init__(self, keys: Iterable[SecretStr]) -> None:
        self._digests = [_digest(key.get_secret_value()) for key in keys]

    @property
    def required(self) -> bool:
        return bool(self._digests)

    def number(self, token: str) -> int | None:
        """Which of the keys this is, from 0; it takes as long for the first as for none."""
        given = _digest(token)
        same = [hmac.compare_digest(given, digest) for digest in self._digests]
        return same.index(True) if any(same) else None


def conversation_key(var_dir: Path) -> bytes:
    """The key that signs conversation handles, made at first use and readable by its owner only."""
    path = _folder(var_dir) / "conversation.key"
    try:
        return bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        key = secrets.token_bytes(32)
        _write(path, key.hex())
        return key
    except ValueError:
        raise OperatorError(f"{path}: is damaged. Remove it; open conversations will have to start anew.") from None


def admin_token(settings: Settings) -> tuple[AdminToken, str | None]:
    """The operator's token, and its text when it was made just now and must be shown once."""
    if settings.admin_token:
        return AdminToken(_digest(settings.admin_token.get_secret_value())), None
    path = _folder(settings.var_dir) / "admin-token.sha256"
    try:
        return AdminToken(bytes.fromhex(path.read_text().strip())), None
    except FileNotFoundError:
        return _make_admin_token(path)
    except ValueError:
        raise OperatorError(f"{path}: is damaged. Run `ondap admin-token` to make a new one.") from None


def renew_admin_token(var_dir: Path) -> str:
    """A new operator's token; the old one stops working when the service restarts."""
    return _make_admin_token(_folder(var_dir) / "admin-token.sha256")[1]


def _make_admin_token(path: Path) -> tuple[AdminToken, str]:
    token = secrets.token_urlsafe(24)
    _write(path, _digest(token).hex())
    return AdminToken(_digest(token)), token


def _digest(token: str) -> bytes:
    # A made token has 192 random bits, so a fast digest is enough; a slow hash is for passwords people choose.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _folder(var_dir: Path) -> Path:
    folder = var_dir / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text + "\n")
    fresh.replace(path)

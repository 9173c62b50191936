"""Who a visitor is: signed by the shop, or nobody (threat T2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from service.conversation.draft import Visitor
from service.errors import VisitorError
from service.web.identity import HEADER, Identities
from tests.fakes import FakeCompleter

from .conftest import Open

ROOT = Path(__file__).parents[2]
SECRET = "an-identity-secret-of-thirty-two-bytes"
OTHER = "another-identity-secret-of-thirty-two-b"
NOW = 1_800_000_000
SOUND: dict[str, Any] = {"sub": "minji", "aud": "ondap", "iat": NOW, "exp": NOW + 600}


def identities(*, secret: str | None = SECRET, now: float = NOW, key: bytes = b"k" * 32) -> Identities:
    return Identities(key, SecretStr(secret) if secret else None, clock=lambda: now)


def token(*, key: str = SECRET, alg: str = "HS256", header: dict[str, Any] | None = None, **changed: Any) -> str:
    claims = {name: value for name, value in (SOUND | changed).items() if value is not None}
    return jwt.encode(claims, key, algorithm=alg, headers=header)


def by_hand(header: object, claims: object, *, key: bytes = SECRET.encode(), digest: Any = hashlib.sha256) -> str:
    """A token that no library would make."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signature = base64.urlsafe_b64encode(hmac.digest(key, b".".join(parts), digest)).rstrip(b"=")
    return b".".join((*parts, signature)).decode()


def test_whoever_the_shop_has_signed_for_is_known() -> None:
    visitor = identities().visitor("203.0.113.7", token())
    assert visitor.user_id == "minji"
    assert identities().visitor("198.51.100.1", token(exp=NOW + 60)) == visitor, "wherever they are"


def test_a_shop_whose_clock_is_a_little_ahead_may_say_from_when_a_token_counts() -> None:
    """`nbf` is read by the clock of the machine: .NET writes it into every token."""
    now = int(time.time())
    said: dict[str, Any] = {"iat": now, "exp": now + 600}
    assert identities(now=now).visitor(None, token(**said, nbf=now + 15)).user_id == "minji"
    with pytest.raises(VisitorError, match="not valid"):
        identities(now=now).visitor(None, token(**said, nbf=now + 120))


@pytest.mark.parametrize("user_id", ["민지", "a b", "u" * 200, "kim@example.com"])
def test_an_identity_may_be_written_in_any_script(user_id: str) -> None:
    assert identities().visitor(None, token(sub=user_id)).user_id == user_id


NONE = {"alg": "none", "typ": "JWT"}
HS256 = {"alg": "HS256", "typ": "JWT"}
REFUSED = {
    "no signature": by_hand(NONE, SOUND).rpartition(".")[0] + ".",
    "no algorithm, signed": by_hand(NONE, SOUND),
    "algorithm in other letters": by_hand({"alg": "hs256"}, SOUND),
    "another algorithm of the family": by_hand({"alg": "HS512"}, SOUND, digest=hashlib.sha512),
    "key confusion": by_hand({"alg": "RS256"}, SOUND),
    "a key of its own choice": by_hand({**HS256, "jwk": {"kty": "oct", "k": "AAAA"}}, SOUND, key=b"\0" * 32),
    "a key by name": by_hand({**HS256, "kid": "../../dev/null"}, SOUND, key=b""),
    "critical extension": by_hand({**HS256, "crit": ["b64"], "b64": False}, SOUND),
    "wrong key": token(key=OTHER),
    "cut": token()[:-2],
    "other claims under an old signature": ".".join((token().split(".")[0], token(sub="jun").split(".")[1], "x")),
    "not yet": token(iat=NOW + 31, exp=NOW + 600),
    "other audience": token(aud="shop"),
    "audience among others": token(aud=["ondap", "shop"]),
    "no audience": token(aud=None),
    "no subject": token(sub=None),
    "empty subject": token(sub=""),
    "blank subject": token(sub="  "),
    "long subject": token(sub="u" * 201),
    "subject with a line break": token(sub="minji\nX-Ondap-Visitor: jun"),
    "subject that is a number": by_hand(HS256, SOUND | {"sub": 7}),
    "no end": token(exp=None),
    "no beginning": token(iat=None),
    "too long a life": token(exp=NOW + 901),
    "end before its beginning": token(exp=NOW - 1),
    "times that are text": by_hand(HS256, SOUND | {"iat": str(NOW), "exp": str(NOW + 9)}),
    "times that are no number": by_hand(HS256, SOUND | {"exp": float("inf")}),
    "times that are fractions": by_hand(HS256, SOUND | {"exp": NOW + 0.5}),
    "claims that are a list": by_hand(HS256, [SOUND]),
    "too long": token(more="x" * 4_000),
    "nonsense": "minji",
    "three dots": "...",
    "not even letters": "\x00é",
}


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused_in_the_same_words(name: str) -> None:
    with pytest.raises(VisitorError) as refused:
        identities().visitor("203.0.113.7", REFUSED[name])
    assert (refused.value.code, refused.value.status) == ("visitor_token_refused", 401)
    assert str(refused.value) == "The visitor's token is not valid here."


@pytest.mark.parametrize(("after", "known"), [(600, True), (629, True), (630, False), (86_400, False)])
def test_a_token_ends(after: int, known: bool) -> None:
    late = identities(now=NOW + after)
    if known:
        assert late.visitor(None, token()).user_id == "minji"
        return
    with pytest.raises(VisitorError) as refused:
        late.visitor(None, token())
    assert (refused.value.code, refused.value.status) == ("visitor_token_expired", 401)


def test_without_a_secret_nobody_can_be_identified() -> None:
    with pytest.raises(VisitorError):
        identities(secret=None).visitor(None, token())


# keys


def test_a_key_is_the_visitors_alone_and_says_nothing() -> None:
    here = identities()
    keys = [here.visitor(address, None).key for address in ("203.0.113.7", "203.0.113.8", None)]
    keys += [here.visitor("203.0.113.7", token(sub=name)).key for name in ("minji", "jun", "203.0.113.7")]
    assert len(set(keys)) == 6
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in keys)


def test_a_household_is_one_visitor_and_another_installation_calls_it_otherwise() -> None:
    one = identities().visitor("2001:db8:1:2::1", None)
    assert identities().visitor("2001:db8:1:2::ffff", "") == one == Visitor(one.key)
    assert identities(key=b"j" * 32).visitor("2001:db8:1:2::1", None) != one


# over HTTP


def test_a_question_is_answered_with_a_sound_token_and_refused_with_another(opened: Open) -> None:
    client = opened(identity_secret=SecretStr(SECRET))
    now = int(time.time())
    sound = token(iat=now, exp=now + 60)
    asked = {"message": "배송비는 얼마인가요?"}
    assert client.post("/api/chat", json=asked, headers={HEADER: sound}).status_code == 200
    assert client.post("/api/chat", json=asked).status_code == 200
    for headers in ([(HEADER, token())], [(HEADER, sound), (HEADER, sound)], [(HEADER, "minji")]):
        refused = client.post("/api/chat", json=asked, headers=headers)
        assert refused.status_code == 401
        assert refused.json()["code"] in {"visitor_token_refused", "visitor_token_expired"}
        assert SECRET not in refused.text


def test_who_asks_comes_with_the_question_as_a_key_and_never_by_name(opened: Open) -> None:
    completer = FakeCompleter("글쎄요.")
    client = opened(identity_secret=SecretStr(SECRET), completer=completer)
    now = int(time.time())
    for user_id in ("minji", "minji", "jun", None):
        headers = {HEADER: token(sub=user_id, iat=now, exp=now + 60)} if user_id else {}
        client.post("/api/chat", json={"message": "자전거 체인도 갈아 주시나요?"}, headers=headers)
    keys = [asked.visitor for asked in completer.requests]
    assert keys[0] == keys[1]
    assert len({*keys}) == 3
    assert None not in keys
    assert "minji" not in repr(completer.requests)


def test_a_widget_on_another_site_may_send_it(opened: Open) -> None:
    client = opened(allowed_origins=("https://shop.example.com",))
    wish = {
        "Origin": "https://shop.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": f"content-type,{HEADER.lower()}",
    }
    assert client.options("/api/chat", headers=wish).status_code == 200


def test_the_example_in_the_docs_makes_a_sound_token(monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.setenv("ONDAP_IDENTITY_SECRET", SECRET)
    made: dict[str, Any] = {}
    exec(example, made)
    assert identities(now=time.time()).visitor(None, made["visitor_token"]("민지")).user_id == "민지"


def test_the_demo_shop_makes_a_sound_token() -> None:
    command = [sys.executable, "-m", "scripts.demo_orders", "--token", "minji"]
    made = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "ONDAP_IDENTITY_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=True,
    )
    assert identities(now=time.time()).visitor(None, made.stdout.strip()).user_id == "minji"

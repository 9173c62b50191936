import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.errors import OperatorError, VisitorError
from service.settings import Settings
from service.web.security import (
    HANDLE_SECONDS,
    AdminToken,
    ConversationHandles,
    admin_token,
    conversation_key,
    new_id,
    renew_admin_token,
)


@pytest.fixture
def handles() -> ConversationHandles:
    return ConversationHandles(b"k" * 32)


def test_a_handle_opens_its_own_conversation(handles: ConversationHandles) -> None:
    handle = handles.issue("abc")
    assert handle.split(".")[0] == "abc"
    assert handles.open(handle) == "abc"


def test_a_guessed_or_altered_handle_opens_nothing(handles: ConversationHandles) -> None:
    """T1: a thousand guesses."""
    handle = handles.issue("abc")
    forged = [
        "",
        "abc",
        handle.replace("abc", "abd", 1),
        handle[:-9] + ("A" if handle[-9] != "A" else "B") + handle[-8:],  # the last one's lowest bits say nothing
        ConversationHandles(b"x" * 32).issue("abc"),
        "가.나.다",
        *(f"{new_id()}.{new_id()}" for _ in range(1_000)),
    ]
    for guess in forged:
        with pytest.raises(VisitorError) as refused:
            handles.open(guess)
        assert refused.value.status == 404


def test_a_handle_expires(handles: ConversationHandles, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = handles.issue("abc")
    now = handles._signer.get_timestamp()
    monkeypatch.setattr(handles._signer, "get_timestamp", lambda: now + HANDLE_SECONDS + 1)
    with pytest.raises(VisitorError):
        handles.open(handle)


def test_ids_are_never_the_same() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_the_admin_token_is_made_once_and_only_its_digest_is_kept(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path)
    token, shown = admin_token(settings)
    assert shown is not None
    assert token.matches(shown)
    assert admin_token(settings)[1] is None
    assert admin_token(settings)[0].matches(shown)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert all(shown not in path.read_text() for path in kept)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)


def test_a_configured_admin_token_counts_and_nothing_is_written(tmp_path: Path) -> None:
    token, shown = admin_token(Settings(var_dir=tmp_path, admin_token=SecretStr("sixteen-or-more-characters")))
    assert shown is None
    assert token.matches("sixteen-or-more-characters")
    assert list(tmp_path.iterdir()) == []


def test_a_renewed_token_replaces_the_old_one(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path)
    _, old = admin_token(settings)
    new = renew_admin_token(tmp_path)
    current, _ = admin_token(settings)
    assert current.matches(new)
    assert old is not None
    assert not current.matches(old)


@pytest.mark.parametrize("token", ["", "short", "sixteen-or-more-characterZ", "\udcff", "가"])
def test_another_token_never_matches(token: str) -> None:
    settings = Settings(admin_token=SecretStr("sixteen-or-more-characters"))
    assert not admin_token(settings)[0].matches(token)
    assert isinstance(admin_token(settings)[0], AdminToken)


def test_the_conversation_key_survives_a_restart(tmp_path: Path) -> None:
    assert conversation_key(tmp_path) == conversation_key(tmp_path)
    assert len(conversation_key(tmp_path)) == 32


@pytest.mark.parametrize("name", ["conversation.key", "admin-token.sha256"])
def test_a_damaged_secret_says_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / name).write_text("not hex")
    with pytest.raises(OperatorError, match="is damaged"):
        conversation_key(tmp_path) if "key" in name else admin_token(Settings(var_dir=tmp_path))


def test_a_handle_with_an_owner_is_for_nobody_else(handles: ConversationHandles) -> None:
    """T2: the next customer at the same computer."""
    handle = handles.issue("abc", "minji")
    assert handle.split(".")[0] == "abc"
    assert handles.open(handle) == handles.open_as(handle, "minji") == "abc"
    for other in ("bob", None):
        with pytest.raises(VisitorError) as refused:
            handles.open_as(handle, other)
        assert refused.value.status == 404
    assert handles.open_as(handles.issue("abc"), "minji") == "abc", "a guest's, who has signed in"


def test_a_guests_handle_becomes_that_of_the_customer_they_turn_out_to_be(handles: ConversationHandles) -> None:
    guests = handles.issue("abc")
    customers = handles.renewed(guests, "abc", "minji")
    assert handles.renewed(guests, "abc", None) == guests
    assert handles.renewed(customers, "abc", "minji") == customers
    assert handles.open_as(customers, "minji") == "abc"
    with pytest.raises(VisitorError):
        handles.open_as(customers, "bob")

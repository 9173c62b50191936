import os
from pathlib import Path

import pytest

from service.errors import SettingsError
from service.settings import Settings, load_settings

CANARY = "canary-7f3a"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ONDAP_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_nothing_needs_to_be_configured() -> None:
    settings = load_settings()
    assert (settings.port, settings.chat_base_url, settings.threshold) == (8000, None, None)


def test_the_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONDAP_PORT=9001\nONDAP_LOCALE=en\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("ONDAP_PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.locale) == (9002, "en")


def test_a_command_line_option_wins_over_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_PORT", "9002")
    assert load_settings(port=9003, host=None).port == 9003


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_ALLOWED_ORIGINS", "https://Shop.example.com, http://localhost:3000 ,")
    assert load_settings().allowed_origins == ("https://shop.example.com", "http://localhost:3000")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONDAP_THRESHOLD", "nan"),
        ("ONDAP_THRESHOLD", "1.5"),
        ("ONDAP_THRESHOLD", "1"),
        ("ONDAP_THRESHOLD", "-0.1"),
        ("ONDAP_TIME_ZONE", CANARY),
        ("ONDAP_TIME_ZONE", "../../etc/passwd"),
        ("ONDAP_TIME_ZONE", "Asia"),
        ("ONDAP_TIME_ZONE", ""),
        ("ONDAP_THRESHOLD", "="),
        ("ONDAP_THRESHOLD", ""),
        ("ONDAP_PORT", CANARY),
        ("ONDAP_PORT", "70000"),
        ("ONDAP_LOCALE", CANARY),
        ("ONDAP_CHAT_API_KEY", f"{CANARY}\nsecond line"),
        ("ONDAP_CHAT_API_KEY", f"{CANARY} with space"),
        ("ONDAP_CHAT_API_KEY", ""),
        ("ONDAP_CHAT_BASE_URL", f"{CANARY}.example.com/v1"),
        ("ONDAP_CHAT_BASE_URL", f"https://user:{CANARY}@example.com/v1"),
        ("ONDAP_CHAT_BASE_URL", f"https://example.com:{CANARY}/v1"),
        ("ONDAP_EMBED_BASE_URL", f"ftp://{CANARY}"),
        ("ONDAP_ADMIN_TOKEN", CANARY),
        ("ONDAP_ALLOWED_ORIGINS", f"https://{CANARY}/path"),
        ("ONDAP_ALLOWED_ORIGINS", "*"),
        ("ONDAP_ALLOWED_ORIGINS", "https://a.com:99999"),
        ("ONDAP_ALLOWED_ORIGINS", "https://:443"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_never_printed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Fault 52."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(f"{name}: ")
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("place", ["environment", "file"])
def test_an_unknown_name_is_refused_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    """Fault 52."""
    if place == "file":
        (tmp_path / ".env").write_text("ONDAP_TRESHOLD=0.5\n")
    else:
        monkeypatch.setenv("ONDAP_TRESHOLD", "0.5")
    with pytest.raises(
        SettingsError, match=r"ONDAP_TRESHOLD is not a setting of Ondap\. Did you mean ONDAP_THRESHOLD\?"
    ):
        load_settings()


@pytest.mark.parametrize("kind", ["CHAT", "EMBED"])
def test_an_endpoint_needs_a_models_name(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv(f"ONDAP_{kind}_BASE_URL", "http://localhost:11434/v1")
    with pytest.raises(SettingsError, match=f"ONDAP_{kind}_MODEL is missing"):
        load_settings()


@pytest.mark.parametrize("kind", ["CHAT", "EMBED"])
@pytest.mark.parametrize("name", ["API_KEY", "MODEL"])
def test_a_key_or_a_model_needs_an_endpoint(monkeypatch: pytest.MonkeyPatch, kind: str, name: str) -> None:
    monkeypatch.setenv(f"ONDAP_{kind}_{name}", CANARY)
    with pytest.raises(SettingsError, match=f"ONDAP_{kind}_BASE_URL is missing") as refused:
        load_settings()
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("name", ["PROVIDER", "API_KEY", "MODEL"])
def test_a_fallback_needs_something_to_stand_behind(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"ONDAP_CHAT_FALLBACK_{name}", "ollama")
    with pytest.raises(SettingsError, match=f"ONDAP_CHAT_BASE_URL is missing: ONDAP_CHAT_FALLBACK_{name}"):
        load_settings()


def test_a_provider_that_nobody_knows_is_refused_with_those_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_CHAT_PROVIDER", CANARY)
    with pytest.raises(SettingsError, match=r"ONDAP_CHAT_PROVIDER: .*'deepseek'") as refused:
        load_settings()
    assert CANARY not in str(refused.value)


def test_a_provider_brings_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_CHAT_PROVIDER", "deepseek")
    monkeypatch.setenv("ONDAP_CHAT_BASE_URL", "https://gateway.example/v1")
    assert load_settings().chat_model is None


def test_a_threshold_is_a_confidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_THRESHOLD", "1")
    with pytest.raises(SettingsError, match="must be a confidence from 0 to less than 1"):
        load_settings()
    monkeypatch.setenv("ONDAP_THRESHOLD", "0")
    assert load_settings().threshold == 0


def test_a_time_zone_is_one_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_TIME_ZONE", "Asia/Seoul")
    assert load_settings().time_zone == "Asia/Seoul"


def test_an_env_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("ONDAP_PERSONA=상담".encode("euc-kr"))
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings()


def test_a_secret_is_not_part_of_how_settings_print(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = {"chat_base_url": "http://localhost:11434/v1", "chat_model": "m"}
    monkeypatch.setenv("ONDAP_CHAT_API_KEY", CANARY)
    assert CANARY not in repr(load_settings(**endpoint))


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_secrets_of_tools_have_the_names_their_file_gives_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONDAP_TOOL_ORDERS_KEY=from-the-file\nONDAP_TOOL_STOCK_KEY=stock\nONDAP_PORT=9001\n")
    monkeypatch.setenv("ONDAP_TOOL_ORDERS_KEY", CANARY)
    settings = load_settings()
    secrets = [settings.tool_secret(f"ONDAP_TOOL_{name}_KEY") for name in ("ORDERS", "STOCK", "NONE")]
    assert [secret and secret.get_secret_value() for secret in secrets] == [CANARY, "stock", None]
    assert settings.port == 9001
    assert CANARY not in repr(settings)


def test_a_short_identity_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDAP_IDENTITY_SECRET", "x" * 31)
    with pytest.raises(SettingsError, match="ONDAP_IDENTITY_SECRET: must have at least 32"):
        load_settings()

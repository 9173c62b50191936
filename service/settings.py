"""What can be configured, read once from the environment and `.env`, all names prefixed `ONDAP_`."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .errors import SettingsError

PREFIX = "ONDAP_"
EMBED_BATCH_SIZE = 64


def _base_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("must be a URL such as https://api.example.com/v1") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a URL that starts with http:// or https://")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password; put the key into its own variable")
    if any(character.isspace() for character in value):
        raise ValueError("must not hold spaces or line breaks")
    return value.rstrip("/")


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text:
        raise ValueError("is set but empty; remove it or give it a value")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be printable ASCII without spaces or line breaks")
    return value


def _admin_token(value: SecretStr) -> SecretStr:
    if len(_secret(value).get_secret_value()) < 16:
        raise ValueError("must have at least 16 characters; leave it out and one is made for you")
    return value


def _api_key(value: SecretStr) -> SecretStr:
    if len(_secret(value).get_secret_value()) < 16:
        raise ValueError("each key must have at least 16 characters")
    return value


def _word(value: str) -> str:
    if not value or any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must be one word")
    return value


def _origin(value: str) -> str:
    wrong = "must be origins such as https://shop.example.com, separated by commas"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(wrong) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or "@" in parts.netloc:
        raise ValueError(wrong)
    return value.lower()


def _threshold(value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError("must be a confidence from 0 to less than 1, such as 0.7")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        raise ValueError("must be the name of a time zone, such as Asia/Seoul") from None
    return value


def _listed(value: object) -> object:
    return (
        tuple(item for item in (part.strip() for part in value.split(",")) if item) if isinstance(value, str) else value
    )


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Word = Annotated[str, AfterValidator(_word)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_listed)]
Keys = Annotated[tuple[Annotated[SecretStr, AfterValidator(_api_key)], ...], NoDecode, BeforeValidator(_listed)]
Words = Annotated[tuple[Word, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """Every setting with its default. A field `port` is read from `ONDAP_PORT`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    faq_path: Path = Path("data/faq.yaml")
    """The FAQ, `.yaml` or `.jsonl`."""
    questions_path: Path = Path("data/questions.jsonl")
    """Labelled questions of real customers; where the file is there, they help to learn the threshold."""
    synonyms_path: Path = Path("data/synonyms.yaml")
    """Words that mean the same to your customers, `.yaml`; none where there is no such file."""
    var_dir: Path = Path("var")
    """Where the index, the database and generated secrets are kept."""
    templates_dir: Path | None = None
    """A folder whose personas and messages replace the built-in ones of the same name."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = Field(8000, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    admin_token: Annotated[SecretStr, AfterValidator(_admin_token)] | None = None
    """Opens the admin routes. Made and printed once when absent."""
    api_keys: Keys = ()
    """Keys that clients of `/v1` must send, separated by commas; whoever may ask, may ask there when absent."""
    allowed_origins: Origins = ()
    """Sites that may carry the widget, separated by commas, such as `https://shop.example.com`."""
    trusted_proxies: Words = ()
    """Proxies whose `X-Forwarded-For` is believed, as addresses or networks separated by commas."""
    demo: bool = True
    """Whether `/` shows the demo shop."""
    locale: Literal["ko", "en"] = "ko"
    """The language of a visitor whose own cannot be told from the message."""
    time_zone: Annotated[str, AfterValidator(_time_zone)] | None = None
    """By whose day `valid_from` and `valid_until` count, such as `Asia/Seoul`; the machine's own zone when absent."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much the process writes about itself."""

    rate_limit_per_minute: int = Field(30, ge=1, le=100_000)
    """Questions a visitor (an IPv4 address or an IPv6 /64) may ask a minute."""
    max_open_streams: int = Field(500, ge=1, le=10_000)
    """Answers that may be under way at once; one more is refused with 503."""

    threshold: Annotated[float, AfterValidator(_threshold)] | None = None
    """The confidence from which the FAQ answers; learned from the FAQ itself when absent."""
    target: float = Field(0.95, ge=0.5, le=0.995)
    """The share of direct answers that should be right; the threshold is learned for it."""
    embed_base_url: BaseUrl | None = None
    """An OpenAI-compatible endpoint for embeddings; the offline embedder when absent."""
    embed_api_key: Secret | None = None
    """The key for the embeddings endpoint."""
    embed_model: Word | None = None
    """The embeddings model, such as `text-embedding-3-small`."""
    embed_dimensions: int | None = Field(None, ge=8, le=8192)
    """The dimension to ask the embeddings endpoint for, where its model can shorten vectors."""
    embed_batch_size: int = Field(EMBED_BATCH_SIZE, ge=1, le=2048)
    """Texts in one embeddings request while building the index."""

    chat_base_url: BaseUrl | None = None
    """An OpenAI-compatible endpoint for completions; without it near questions and a person are offered."""
    chat_api_key: Secret | None = None
    """The key for the completions endpoint."""
    chat_model: Word | None = None
    """The completions model, such as `gpt-5-mini`."""
    chat_temperature: float | None = Field(None, ge=0, le=2)
    """Passed to the completions model; its own default when absent."""
    chat_max_tokens: int = Field(600, ge=16, le=16_384)
    """The longest completion, in tokens."""
    persona: Word = "customer_support"
    """The persona a completion speaks with: a file `persona/<name>.j2` under the templates."""

    def model_post_init(self, _context: Any) -> None:
        for kind in ("embed", "chat"):
            prefix = f"{PREFIX}{kind.upper()}"
            if getattr(self, f"{kind}_base_url"):
                if not getattr(self, f"{kind}_model"):
                    raise SettingsError(f"{prefix}_MODEL is missing: {prefix}_BASE_URL needs a model's name.")
                continue
            for name in ("api_key", "model"):
                if getattr(self, f"{kind}_{name}"):
                    raise SettingsError(f"{prefix}_BASE_URL is missing: {prefix}_{name.upper()} has no endpoint.")


def load_settings(**overrides: Any) -> Settings:
    """Settings from overrides, then the environment, then `.env`, then the defaults.

    Raises `SettingsError`, one line a variable, naming it and never its value.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsError(_unknown(unknown[0], known))
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(fault, known) for fault in error.errors(include_input=False))) from None
    except UnicodeDecodeError:
        raise SettingsError(".env is not UTF-8. Save it as UTF-8.") from None


def _explain(fault: Any, known: set[str]) -> str:
    name = str(fault["loc"][0]).upper()
    variable = name if name.startswith(PREFIX) else PREFIX + name
    if fault["type"] == "extra_forbidden":
        return _unknown(variable, known)
    return f"{variable}: {fault['msg'].removeprefix('Value error, ')}."


def _unknown(variable: str, known: set[str]) -> str:
    near = get_close_matches(variable.upper(), sorted(known), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{variable} is not a setting of Ondap.{hint}"

"""What can be configured, read once from the environment and `.env`, all names prefixed `ONDAP_`."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .errors import SettingsError

PREFIX = "ONDAP_"
TOOL_PREFIX = "ONDAP_TOOL_"
"""Secrets of tools, under names that the tools file gives them. `ONDAP_TOOLS_PATH` is not one of them."""
EMBED_BATCH_SIZE = 64
KRW_PER_USD = 1_400.0
KRW_PER_USD_OF = "2025-09"
"""When that was about the rate. It is never downloaded."""


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


def _identity_secret(value: SecretStr) -> SecretStr:
    if len(_secret(value).get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters, such as `openssl rand -hex 32` prints")
    return value


def _word(value: str) -> str:
    if not value or any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must be one word")
    return value


def _shop_name(value: str) -> str:
    name = value.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise ValueError("must be a name of at most 60 characters on one line")
    return name


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


Provider = Literal[
    "openai", "deepseek", "holysheep", "globalapi", "huggingface", "ollama", "vllm", "lmstudio", "tgi", "azure"
]

BaseUrl = Annotated[str, AfterValidator(_base_url)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Word = Annotated[str, AfterValidator(_word)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_listed)]
Keys = Annotated[tuple[Annotated[SecretStr, AfterValidator(_api_key)], ...], NoDecode, BeforeValidator(_listed)]
Words = Annotated[tuple[Word, ...], NoDecode, BeforeValidator(_listed)]
Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


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
    team_locale: Literal["ko", "en"] | None = None
    """The language of summaries for the team; `ONDAP_LOCALE` when absent."""
    time_zone: Annotated[str, AfterValidator(_time_zone)] | None = None
    """By whose day `valid_from` and `valid_until` count, such as `Asia/Seoul`; the machine's own zone when absent."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much the process writes about itself."""

    alert_slow_seconds: float = Field(5.0, gt=0, le=600)
    """Seconds to the first text of a completion; the log tells when more than one in twenty took longer."""
    alert_error_rate: float = Field(0.1, gt=0, lt=1)
    """The share of completions that may fail before the log tells."""

    rate_limit_per_minute: int = Field(30, ge=1, le=100_000)
    """Questions a visitor (an IPv4 address or an IPv6 /64) may ask a minute."""
    escalations_per_visitor: int = Field(3, ge=1, le=1_000)
    """How often a visitor may call a person in 24 hours; the same conversation waits only once."""
    escalations_per_hour: int = Field(60, ge=1, le=100_000)
    """New escalations logged one by one in an hour; beyond it one line sums them up, and none is lost."""
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

    chat_provider: Provider | None = None
    """Who completes, by name, such as `openai`, `deepseek` or `ollama`: the address, the model and the manners."""
    chat_base_url: BaseUrl | None = None
    """An OpenAI-compatible endpoint for completions; without it and a provider, near questions and a person."""
    chat_api_key: Secret | None = None
    """The key for the completions endpoint."""
    chat_model: Word | None = None
    """The completions model, such as `gpt-5-mini`; the provider's usual one when absent."""
    chat_fallback_provider: Provider | None = None
    """Who completes while the first cannot, by name."""
    chat_fallback_base_url: BaseUrl | None = None
    """The endpoint for completions while the first cannot; the first one's when only a model is given."""
    chat_fallback_api_key: Secret | None = None
    """The key for the fallback; the first one's when only a model is given."""
    chat_fallback_model: Word | None = None
    """The model of the fallback."""
    chat_temperature: float | None = Field(None, ge=0, le=2)
    """Passed to the completions model; its own default when absent."""
    chat_top_p: float | None = Field(None, gt=0, le=1)
    """Passed to the completions model: it chooses among the likeliest words that share so much probability."""
    chat_presence_penalty: float | None = Field(None, ge=-2, le=2)
    """Passed to the completions model: against words that were said at all."""
    chat_frequency_penalty: float | None = Field(None, ge=-2, le=2)
    """Passed to the completions model: against words that were said often."""
    chat_max_tokens: int = Field(600, ge=16, le=16_384)
    """The longest completion, in tokens."""
    chat_seed: int | None = Field(None, ge=0, le=2**31 - 1)
    """Passed to the completions model, for answers that repeat as far as it can."""
    chat_stop: Texts = Field((), max_length=4)
    """Up to four texts that end a completion, separated by commas."""
    persona: Word = "customer_support"
    """The persona a completion speaks with: a file `persona/<name>.j2` under the templates."""
    personas: Words = ()
    """Further personas that a request may name, separated by commas; otherwise `ONDAP_PERSONA` alone speaks."""
    shop_name: Annotated[str, AfterValidator(_shop_name)] | None = None
    """What the shop is called, for the persona; "this shop" when absent."""
    answer_cache_seconds: float = Field(0, ge=0, le=86_400)
    """So long a completion is given again to whoever asks the same, where nothing personal is in it; 0 for never."""
    chat_context_tokens: int = Field(8_192, ge=1_024, le=4_000_000)
    """The model's window: what it is told and the longest answer together, in tokens."""

    tools_path: Path = Path("data/tools.yaml")
    """What the completions model may look up or do, `.yaml`; nothing where there is no such file."""
    identity_secret: Annotated[SecretStr, AfterValidator(_identity_secret)] | None = None
    """Signs who a visitor is; your shop's server makes tokens with it. Without it nobody can be identified."""

    _tool_secrets: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _set_tool_secrets_aside(cls, data: Any, handler: ModelWrapValidatorHandler[Settings]) -> Settings:
        """Names in `.env` that begin as those of tools do are no settings: the tools file makes them up."""
        named = {f"{PREFIX}{name.upper().removeprefix(PREFIX)}": name for name in data}
        aside = {variable: data.pop(name) for variable, name in named.items() if variable.startswith(TOOL_PREFIX)}
        settings = handler(data)
        settings._tool_secrets.update(aside)
        return settings

    def tool_secret(self, variable: str) -> SecretStr | None:
        """The value of `ONDAP_TOOL_...` in the environment, else in `.env`; None where it is in neither, or empty."""
        value = os.environ.get(variable) or self._tool_secrets.get(variable)
        return SecretStr(value) if value else None

    chat_input_price: float | None = Field(None, ge=0)
    """US dollars per million tokens the completions model reads; from the bundled price list when absent."""
    chat_output_price: float | None = Field(None, ge=0)
    """US dollars per million tokens it writes."""
    chat_fallback_input_price: float | None = Field(None, ge=0)
    """US dollars per million tokens the second completions model reads; from the bundled price list when absent."""
    chat_fallback_output_price: float | None = Field(None, ge=0)
    """US dollars per million tokens it writes."""
    chat_rpm: int | None = Field(None, ge=1)
    """Requests a minute that the completions endpoint allows this process; no limit when absent."""
    chat_tpm: int | None = Field(None, ge=1)
    """Tokens a minute, read and written, that it allows this process; no limit when absent."""
    budget_usd_per_day: float | None = Field(None, ge=0)
    """The most that completions may cost a day in US dollars; beyond it the FAQ and people answer. 0 asks no model."""
    budget_soft_usd_per_day: float | None = Field(None, ge=0)
    """From here on the log and `/readyz` warn; four fifths of the cap above when absent."""
    budget_tokens_per_day: int | None = Field(None, ge=0)
    """The most tokens a day, read and written."""
    budget_visitor_usd_per_day: float | None = Field(None, ge=0)
    """The most that one visitor's completions may cost a day in US dollars."""
    budget_visitor_tokens_per_day: int | None = Field(None, ge=0)
    """The most tokens a day for one visitor."""
    krw_per_usd: float = Field(KRW_PER_USD, gt=0)
    """Won for a dollar, for what `ondap costs` shows; 1,400 is about the rate of September 2025."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is configured, for whoever watches that none of them is said."""
        values = [getattr(self, name) for name in type(self).model_fields]
        listed = [each for value in values for each in (value if isinstance(value, tuple) else (value,))]
        return tuple(each.get_secret_value() for each in listed if isinstance(each, SecretStr))

    def model_post_init(self, _context: Any) -> None:
        for kind in ("embed", "chat", "chat_fallback"):
            prefix = f"{PREFIX}{kind.upper()}"
            provider = getattr(self, f"{kind}_provider", None)
            if getattr(self, f"{kind}_base_url"):
                if not getattr(self, f"{kind}_model") and not provider:
                    raise SettingsError(f"{prefix}_MODEL is missing: {prefix}_BASE_URL needs a model's name.")
                continue
            if provider or kind == "chat_fallback":
                continue
            for name in ("api_key", "model"):
                if getattr(self, f"{kind}_{name}"):
                    raise SettingsError(f"{prefix}_BASE_URL is missing: {prefix}_{name.upper()} has no endpoint.")
        self._check_fallback()

    def _check_fallback(self) -> None:
        if self.chat_provider or self.chat_base_url:
            return
        for name in ("provider", "base_url", "api_key", "model"):
            if getattr(self, f"chat_fallback_{name}"):
                wants = f"{PREFIX}CHAT_FALLBACK_{name.upper()} has nothing to stand behind"
                raise SettingsError(f"{PREFIX}CHAT_PROVIDER or {PREFIX}CHAT_BASE_URL is missing: {wants}.")


def load_settings(**overrides: Any) -> Settings:
    """Settings from overrides, then the environment, then `.env`, then the defaults.

    Raises `SettingsError`, one line a variable, naming it and never its value.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in os.environ
        if name.upper().startswith(PREFIX) and name.upper() not in known and not name.startswith(TOOL_PREFIX)
    )
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

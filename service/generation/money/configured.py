"""Prices, caps and limits from the settings. What cannot be held is refused here, before anybody is asked anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ...errors import SettingsError
from ..configured import targets_from
from .amount import Amount, Caps, Limit, nanos
from .budget import Budget
from .budgeted import Budgeted
from .catalogue import listed_price
from .charging import most
from .limiter import Limiter
from .price import FREE, Price, Prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from ...settings import Settings
    from ..completion import Completer
    from .ledger import Ledger

VARIABLES = ("ONDAP_CHAT_INPUT_PRICE", "ONDAP_CHAT_FALLBACK_INPUT_PRICE")
SOFT_SHARE = 0.8
SELF_HOSTED = {"ollama", "vllm", "lmstudio", "lm_studio", "lm-studio", "tei", "tgi"}
"""Presets whose models run on machines of one's own."""
KNOWN_AS = {"azure": "azure", "azure_openai": "azure", "azure-openai": "azure"}
USUAL_PROMPT_TOKENS = 1_500
HUGGING_FACE = "router.huggingface.co"


def chat_price(settings: Settings) -> Price | None:
    """What a token of the first target's model costs; None where nobody told, no list has it, or there is no model."""
    return next(iter(prices_from(settings).values()), None)


def prices_from(settings: Settings) -> dict[str, Price | None]:
    """The price of each target by its name, the first target first. Raises `SettingsError`."""
    told = (
        (settings.chat_provider, settings.chat_input_price, settings.chat_output_price),
        (settings.chat_fallback_provider, settings.chat_fallback_input_price, settings.chat_fallback_output_price),
    )
    prices: dict[str, Price | None] = {}
    for target, variable, (provider, read, written) in zip(targets_from(settings), VARIABLES, told, strict=False):
        prices[target.name] = price_for(
            target.model, base_url=target.base_url, provider=provider, told=(read, written), variable=variable
        )
    return prices


def model_prices(settings: Settings, models: Iterable[str]) -> dict[str, Price | None]:
    """The prices of models that personas ask the first target for in place of its own: what it lists, or nothing."""
    targets = targets_from(settings)
    return {
        model: price_for(model, base_url=targets[0].base_url, provider=settings.chat_provider)
        for model in models
        if targets
    }


def price_for(
    model: str,
    *,
    base_url: str,
    provider: str | None = None,
    told: tuple[float | None, float | None] = (None, None),
    variable: str = "ONDAP_CHAT_INPUT_PRICE",
    on: date | None = None,
) -> Price | None:
    """What the operator told, else 0 on a machine of one's own, else what the bundled list says, else None.

    A gateway that sells other people's models has prices of its own, so the maker's are not taken for it.
    """
    read, written = told
    if read is not None and written is not None:
        return Price(read, written)
    if read is not None or written is not None:
        other = variable.replace("INPUT", "OUTPUT")
        raise SettingsError(f"{variable} and {other} come together: a price has both sides.")
    host = (urlsplit(base_url).hostname or "").lower()
    if provider in SELF_HOSTED or _is_this_machine(host):
        return FREE
    name, listed_as = model, KNOWN_AS.get(provider or "", provider)
    if host == HUGGING_FACE and ":" in model:  # such as deepseek-ai/DeepSeek-V3:novita
        name, _, seller = model.rpartition(":")
        return listed_price(name, on=on or datetime.now(UTC).date(), provider=f"huggingface_{seller}")
    return listed_price(name, on=on or datetime.now(UTC).date(), base_url=base_url, provider=listed_as)


def caps_from(settings: Settings) -> Caps:
    """The caps of a day; soft is four fifths of hard where only that is set."""
    hard, soft = settings.budget_usd_per_day, settings.budget_soft_usd_per_day
    if soft is None and hard is not None:
        soft = hard * SOFT_SHARE
    if hard is not None and soft is not None and soft > hard:
        raise SettingsError("ONDAP_BUDGET_SOFT_USD_PER_DAY is above ONDAP_BUDGET_USD_PER_DAY: it would never be seen.")
    return Caps(
        everyone=Limit(_nanos(hard), settings.budget_tokens_per_day),
        visitor=Limit(_nanos(settings.budget_visitor_usd_per_day), settings.budget_visitor_tokens_per_day),
        soft_nanos=_nanos(soft),
    )


def require_price(
    caps: Caps,
    price: Price | None,
    *,
    model: str,
    variable: str = "ONDAP_CHAT_INPUT_PRICE",
    told_by_variable: bool = True,
) -> None:
    """Raises `SettingsError` where money is capped and the model's price is not known: such a cap would hold nothing.

    A worst price charged instead would be a guess that either lets the bill run on or stops the service at noon.
    """
    if price is None and any(each is not None for each in (caps.everyone.nanos, caps.visitor.nanos, caps.soft_nanos)):
        other = variable.replace("INPUT", "OUTPUT")
        told = f"Set {variable} and {other} (US dollars per million tokens)"
        raise SettingsError(
            f"The price of the model {model} is not known, so no budget in US dollars can be kept. "
            f"{told if told_by_variable else 'Take its name out of the persona'}, "
            "or cap tokens with ONDAP_BUDGET_TOKENS_PER_DAY instead."
        )


def budgeted(
    settings: Settings,
    inner: Completer,
    ledger: Ledger,
    *,
    holder: str,
    prices: Mapping[str, Price | None] | None = None,
    models: Iterable[str] = (),
) -> Budgeted:
    """`inner` under the caps of the settings. Await its `budget.start()` first and its `budget.close()` in the end.

    `holder` has to be another one for each process and each start. `prices` are those of the targets by the name that
    their `Ending` has, the first target first; as `prices_from` has them when absent. `models` are those that personas
    ask for by name. Raises `SettingsError` where a cap could not be held.
    """
    caps, prices = caps_from(settings), prices or prices_from(settings)
    for (target, price), variable in zip(prices.items(), VARIABLES, strict=False):
        require_price(caps, price, model=f"of {target}", variable=variable)
    named = model_prices(settings, models)
    for model, price in named.items():
        require_price(caps, price, model=model, told_by_variable=False)
    of = Prices(prices, named)
    usual = most(USUAL_PROMPT_TOKENS, settings.chat_max_tokens)
    budget = Budget(
        caps,
        ledger,
        holder=holder,
        clock=lambda: datetime.now(UTC),
        zone=zone_from(settings),
        usual=Amount(of.dearest.nanos(usual) if of.dearest else 0, usual.input_tokens + usual.output_tokens),
    )
    return Budgeted(inner, budget, of, max_tokens=settings.chat_max_tokens, limiter=limiter_from(settings))


def limiter_from(settings: Settings) -> Limiter | None:
    if settings.chat_rpm is None and settings.chat_tpm is None:
        return None
    return Limiter(rpm=settings.chat_rpm, tpm=settings.chat_tpm)


def zone_from(settings: Settings) -> ZoneInfo | None:
    return ZoneInfo(settings.time_zone) if settings.time_zone else None


def _nanos(usd: float | None) -> int | None:
    return None if usd is None else nanos(usd)


def _is_this_machine(host: str) -> bool:
    return host in {"localhost", "::1", "host.docker.internal"} or host.startswith("127.")

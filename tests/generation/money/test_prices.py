"""What a token costs, and who says so."""

import subprocess
import sys
from datetime import date

import pytest

from service.errors import SettingsError
from service.generation.money.amount import Caps, Limit, nanos
from service.generation.money.configured import caps_from, chat_price, limiter_from, price_for, require_price
from service.generation.money.price import FREE, Price, Prices
from service.generation.tokens import Usage
from service.settings import Settings

DAY = date(2026, 11, 20)
OPENAI = "https://api.openai.com/v1"

NO_NETWORK = """
import sys
asked = []
sys.addaudithook(lambda event, _: asked.append(event) if event.startswith(("socket.", "urllib.")) else None)
from datetime import date
from service.generation.money.catalogue import listed_price
assert listed_price("gpt-5-mini", on=date(2026, 11, 20), base_url="https://api.openai.com/v1")
assert listed_price("no-such-model", on=date(2026, 11, 20), base_url="https://api.openai.com/v1") is None
import threading
assert threading.active_count() == 1
assert asked == [], asked
"""


def test_the_price_list_is_read_without_the_network() -> None:
    subprocess.run([sys.executable, "-c", NO_NETWORK], check=True, timeout=60)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(1_000_000, 0), 250_000_000),
        (Usage(0, 1_000_000), 2_000_000_000),
        (Usage(1_000_000, 0, cached_tokens=1_000_000), 25_000_000),
        (Usage(100, 0, cached_tokens=999), 2_500),
        (Usage(1, 1), 2_250),
        (Usage(0, 0), 0),
    ],
)
def test_tokens_are_priced_by_the_million_with_cached_ones_apart(usage: Usage, expected: int) -> None:
    assert Price(0.25, 2.0, 0.025).nanos(usage) == expected


def test_a_fraction_of_a_billionth_is_rounded_up_and_no_cached_price_is_above_the_plain_one() -> None:
    assert Price(0.0375, 0).nanos(Usage(1, 0)) == 38
    assert Price(1, 1, 5).nanos(Usage(10, 0, cached_tokens=10)) == Price(1, 1).nanos(Usage(10, 0))


@pytest.mark.parametrize(
    ("model", "base_url", "provider"),
    [
        ("gpt-5-mini", OPENAI, None),
        ("gpt-5-mini-2025-08-07", OPENAI, None),
        ("gpt-5-mini", "https://shop.openai.azure.com/openai/v1", None),
        ("gpt-5-mini", "https://gateway.example.com/v1", "azure"),
        ("deepseek-chat", "https://api.deepseek.com/v1", None),
        ("deepseek-chat", "https://api.deepseek.com/v1", "deepseek"),
    ],
)
def test_a_listed_model_is_found_by_its_address_or_its_provider(model: str, base_url: str, provider: str) -> None:
    price = price_for(model, base_url=base_url, provider=provider, on=DAY)
    assert price is not None
    assert 0 < price.input < price.output < 100


def test_the_dearest_hour_of_the_day_counts() -> None:
    price = price_for("deepseek-chat", base_url="https://api.deepseek.com", on=date(2025, 6, 1))
    assert price is not None
    assert price.input >= 0.27, "half of it at night"


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("no-such-model", OPENAI),
        ("gpt-5-mini", "https://gateway.example.com/v1"),
        ("deepseek-ai/DeepSeek-V3", "https://router.huggingface.co/v1"),
    ],
)
def test_what_nobody_lists_has_no_price_and_no_guess_takes_its_place(model: str, base_url: str) -> None:
    assert price_for(model, base_url=base_url, on=DAY) is None


@pytest.mark.parametrize(
    ("base_url", "provider"),
    [
        ("http://127.0.0.1:11434/v1", None),
        ("http://localhost:8000/v1", None),
        ("http://[::1]:8000/v1", None),
        ("http://models.shop.example:8000/v1", "vllm"),
        ("http://10.0.0.5:11434/v1", "ollama"),
    ],
)
def test_a_model_on_a_machine_of_ones_own_is_free(base_url: str, provider: str) -> None:
    assert price_for("qwen3", base_url=base_url, provider=provider, on=DAY) == FREE


def test_what_the_operator_says_wins_and_has_both_sides() -> None:
    told = Settings(
        chat_base_url=OPENAI, chat_model="gpt-5-mini", chat_input_price=3, chat_output_price=9, _env_file=None
    )
    assert chat_price(told) == Price(3, 9)
    half = Settings(chat_base_url=OPENAI, chat_model="gpt-5-mini", chat_input_price=3, _env_file=None)
    with pytest.raises(SettingsError, match="ONDAP_CHAT_INPUT_PRICE and ONDAP_CHAT_OUTPUT_PRICE come together"):
        chat_price(half)


@pytest.mark.parametrize(
    ("caps", "refused"),
    [
        (Caps(everyone=Limit(nanos=1)), True),
        (Caps(visitor=Limit(nanos=1)), True),
        (Caps(soft_nanos=1), True),
        (Caps(everyone=Limit(tokens=1), visitor=Limit(tokens=1)), False),
        (Caps(), False),
    ],
)
def test_a_cap_in_money_needs_a_price(caps: Caps, refused: bool) -> None:
    require_price(caps, FREE, model="m")
    if not refused:
        require_price(caps, None, model="m")
        return
    with pytest.raises(SettingsError, match=r"price of the model m is not known.*ONDAP_CHAT_OUTPUT_PRICE.*TOKENS"):
        require_price(caps, None, model="m")


def test_the_soft_cap_is_four_fifths_of_the_hard_one_and_never_above_it() -> None:
    assert caps_from(Settings(budget_usd_per_day=1, _env_file=None)) == Caps(
        everyone=Limit(nanos(1)), soft_nanos=nanos(0.8)
    )
    assert caps_from(Settings(_env_file=None)) == Caps()
    with pytest.raises(SettingsError, match="above ONDAP_BUDGET_USD_PER_DAY"):
        caps_from(Settings(budget_usd_per_day=1, budget_soft_usd_per_day=2, _env_file=None))


def test_a_target_of_another_name_is_charged_as_the_dearest() -> None:
    prices = Prices({"a": Price(1, 8), "b": Price(2, 4)})
    assert prices.dearest == Price(2, 8)
    assert (prices.of("a"), prices.of("other")) == (Price(1, 8), Price(2, 8))
    unsure = Prices({"a": Price(1, 8), "c": None})
    assert (unsure.of("a"), unsure.of("c"), unsure.of("other")) == (Price(1, 8), None, None)


def test_without_a_limit_there_is_no_limiter() -> None:
    assert limiter_from(Settings(_env_file=None)) is None
    assert limiter_from(Settings(chat_rpm=3, _env_file=None)) is not None

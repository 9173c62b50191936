"""From settings to a completer that pays, or to one line that says what is missing."""

from typing import Any

import pytest

from service.conversation.sqlite import SqliteStore
from service.errors import SettingsError
from service.generation.money.amount import Limit, nanos
from service.generation.money.configured import budgeted
from service.generation.money.price import Price
from service.settings import Settings
from tests.fakes import FakeCompleter

GATEWAY: dict[str, Any] = {"chat_base_url": "https://gateway.example.com/v1", "chat_model": "m", "_env_file": None}


async def test_caps_and_prices_are_those_of_the_settings(store: SqliteStore) -> None:
    told = Settings(**GATEWAY, chat_input_price=1, chat_output_price=2, budget_usd_per_day=3)
    completer = budgeted(told, FakeCompleter("hi"), store.ledger, holder="h")
    assert completer.model == "fake-1"
    assert completer.budget.caps.everyone == Limit(nanos(3))


@pytest.mark.parametrize(
    ("prices", "named"),
    [(None, "ONDAP_CHAT_INPUT_PRICE"), ({"first": Price(1, 2), "second": None}, "ONDAP_CHAT_FALLBACK_INPUT_PRICE")],
)
async def test_a_cap_in_dollars_over_an_unknown_price_is_refused_at_the_start(
    store: SqliteStore, prices: Any, named: str
) -> None:
    told = Settings(**GATEWAY, budget_usd_per_day=3)
    with pytest.raises(SettingsError, match=named):
        budgeted(told, FakeCompleter("hi"), store.ledger, holder="h", prices=prices)


async def test_without_a_cap_an_unknown_price_is_no_reason_to_stop(store: SqliteStore) -> None:
    assert budgeted(Settings(**GATEWAY), FakeCompleter("hi"), store.ledger, holder="h").budget.state == "ok"

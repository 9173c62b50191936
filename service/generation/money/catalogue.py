"""The price list that is bundled with genai-prices. It is only read: nothing here asks the network for a newer one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from .price import Price

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

LONG_PROMPT_TOKENS = 32_000
"""Prompts of ours are shorter, so prices that begin beyond are none of ours."""


def listed_price(model: str, *, on: date, base_url: str | None = None, provider: str | None = None) -> Price | None:
    """What a provider asks for a model on a day, by its address or else by its name; None when the list has neither.

    Where the price depends on the hour, the dearest hour counts: a cap that held only at night would be none.
    """
    # 30 MB and a tenth of a second, which only those pay who have a model and gave no price
    from genai_prices.data_snapshot import get_snapshot

    for known_by in ({"provider_api_url": base_url}, {"provider_id": provider}):
        if any(known_by.values()):
            place = {"provider_id": None, "provider_api_url": None} | known_by
            try:
                _, found = get_snapshot().find_provider_model(model, None, **place)
            except LookupError:
                continue
            return _dearest_of_day(found, on)
    return None


def _dearest_of_day(model: ModelInfo, on: date) -> Price | None:
    began = datetime.combine(on, time(), UTC)
    prices = [_price(model.get_prices(began + timedelta(minutes=30 * step))) for step in range(48)]
    known = [price for price in prices if price]
    if len(known) < len(prices):
        return None
    cached = [price.cached for price in known if price.cached is not None]
    return Price(
        max(price.input for price in known),
        max(price.output for price in known),
        max(cached) if len(cached) == len(known) else None,
    )


def _price(listed: ModelPrice) -> Price | None:
    read, written = _flat(listed.input_mtok), _flat(listed.output_mtok)
    if read is None or written is None:
        return None
    return Price(read, written, _flat(listed.cache_read_mtok))


def _flat(price: Decimal | TieredPrices | None) -> float | None:
    if price is None:
        return None
    tiers = getattr(price, "tiers", None)
    if tiers is None:
        return float(price)  # type: ignore[arg-type]
    short = [tier.price for tier in tiers if tier.start < LONG_PROMPT_TOKENS]
    return float(max([price.base, *short]))  # type: ignore[union-attr]

"""`ondap costs`: what completions cost, and how far the caps of the day are used."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ..conversation.sqlite import SqliteStore
from ..generation.money.amount import Amount, usd
from ..generation.money.configured import caps_from, zone_from
from ..generation.money.ledger import Spent, Standing
from ..settings import KRW_PER_USD, KRW_PER_USD_OF
from .console import explained, money, out, plain, print_json, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from ..generation.money.amount import Caps
    from ..generation.money.ledger import DaySpending
    from ..settings import Settings

BAR = 36
"""Characters of the longest bar."""
BLOCKS = " ▏▎▍▌▋▊▉█"
DAYS_SHOWN = 14
VISITORS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Costs:
    today: date
    since: date
    days: Sequence[DaySpending]
    """Every day from `since` and from the first of the month on, whichever is earlier."""
    standing: Standing
    caps: Caps
    visitors: Sequence[tuple[str, Spent]] | None

    @property
    def of_today(self) -> Spent:
        return _sum(row.spent for row in self.days if row.day == self.today)

    @property
    def of_month(self) -> Spent:
        return _sum(row.spent for row in self.days if row.day >= self.today.replace(day=1))

    @property
    def chosen(self) -> list[DaySpending]:
        return [row for row in self.days if row.day >= self.since]

    def by(self, key: Callable[[DaySpending], Hashable]) -> dict[Any, Spent]:
        found: dict[Any, Spent] = defaultdict(Spent)
        for row in self.chosen:
            found[key(row)] += row.spent
        return dict(found)


def costs(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="From this day on; 14 days if absent.")
    ] = None,
    visitors: Annotated[bool, typer.Option("--visitors", help="Also who cost most, by digest.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what completions cost today, this month, by model and by day, and how far the caps are used.

    Examples: `ondap costs`, `ondap costs --since 2026-11-01 --visitors`, `ondap costs --json | jq .today.usd`.
    """
    settings = settings_or_exit()
    with explained():
        found = asyncio.run(_costs(settings, since.date() if since else None, visitors=visitors))
    if as_json:
        print_json(_data(found, settings))
    else:
        _show(found, settings)


async def _costs(settings: Settings, since: date | None, *, visitors: bool) -> Costs:
    today = datetime.now(UTC).astimezone(zone_from(settings)).date()
    since = since or today - timedelta(days=DAYS_SHOWN - 1)
    store = SqliteStore.open(settings.var_dir / "ondap.sqlite", read_only=True)
    try:
        ledger = store.ledger
        return Costs(
            today,
            since,
            await ledger.spending(since=min(since, today.replace(day=1))),
            await ledger.standing(today),
            caps_from(settings),
            await ledger.top_visitors(since=since, limit=VISITORS_SHOWN) if visitors else None,
        )
    finally:
        await store.close()


def _sum(parts: Any) -> Spent:
    return sum(parts, Spent())


def _show(found: Costs, settings: Settings) -> None:
    for name, spent in (("today", found.of_today), ("this month", found.of_month)):
        out.print(f"{name:<11} {_money(spent.nanos, settings)}   {_counts(spent)}", highlight=False, soft_wrap=True)
    for line in _cap_lines(found, settings):
        out.print(line, highlight=False, soft_wrap=True)
    if not found.chosen:
        out.print(f"\nNo model was asked since {found.since}.")
    else:
        out.print()
        out.print(_table("model", {plain(name): spent for name, spent in found.by(_model).items()}, settings))
        _chart(found, settings)
    if found.visitors is not None:
        out.print()
        out.print(_table("visitor", {plain(visitor): spent for visitor, spent in found.visitors}, settings))
    rate = f"₩{settings.krw_per_usd:,.0f} a dollar"
    dated = f", about the rate of {KRW_PER_USD_OF}; ONDAP_KRW_PER_USD sets it" * (settings.krw_per_usd == KRW_PER_USD)
    out.print(f"\n[dim]{rate}{dated}. Days are those of {escape(settings.time_zone or 'this machine')}.[/dim]")


def _model(row: DaySpending) -> str:
    return f"{row.model} ({row.target})" if row.target else row.model


def _money(nanos: int, settings: Settings) -> str:
    return money(usd(nanos), krw_per_usd=settings.krw_per_usd)


def _counts(spent: Spent) -> str:
    tokens = f"{spent.calls:,} calls, {spent.input_tokens:,} tokens in, {spent.output_tokens:,} out"
    notes = []
    if spent.estimated_calls:
        share = f" (${usd(spent.estimated_nanos):.4f})" if spent.estimated_nanos else ""
        notes.append(f"{spent.estimated_calls:,} estimated{share}")
    if spent.unpriced_calls:
        notes.append(f"{spent.unpriced_calls:,} at no known price")
    return ", ".join([tokens, *notes])


def _cap_lines(found: Costs, settings: Settings) -> list[str]:
    caps, spent, lines = found.caps, found.standing.spent, []
    hard, soft = caps.everyone.nanos, caps.soft_nanos
    if hard is not None:
        lines.append(f"{'cap':<11} {_money(hard, settings)} a day, {_used(spent.nanos, hard)} used")
    if soft is not None:
        reached = "reached" if spent.nanos >= soft else "not reached"
        lines.append(f"{'soft cap':<11} {_money(soft, settings)} a day, {reached}")
    if caps.everyone.tokens is not None:
        used = _used(spent.tokens, caps.everyone.tokens)
        lines.append(f"{'tokens':<11} {spent.tokens:,} of {caps.everyone.tokens:,} a day, {used} used")
    if caps.visitor.nanos is not None:
        lines.append(f"{'a visitor':<11} {_money(caps.visitor.nanos, settings)} a day at most")
    if caps.visitor.tokens is not None:
        lines.append(f"{'a visitor':<11} {caps.visitor.tokens:,} tokens a day at most")
    if found.standing.leased:
        held = found.standing.leased
        what = _money(held.nanos, settings) if held.nanos else f"{held.tokens:,} tokens"
        lines.append(f"{'held':<11} {what} by services that run, or that were killed today")
    return lines or ["[dim]No cap is set: ONDAP_BUDGET_USD_PER_DAY sets one.[/dim]"]


def _used(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "all of it"


def _table(what: str, rows: Mapping[str, Spent], settings: Settings) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(what, overflow="fold")
    for name in ("calls", "tokens in", "out", "cost", "estimated"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, spent in sorted(rows.items(), key=lambda row: -row[1].nanos):
        known = spent.unpriced_calls < spent.calls
        table.add_row(
            name,
            f"{spent.calls:,}",
            f"{spent.input_tokens:,}",
            f"{spent.output_tokens:,}",
            _money(spent.nanos, settings) if known else "price unknown",
            f"{spent.estimated_calls:,}",
        )
    return table


def _chart(found: Costs, settings: Settings) -> None:
    """A bar a day, also for days without any; in tokens where no price is known."""
    days: dict[date, Spent] = found.by(lambda row: row.day)
    in_money = any(spent.nanos for spent in days.values())
    sizes = {day: spent.nanos if in_money else spent.amount.tokens for day, spent in days.items()}
    highest = max(sizes.values()) or 1
    out.print()
    day = max(min(days), found.since)
    while day <= max(found.today, *days):
        spent = days.get(day, Spent())
        shown = _money(spent.nanos, settings) if in_money else f"{spent.amount.tokens:,} tokens"
        out.print(f"{day:%m-%d} [cyan]{bar(sizes.get(day, 0) / highest):<{BAR}}[/cyan] {shown}", highlight=False)
        day += timedelta(days=1)


def bar(share: float) -> str:
    """A bar of eighths of a character; whatever is more than nothing is seen."""
    eighths = round(share * BAR * 8)
    whole, rest = divmod(max(eighths, 1) if share > 0 else 0, 8)
    return "█" * whole + (BLOCKS[rest] if rest else "")


def _data(found: Costs, settings: Settings) -> dict[str, object]:
    def told(spent: Spent) -> dict[str, object]:
        cost = usd(spent.nanos)
        return {
            **{name: value for name, value in asdict(spent).items() if not name.endswith("nanos")},
            "usd": cost,
            "krw": round(cost * settings.krw_per_usd, 2),
            "estimated_usd": usd(spent.estimated_nanos),
        }

    caps = found.caps
    data: dict[str, object] = {
        "day": str(found.today),
        "since": str(found.since),
        "today": told(found.of_today),
        "month": told(found.of_month),
        "caps": {
            "usd": _usd(caps.everyone.nanos),
            "soft_usd": _usd(caps.soft_nanos),
            "tokens": caps.everyone.tokens,
            "visitor_usd": _usd(caps.visitor.nanos),
            "visitor_tokens": caps.visitor.tokens,
        },
        "held": _held(found.standing.leased),
        "models": [
            {"target": target, "model": model, **told(spent)}
            for (target, model), spent in found.by(lambda row: (row.target, row.model)).items()
        ],
        "days": [{"day": str(day), **told(spent)} for day, spent in found.by(lambda row: row.day).items()],
        "krw_per_usd": settings.krw_per_usd,
    }
    if found.visitors is not None:
        data["visitors"] = [{"visitor": visitor, **told(spent)} for visitor, spent in found.visitors]
    return data


def _usd(nanos: int | None) -> float | None:
    return None if nanos is None else usd(nanos)


def _held(leased: Amount) -> dict[str, float]:
    return {"usd": usd(leased.nanos), "tokens": leased.tokens}

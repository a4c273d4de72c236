"""What a shop sold by its own orders, in drops and out of them: what a plan can be drafted from.

Reads staging in the warehouse that ticks build; only a process that holds the tick's lock may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pipelines.warehouse.connect import Connection


@dataclass(frozen=True)
class SoldSku:
    """One SKU over a span of days, cancelled lines out.

    Attributes:
        sku: The SKU.
        title: As the last plan that had it calls it; None: no plan had it.
        gtin: The same.
        units: Units sold.
        orders_count: Orders.
        low_price: 10 % quantile of unit prices, by units.
        usual_price: Median of unit prices, by units.
        high_price: 90 % quantile of unit prices, by units.
    """

    sku: str
    title: str | None
    gtin: str | None
    units: int
    orders_count: int
    low_price: Decimal
    usual_price: Decimal
    high_price: Decimal


@dataclass(frozen=True)
class Sales:
    """What was sold in `[since, until)` in the currency that most lines bear.

    Attributes:
        since: The span's start.
        until: Its end: the last tick's `as_of`, or just after the last order when that is older.
        currency_code: The currency.
        skus: The ones asked for, or those that sold most.
        units_by_channel: Of these SKUs.
        timezone: Of the last plan; None: there is none.
        tax_rate: Of the last plan; None: there is none.
        fee_by_channel: Of the last plan.
        hubs: Hubs known.
    """

    since: datetime
    until: datetime
    currency_code: str
    skus: tuple[SoldSku, ...]
    units_by_channel: dict[str, int]
    timezone: str | None
    tax_rate: Decimal | None
    fee_by_channel: dict[str, Decimal]
    hubs: tuple[str, ...]


_LINES = """
    select * from intermediate.int_order_lines__attributed
    where not is_cancelled and ordered_units > 0 and unit_price_amount > 0
        and ordered_at >= $since and ordered_at < $until
"""

_SKUS = f"""
with lines as ({_LINES} and currency_code = $currency and ($skus is null or list_contains($skus, sku))),
by_price as (
    select sku, unit_price_amount as price, sum(ordered_units) as units,
        sum(sum(ordered_units)) over (partition by sku order by unit_price_amount) as below
    from lines group by sku, unit_price_amount
),
prices as (
    select sku,
        min(price) filter (below >= 0.1 * total) as low,
        min(price) filter (below >= 0.5 * total) as usual,
        min(price) filter (below >= 0.9 * total) as high
    from (select *, sum(units) over (partition by sku) as total from by_price) group by sku
)
select lines.sku, sum(ordered_units) as units, count(distinct order_id), any_value(low), any_value(usual),
    any_value(high)
from lines inner join prices using (sku)
group by lines.sku order by units desc, lines.sku limit $count
"""

_NAMES = """
select sku, arg_max(title, drop_id), arg_max(gtin, drop_id) from marts.dim_skus
where list_contains($skus, sku) group by sku
"""


def read_sales(connection: Connection, days: int, count: int, skus: Sequence[str] | None = None) -> Sales:
    """What sold in the last `days` days; the `count` SKUs that sold most, or those named.

    Raises:
        LookupError: Nothing was sold, or not a SKU that was named.
    """
    (until,) = connection.execute(
        "select least(max(instant.as_of), max(lines.ordered_at) + interval 1 second)"
        " from intermediate.int_order_lines__attributed as lines, raw.as_of as instant"
    ).fetchone() or (None,)
    if until is None:
        message = "no orders are known yet: add them with `sprint add` and run `sprint tick`"
        raise LookupError(message)
    since = until - timedelta(days=days)
    span = {"since": since, "until": until}
    most = connection.execute(
        f"select currency_code from ({_LINES}) group by all order by count(*) desc, 1 limit 1", span
    ).fetchone()
    if most is None:
        message = f"nothing was sold in the {days} days up to {until:%Y-%m-%d %H:%M} UTC; look further back with --days"
        raise LookupError(message)
    named = list(skus) if skus else None
    chosen = {**span, "currency": most[0], "skus": named, "count": len(named) if named else count}
    rows = connection.execute(_SKUS, chosen).fetchall()
    missing = sorted(set(skus or ()) - {row[0] for row in rows})
    if missing:
        message = f"not sold in {most[0]} in the {days} days up to {until:%Y-%m-%d}: {', '.join(missing)}"
        raise LookupError(message)
    found = [row[0] for row in rows]
    names = {row[0]: row[1:] for row in connection.execute(_NAMES, {"skus": found}).fetchall()}
    channels = connection.execute(
        f"select channel, sum(ordered_units) as units from ({_LINES}) where currency_code = $currency"
        " and list_contains($skus, sku) and channel is not null group by channel order by units desc, channel",
        {**span, "currency": most[0], "skus": found},
    ).fetchall()
    plan = connection.execute(
        "select drop_id, timezone, tax_rate from marts.dim_drops order by starts_at desc, drop_id limit 1"
    ).fetchone() or (None, None, None)
    fees = connection.execute(
        "select channel, fee_rate from staging.stg_drops__channels where drop_id = ?", [plan[0]]
    ).fetchall()
    hubs = connection.execute("select hub_id from marts.dim_hubs order by hub_id").fetchall()
    return Sales(
        since=since.replace(tzinfo=UTC),
        until=until.replace(tzinfo=UTC),
        currency_code=str(most[0]),
        skus=tuple(_sold_sku(row, names.get(row[0], (None, None))) for row in rows),
        units_by_channel={str(channel): int(units) for channel, units in channels},
        timezone=plan[1],
        tax_rate=plan[2],
        fee_by_channel=dict(fees),
        hubs=tuple(row[0] for row in hubs),
    )


def _sold_sku(row: Sequence[object], names: Sequence[str | None]) -> SoldSku:
    sku, units, orders, low, usual, high = row
    return SoldSku(
        sku=str(sku), title=names[0], gtin=names[1], units=int(str(units)), orders_count=int(str(orders)),
        low_price=Decimal(str(low)), usual_price=Decimal(str(usual)), high_price=Decimal(str(high)),
    )  # fmt: skip

"""What the published snapshot knows that a new plan must agree with: other drops, hubs, earlier prices, order rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pipelines.warehouse.connect import naive
from pipelines.warehouse.published import PublishedSnapshot


@dataclass(frozen=True)
class KnownDrop:
    """One drop of the snapshot and its SKUs."""

    drop_id: str
    version: int
    starts_at: datetime
    ends_at: datetime
    skus: frozenset[str]


@dataclass(frozen=True)
class KnownShop:
    """A snapshot, as a plan's check needs it.

    Attributes:
        as_of: Up to when it looks.
        drops: All drops.
        capacity_by_hub: Hubs and what they hold; None: not said.
        lowest_by_sku: Lowest price decided in the 30 days before the plan's start, by SKU.
        orders_an_hour: Mean over the hours of past drops; None: there is none.
    """

    as_of: datetime
    drops: tuple[KnownDrop, ...]
    capacity_by_hub: dict[str, int | None]
    lowest_by_sku: dict[str, Decimal]
    orders_an_hour: float | None


_DROPS = """
select drops.drop_id, drops.version, drops.starts_at, drops.ends_at, list(skus.sku order by skus.sku) as skus
from marts.dim_drops as drops inner join marts.dim_skus as skus using (drop_id)
group by all order by drops.starts_at, drops.drop_id
"""

_LOWEST = """
select sku, min(price_amount) as amount from pricing.decisions
where currency_code = $currency and price_amount is not null and list_contains($skus, sku)
    and drop_id <> $drop and valid_to > $since and valid_from < $until
group by sku
"""

# Orders of a drop are counted once an hour and SKU; most hold one SKU, and too high a rate would promise too much.
_ORDERS = """
select sum(by_drop.orders) / sum(date_diff('minute', drops.starts_at, least(drops.ends_at, $as_of)) / 60) as rate
from marts.dim_drops as drops
inner join (
    select drop_id, sum(largest) as orders
    from (
        select drop_id, hour_at, max(orders) as largest
        from (
            select drop_id, hour_at, sku, sum(orders_count) as orders
            from marts.fct_sku_sales_hourly group by drop_id, hour_at, sku
        ) group by drop_id, hour_at
    ) group by drop_id
) as by_drop using (drop_id)
where drops.starts_at < $as_of and drops.drop_id <> $drop
"""


def read_known_shop(
    snapshot: PublishedSnapshot, drop_id: str, skus: Sequence[str], currency_code: str, starts_at: datetime
) -> KnownShop:
    """What a snapshot knows beside the drop itself."""
    drops = tuple(
        KnownDrop(name, version, _aware(start), _aware(end), frozenset(sold))
        for name, version, start, end, sold in snapshot.frame(_DROPS).rows()
    )
    span = {
        "currency": currency_code,
        "skus": list(skus),
        "drop": drop_id,
        "since": naive(starts_at - timedelta(days=30)),
        "until": naive(starts_at),
    }
    ((rate,),) = snapshot.frame(_ORDERS, {"as_of": naive(snapshot.as_of), "drop": drop_id}).rows() or ((None,),)
    return KnownShop(
        as_of=snapshot.as_of,
        drops=drops,
        capacity_by_hub=dict(snapshot.frame("select hub_id, capacity_units from marts.dim_hubs").rows()),
        lowest_by_sku=dict(snapshot.frame(_LOWEST, span).rows()),
        orders_an_hour=None if rate is None else float(rate),
    )


def _aware(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)

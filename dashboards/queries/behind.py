"""The rows that a tile's number was counted from."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot

# A CSV of more rows than this is nothing that a spreadsheet opens gladly; the page says how many there are in all.
ROWS_AT_MOST = 100_000


@serves("fulfilment")
def shipments_of_the_median(snapshot: Snapshot, scope: str, states: tuple[str, ...]) -> pl.DataFrame:
    """Shipments that the lead time is counted from, the longest watched first; `states` narrows them."""
    sql = f"""
        select p.order_id, p.parcel_id, coalesce(h.name, p.hub_id) as hub, p.carrier, p.state, p.ordered_at,
            p.delivered_at, p.promised_at, p.distance_km, p.watched_hours
        from marts.fct_parcel_lead_times as p left join marts.dim_hubs as h using (hub_id)
        where p.scope = ? and p.is_in_headline and list_contains(?, p.state)
        order by p.watched_hours desc, p.parcel_key limit {ROWS_AT_MOST}
    """
    return run(snapshot, sql, scope, list(states))


@serves("repeat")
def buyers_of_the_rate(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Buyers by their first order in the scope, those who came back first; nobody is named."""
    sql = f"""
        select b.index_order_id, b.index_ordered_at, b.repeat_ordered_at, b.is_returned,
            case when b.is_eligible then 'Counted' else 'Still in their time' end as standing
        from marts.fct_drop_buyers as b
        where b.scope = ? order by b.is_returned desc, b.index_ordered_at desc, b.index_order_id limit {ROWS_AT_MOST}
    """
    return run(snapshot, sql, scope)


@serves("velocity")
def sales_by_hour(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """What each item sold in each channel and hour, the newest hour first."""
    sql = """
        select s.hour_at, k.title, s.channel, s.orders_count, s.sold_units, s.gross_sales_amount, s.discounts_amount,
            s.refunds_amount, s.net_sales_amount, s.currency_code
        from marts.fct_sku_sales_hourly as s join marts.dim_skus as k using (drop_id, sku)
        where s.drop_id = ? order by s.hour_at desc, k.title, s.channel
    """
    return run(snapshot, sql, drop_id)

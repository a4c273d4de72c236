"""The rows that a tile's number was counted from."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import ROWS_AT_MOST, run
from dashboards.queries.snapshots import Snapshot


@serves("fulfilment")
def shipments_of_the_median(snapshot: Snapshot, scope: str, states: tuple[str, ...]) -> pl.DataFrame:
    """Shipments that the lead time is counted from, the longest watched first; `states` narrows them."""
    sql = f"""
        with longest as (
            select order_id, parcel_id, parcel_key, hub_id, carrier, state, ordered_at, delivered_at, promised_at,
                distance_km, watched_hours
            from marts.fct_parcel_lead_times where scope = ? and is_in_headline and list_contains(?, state)
            order by watched_hours desc, parcel_key limit {ROWS_AT_MOST}
        )
        select p.order_id, p.parcel_id, coalesce(h.name, p.hub_id) as hub, p.carrier, p.state, p.ordered_at,
            p.delivered_at, p.promised_at, p.distance_km, p.watched_hours
        from longest as p left join marts.dim_hubs as h using (hub_id) order by p.watched_hours desc, p.parcel_key
    """
    return run(snapshot, sql, scope, list(states))


@serves("repeat")
def buyers_of_the_rate(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Buyers by their first order in the scope, those who came back first; nobody is named."""
    sql = f"""
        select index_order_id, index_ordered_at, repeat_ordered_at, is_returned,
            case when is_eligible then 'Counted' else 'Still in their time' end as standing
        from marts.fct_drop_buyers where scope = ?
        order by is_returned desc, index_ordered_at desc, index_order_id limit {ROWS_AT_MOST}
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

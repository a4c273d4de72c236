"""Where the stock of a drop lies, and what of it is left."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot

# A whole day of sales has its night and its evening: a forecast from half a day would take one for the other.
PACE_HOURS = 24


@serves("overview", "velocity")
def stock_outlook(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Units staged, sold and left of each SKU, what sold in the last hours watched, and the hours that are to go."""
    sql = f"""
        with watched as (
            select drop_id, greatest(least({PACE_HOURS}, hours_elapsed), 0) as hours_watched from marts.dim_drops
        ),
        sold as (
            select s.drop_id, s.sku, sum(s.sold_units)::bigint as sold_units,
                coalesce(sum(s.sold_units) filter (
                    where s.hour_at >= a.as_of - interval 1 minute * (60 * w.hours_watched)::bigint
                ), 0)::bigint as lately_units
            from marts.fct_sku_sales_hourly as s join watched as w using (drop_id) cross join raw.as_of as a
            group by s.drop_id, s.sku
        )
        select k.sku, k.title, k.staged_units, coalesce(s.sold_units, 0) as sold_units,
            greatest(k.staged_units - coalesce(s.sold_units, 0), 0) as units_left,
            coalesce(s.lately_units, 0) as lately_units, w.hours_watched,
            greatest(date_diff('second', a.as_of, d.ends_at) / 3600, 0) as hours_to_go
        from marts.dim_skus as k join marts.dim_drops as d using (drop_id) join watched as w using (drop_id)
        left join sold as s using (drop_id, sku) cross join raw.as_of as a
        where k.drop_id = ? order by k.sku
    """
    return run(snapshot, sql, drop_id)


@serves("overview", "velocity")
def stock_by_hub(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Units staged up to the snapshot, sold over the whole drop and left, by SKU and hub; lines of no hub are apart."""
    sql = """
        with staged as (
            select s.sku, s.hub_id, sum(s.units)::bigint as staged_units
            from raw.drop_stock as s cross join raw.as_of as a
            where s.drop_id = $1 and s.staged_at <= a.as_of group by all
        ),
        sold as (
            select sku, hub_id, sum(sold_units)::bigint as sold_units
            from marts.rpt_margins where drop_id = $1 group by all
        )
        select sku, k.title, hub_id, coalesce(h.name, 'Hub not named') as hub,
            coalesce(staged.staged_units, 0) as staged_units, coalesce(sold.sold_units, 0) as sold_units,
            greatest(coalesce(staged.staged_units, 0) - coalesce(sold.sold_units, 0), 0) as units_left
        from staged full join sold using (sku, hub_id) join marts.dim_skus as k using (sku)
        left join marts.dim_hubs as h using (hub_id)
        where k.drop_id = $1 order by sku, h.name is null, hub
    """
    return run(snapshot, sql, drop_id)


@serves("velocity")
def velocity_by_hub(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Sold and staged within the window by SKU and hub, and when a hub's last unit went."""
    sql = """
        select k.title, coalesce(h.name, 'Hub not named') as hub, v.sold_units, v.staged_units, v.sell_through_rate,
            v.sold_out_at
        from marts.rpt_inventory_velocity_by_hub as v join marts.dim_skus as k using (drop_id, sku)
        left join marts.dim_hubs as h using (hub_id)
        where v.drop_id = ? order by k.title, h.name is null, hub
    """
    return run(snapshot, sql, drop_id)

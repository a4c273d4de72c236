"""Units sold, and what is left of the stock."""

from __future__ import annotations

import polars as pl

from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot


def hourly_sales(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's sales by SKU, channel and hour."""
    return run(snapshot, "select * from marts.fct_sku_sales_hourly where drop_id = ? order by all", drop_id)


def velocity_by_sku(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Sold and staged within the window, and what is left of all stock now, by SKU."""
    sql = """
        select v.sku, s.title, v.sold_units, v.staged_units, v.sell_through_rate, v.sold_out_at, v.is_final,
            greatest(s.staged_units - coalesce(sold.units, 0), 0) as units_left
        from marts.rpt_inventory_velocity_by_sku as v join marts.dim_skus as s using (drop_id, sku)
        left join (
            select drop_id, sku, sum(sold_units)::bigint as units from marts.fct_sku_sales_hourly group by all
        ) as sold using (drop_id, sku)
        where v.drop_id = ? order by v.sku
    """
    return run(snapshot, sql, drop_id)


def stock_by_hub(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Units staged by SKU and hub up to the snapshot."""
    sql = """
        select s.sku, k.title, coalesce(h.name, s.hub_id) as hub, sum(s.units)::bigint as staged_units
        from raw.drop_stock as s join marts.dim_skus as k using (drop_id, sku)
        left join marts.dim_hubs as h using (hub_id) cross join raw.as_of as a
        where s.drop_id = ? and s.staged_at <= a.as_of group by all order by s.sku, hub
    """
    return run(snapshot, sql, drop_id)


def stock_outlook(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Units left by SKU, the pace of the last twelve hours, and when the stock ends at that pace."""
    sql = """
        with pace as (
            select s.drop_id, s.sku, sum(s.sold_units)::bigint as sold_units,
                sum(s.sold_units) filter (where s.hour_at >= a.as_of - interval 12 hour)
                    / least(12, greatest(d.hours_elapsed, 1)) as units_an_hour
            from marts.fct_sku_sales_hourly as s join marts.dim_drops as d using (drop_id) cross join raw.as_of as a
            group by s.drop_id, s.sku, d.hours_elapsed
        )
        select k.title, k.staged_units, coalesce(p.sold_units, 0) as sold_units,
            greatest(k.staged_units - coalesce(p.sold_units, 0), 0) as units_left,
            coalesce(p.units_an_hour, 0) as units_an_hour,
            case when k.staged_units <= coalesce(p.sold_units, 0) then 0
                when p.units_an_hour > 0 then (k.staged_units - p.sold_units) / p.units_an_hour end as hours_to_end,
            date_diff('second', a.as_of, d.ends_at) / 3600 as hours_to_go
        from marts.dim_skus as k join marts.dim_drops as d using (drop_id) left join pace as p using (drop_id, sku)
        cross join raw.as_of as a
        where k.drop_id = ? order by k.sku
    """
    return run(snapshot, sql, drop_id)


def sales_of_drops(snapshot: Snapshot, drop_ids: tuple[str, ...]) -> pl.DataFrame:
    """Units by drop and hour since its start."""
    sql = """
        select drop_id, hours_since_start, sum(sold_units)::bigint as sold_units
        from marts.fct_sku_sales_hourly where list_contains(?, drop_id) group by all order by all
    """
    return run(snapshot, sql, list(drop_ids))

"""Units sold."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot


@serves("overview", "velocity")
def hourly_sales(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's sales by SKU, channel and hour."""
    return run(snapshot, "select * from marts.fct_sku_sales_hourly where drop_id = ? order by all", drop_id)


@serves("velocity")
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


@serves("compare")
def sales_of_drops(snapshot: Snapshot, drop_ids: tuple[str, ...]) -> pl.DataFrame:
    """Units by drop and hour since its start."""
    sql = """
        select drop_id, hours_since_start, sum(sold_units)::bigint as sold_units
        from marts.fct_sku_sales_hourly where list_contains(?, drop_id) group by all order by all
    """
    return run(snapshot, sql, list(drop_ids))

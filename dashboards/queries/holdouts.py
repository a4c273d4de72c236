"""Hours that a lottery kept at list price, beside the hours that the engine priced: what was measured, not expected."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot


@serves("pricing")
def sales_by_lot(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Past cells of one SKU, channel and hour, at list by lot or priced by the engine: how many, and what they sold.

    Money is gross sales in the drop's currency; `deviation_amount` is the sample's standard deviation over the cells.
    """
    sql = """
        with cells as (
            select d.reason = 'holdout' as is_holdout, d.valid_from, coalesce(s.sold_units, 0) as units,
                coalesce(s.gross_sales_amount, 0)::double as amount
            from pricing.decisions as d cross join raw.as_of as a
            left join marts.fct_sku_sales_hourly as s
                on d.drop_id = s.drop_id and d.sku = s.sku and d.channel = s.channel and d.valid_from = s.hour_at
            where d.drop_id = ? and d.reason in ('holdout', 'optimise', 'explore') and d.valid_to <= a.as_of
        )
        select is_holdout, count(*) as cells_count, sum(units)::bigint as sold_units, avg(amount) as mean_amount,
            stddev_samp(amount) as deviation_amount
        from cells group by all order by is_holdout
    """
    return run(snapshot, sql, drop_id)


@serves("pricing")
def holdout_hours(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Every cell that the lottery kept at list price, the newest first."""
    sql = """
        select d.valid_from, k.title, d.channel, d.list_amount, coalesce(s.sold_units, 0) as sold_units
        from pricing.decisions as d left join marts.dim_skus as k using (drop_id, sku)
        left join marts.fct_sku_sales_hourly as s
            on d.drop_id = s.drop_id and d.sku = s.sku and d.channel = s.channel and d.valid_from = s.hour_at
        where d.drop_id = ? and d.reason = 'holdout' order by d.valid_from desc, k.title, d.channel
    """
    return run(snapshot, sql, drop_id)

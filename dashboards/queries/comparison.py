"""Drops beside one another and beside the shop."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot


@serves("compare")
def scorecards(snapshot: Snapshot) -> pl.DataFrame:
    """Every drop's and the shop's numbers beside one another, the newest drop first, the shop last."""
    sql = """
        select c.scope, c.name, c.status, d.starts_at, c.currency_code, c.orders_count, c.sold_units,
            c.net_sales_amount, l.median_hours, l.delivered_count,
            v.sell_through_rate, v.staged_units, r.conversion_rate, r.eligible_count,
            u.engagement_per_box, u.boxes_delivered_count
        from marts.rpt_drop_scorecard as c left join marts.dim_drops as d on c.scope = d.drop_id
        left join marts.rpt_lead_time as l using (scope) left join marts.rpt_inventory_velocity as v using (scope)
        left join marts.rpt_repeat_conversion as r using (scope)
        left join marts.rpt_unboxing_engagement as u using (scope)
        order by c.scope = 'shop', d.starts_at desc, c.scope
    """
    return run(snapshot, sql)


@serves("compare")
def comparisons(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's headline numbers beside those of the drop before, of the season before and of the shop."""
    sql = """
        select c.compared_with, coalesce(d.name, c.other_scope) as other_name, c.metric, c.metric_value, c.other_value,
            c.difference, c.difference_lower, c.difference_upper
        from marts.rpt_drop_comparison as c left join marts.dim_drops as d on c.other_scope = d.drop_id
        where c.scope = ? and c.other_scope is not null
        order by list_position(['previous_drop', 'last_year', 'shop'], c.compared_with), c.metric
    """
    return run(snapshot, sql, drop_id)

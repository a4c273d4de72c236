"""Drops laid beside those of other seasons, and the cohorts of buyers."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import EVERY_PAGE, serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot

# As many curves as an eye tells apart.
_CURVES = 4


@serves(*EVERY_PAGE)
def counterparts(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Whom a drop can be compared with by rule: the drop before it and that of the season before."""
    sql = """
        select distinct c.compared_with, c.other_scope, d.name
        from marts.rpt_drop_comparison as c join marts.dim_drops as d on c.other_scope = d.drop_id
        where c.scope = ? order by c.compared_with desc
    """
    return run(snapshot, sql, drop_id)


@serves("compare")
def sales_by_holiday_offset(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Units sold up to each hour of the drop and of earlier seasons' drops near it, by days from Christmas.

    Near is what began within seven days of the same distance to the 25th of December; the nearest season first.
    """
    sql = f"""
        with drops as (
            select drop_id, name, starts_at, year(starts_at) - (month(starts_at) <= 6)::int as season,
                date_diff('hour', make_date(season, 12, 25)::timestamp, starts_at) / 24 as days_from_christmas
            from marts.dim_drops
        ),
        near as (
            select o.*, o.drop_id = m.drop_id as is_mine
            from drops as m join drops as o
                on o.drop_id = m.drop_id
                or (o.season < m.season and abs(o.days_from_christmas - m.days_from_christmas) <= 7)
            where m.drop_id = ?
            order by o.season desc, abs(o.days_from_christmas - m.days_from_christmas), o.drop_id limit {_CURVES}
        )
        select n.drop_id, n.name, n.season, n.days_from_christmas + (p.hours_since_start + 1) / 24 as days,
            p.cumulative_units
        from near as n join marts.rpt_drop_progress as p using (drop_id)
        order by n.is_mine desc, n.season desc, n.starts_at, p.hours_since_start
    """
    return run(snapshot, sql, drop_id)


@serves("repeat")
def cohort_curves(snapshot: Snapshot, scopes: tuple[str, ...]) -> pl.DataFrame:
    """The share of each scope's buyers who were back by each day, those still in their time counted in."""
    sql = """
        select scope, day_number, estimated_rate, estimated_lower_rate, estimated_upper_rate
        from marts.rpt_repeat_curve where list_contains(?, scope) order by scope, day_number
    """
    return run(snapshot, sql, list(scopes))


@serves("repeat")
def cohorts_by_month(snapshot: Snapshot) -> pl.DataFrame:
    """The shop's buyers by the month of their first order: how many, and how many were back by each tenth day."""
    sql = """
        select strftime(any_value(date_trunc('month', index_ordered_at)), '%Y-%m') as month, count(*) as buyers_count,
            count(*) filter (where is_eligible) as eligible_count,
            count(*) filter (where is_eligible and is_returned and watched_hours <= 240) as back_10_count,
            count(*) filter (where is_eligible and is_returned and watched_hours <= 480) as back_20_count,
            count(*) filter (where is_eligible and is_returned) as back_count
        from marts.fct_drop_buyers where scope = 'shop'
        group by date_trunc('month', index_ordered_at) order by month desc limit 24
    """
    return run(snapshot, sql)

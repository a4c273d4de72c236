"""What follows a delivery: buyers who come back, boxes that are scanned and shared, returns."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import ROWS_AT_MOST, run
from dashboards.queries.snapshots import Snapshot


@serves("repeat")
def repeat_counts(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Buyers by days from their first order until they came back, or as long as they could be watched."""
    sql = """
        with watched as (
            select b.repeat_ordered_at,
                date_diff('second', b.index_ordered_at, b.repeat_ordered_at) / 86400 as days_to_repeat,
                least(date_diff('second', b.index_ordered_at, a.as_of) / 86400, a.repeat_window_days) as days_watched
            from marts.fct_drop_buyers as b cross join raw.as_of as a where b.scope = ?
        ),
        ended as (
            select coalesce(days_to_repeat <= days_watched, false) as has_returned,
                case when days_to_repeat <= days_watched then days_to_repeat else days_watched end as days
            from watched
        )
        select round(days, 2) as time, count(*) as left_count, count(*) filter (where has_returned) as event_count
        from ended group by all order by time
    """
    return run(snapshot, sql, scope)


@serves("unboxing")
def scan_counts(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Boxes by hours from delivery until their first scan, or as long as they could be watched."""
    sql = """
        with watched as (
            select b.first_scanned_at is not null as is_scanned,
                date_diff('second', b.delivered_at, coalesce(b.first_scanned_at, a.as_of)) / 3600 as hours
            from marts.fct_boxes as b cross join raw.as_of as a
            where b.scope = ? and b.delivered_at is not null
        )
        select round(greatest(hours, 0), 1) as time, count(*) as left_count,
            count(*) filter (where is_scanned) as event_count
        from watched group by all order by time
    """
    return run(snapshot, sql, scope)


@serves("unboxing")
def boxes(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Delivered boxes, the most talked about first."""
    # The last that can be among them is found by narrow columns first: a million ids need not be sorted.
    sql = f"""
        with delivered as (
            select box_id, delivered_at, first_scanned_at, scans_count, shares_count,
                scans_count + shares_count as talks_count
            from marts.fct_boxes where scope = ? and delivered_at is not null
        ),
        first_ones as (
            select talks_count, delivered_at from delivered order by talks_count desc, delivered_at limit {ROWS_AT_MOST}
        ),
        last_one as (select talks_count, delivered_at from first_ones order by talks_count, delivered_at desc limit 1)
        select d.box_id, d.delivered_at, d.first_scanned_at, d.scans_count, d.shares_count
        from delivered as d cross join last_one as l
        where d.talks_count > l.talks_count or (d.talks_count = l.talks_count and d.delivered_at <= l.delivered_at)
        order by d.talks_count desc, d.delivered_at, d.box_id limit {ROWS_AT_MOST}
    """
    return run(snapshot, sql, scope)


@serves("audit")
def returns_by_reason(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Returns of a drop by reason and currency, the most frequent first."""
    sql = """
        select reason, currency_code, count(*) as returns_count, sum(returned_units)::bigint as returned_units,
            sum(refund_amount) as refunds_amount, median(refund_lag_hours) as median_lag_hours
        from marts.fct_returns where drop_id = ? group by all order by returns_count desc, reason, currency_code
    """
    return run(snapshot, sql, drop_id)

"""The short series behind each metric's sparkline."""

from __future__ import annotations

from dashboards.access.guard import serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot
from pipelines.figures.trends import Trend, median_hours_by_block

_BLOCK_HOURS = 6
_DAYS = 30


@serves("overview", "fulfilment", "velocity", "repeat", "unboxing")
def metric_trends(snapshot: Snapshot, scope: str, *, is_drop: bool) -> dict[str, Trend]:
    """Metric's key to its trend: a drop in blocks of six hours, the shop in days, a month of them at most."""
    hours = _BLOCK_HOURS if is_drop else 24
    block = f"each {hours} h" if is_drop else "each day"
    trends = {
        "lead_time": Trend(_lead_time(snapshot, scope, hours), f"Median of the orders placed in {block}"),
        "velocity": Trend(_sold_share(snapshot, scope), "Share sold by each hour"),
        "repeat": Trend(_came_back(snapshot, scope), "Share back by each day, those still in their time counted in"),
        "unboxing": Trend(_engagement(snapshot, scope, hours), f"Boxes delivered in {block}; the newest had less time"),
    }
    return {key: trend for key, trend in trends.items() if trend.is_drawable}


def _lead_time(snapshot: Snapshot, scope: str, hours: int) -> tuple[float | None, ...]:
    # The last month of the scope's own orders: a drop that is long over has a trend of its own days.
    sql = f"""
        with shipments as (
            select * from marts.fct_parcel_lead_times where scope = ? and is_in_headline
        )
        select time_bucket(interval {hours} hour, ordered_at) as block, round(watched_hours, 1) as time,
            count(*) as left_count, count(*) filter (where state = 'delivered') as event_count
        from shipments where ordered_at >= (select max(ordered_at) from shipments) - interval {_DAYS} day
        group by all
    """
    return median_hours_by_block(run(snapshot, sql, scope))


def _sold_share(snapshot: Snapshot, scope: str) -> tuple[float | None, ...]:
    sql = """
        select cumulative_staged_rate from marts.rpt_drop_progress
        where drop_id = ? and hours_since_start < (select velocity_window_hours from raw.as_of)
        order by hours_since_start
    """
    return tuple(run(snapshot, sql, scope)["cumulative_staged_rate"])


def _came_back(snapshot: Snapshot, scope: str) -> tuple[float | None, ...]:
    sql = "select estimated_rate from marts.rpt_repeat_curve where scope = ? order by day_number"
    return tuple(run(snapshot, sql, scope)["estimated_rate"])


def _engagement(snapshot: Snapshot, scope: str, hours: int) -> tuple[float | None, ...]:
    sql = f"""
        select sum(scans_count + shares_count) / count(*) as per_box from (
            select time_bucket(interval {hours} hour, delivered_at) as block, scans_count, shares_count
            from marts.fct_boxes where scope = ? and delivered_at is not null
        ) group by block order by block desc limit {_DAYS}
    """
    return tuple(reversed(run(snapshot, sql, scope)["per_box"].to_list()))

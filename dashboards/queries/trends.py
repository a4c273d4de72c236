"""The short series behind each metric's sparkline."""

from __future__ import annotations

from collections.abc import Callable

from dashboards.access.guard import serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot
from pipelines.figures.trends import Trend, median_hours_by_block

METRICS = ("lead_time", "velocity", "repeat", "unboxing")
_BLOCK_HOURS = 6
_DAYS = 30


@serves("overview", "fulfilment", "velocity", "repeat", "unboxing")
def metric_trends(
    snapshot: Snapshot, scope: str, *, is_drop: bool, keys: tuple[str, ...] = METRICS
) -> dict[str, Trend]:
    """Metric's key to its trend: a drop in blocks of six hours, the shop in days, a month of them at most."""
    hours = _BLOCK_HOURS if is_drop else 24
    block = f"each {hours} h" if is_drop else "each day"
    # Only what is asked for is read: each of these looks through a scope's facts.
    makers: dict[str, Callable[[], Trend]] = {
        "lead_time": lambda: Trend(
            _lead_time(snapshot, scope, hours, is_drop=is_drop), f"Median of the orders placed in {block}"
        ),
        "velocity": lambda: Trend(_sold_share(snapshot, scope), "Share sold by each hour"),
        "repeat": lambda: Trend(
            _came_back(snapshot, scope), "Share back by each day, those still in their time counted in"
        ),
        "unboxing": lambda: Trend(
            _engagement(snapshot, scope, hours), f"Boxes delivered in {block}; the newest had less time"
        ),
    }
    trends = {key: makers[key]() for key in keys}
    return {key: trend for key, trend in trends.items() if trend.is_drawable}


def _lead_time(snapshot: Snapshot, scope: str, hours: int, *, is_drop: bool) -> tuple[float | None, ...]:
    # A drop has three days of orders whenever it was; of the shop's years the last month is read.
    since = "true" if is_drop else f"ordered_at >= (select as_of from raw.as_of) - interval {_DAYS} day"
    sql = f"""
        select time_bucket(interval {hours} hour, ordered_at) as block, round(watched_hours, 1) as time,
            count(*) as left_count, count(*) filter (where state = 'delivered') as event_count
        from marts.fct_parcel_lead_times where scope = ? and is_in_headline and {since} group by all
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
        select sum(scans_count + shares_count) / count(*) as per_box
        from marts.fct_boxes where scope = ? and delivered_at is not null
        group by time_bucket(interval {hours} hour, delivered_at)
        order by time_bucket(interval {hours} hour, delivered_at) desc limit {_DAYS}
    """
    return tuple(reversed(run(snapshot, sql, scope)["per_box"].to_list()))

"""The frames that an audit is made from, and the queries that give them. The caller brings what runs a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

# Runs a query with one `?` for each parameter on one published snapshot.
Read = Callable[[str, Sequence[object]], pl.DataFrame]

_BY_SCOPE = "select * from marts.{mart} where scope = ?"
_QUERIES = {
    "windows": """
        select a.lead_time_radius_km, a.velocity_window_hours, a.repeat_window_days
        from raw.as_of as a cross join marts.dim_drops as d where d.drop_id = ?
    """,
    "drop": "select * from marts.dim_drops where drop_id = ?",
    "skus": "select sku, title from marts.dim_skus where drop_id = ? order by sku",
    "scorecard": _BY_SCOPE.format(mart="rpt_drop_scorecard"),
    "lead_time": _BY_SCOPE.format(mart="rpt_lead_time"),
    "velocity": _BY_SCOPE.format(mart="rpt_inventory_velocity"),
    "repeat": _BY_SCOPE.format(mart="rpt_repeat_conversion"),
    "unboxing": _BY_SCOPE.format(mart="rpt_unboxing_engagement"),
    "sales": """
        select sku, channel, hours_since_start, sold_units, gross_sales_amount
        from marts.fct_sku_sales_hourly where drop_id = ? order by all
    """,
    "decisions": """
        select f.sku, f.channel, date_diff('hour', d.starts_at, f.valid_from) as hours_since_start,
            f.shown_price_amount, f.reason
        from marts.fct_price_decisions as f join marts.dim_drops as d using (drop_id)
        where f.drop_id = ? order by all
    """,
    "returns": """
        select reason, currency_code, count(*) as returns_count, sum(returned_units)::bigint as returned_units,
            sum(refund_amount) as refunds_amount
        from marts.fct_returns where drop_id = ? group by all order by returns_count desc, reason, currency_code
    """,
}


@dataclass(frozen=True)
class DropFrames:
    """One drop's frames, all of one snapshot; each is named as its query."""

    windows: pl.DataFrame
    drop: pl.DataFrame
    skus: pl.DataFrame
    scorecard: pl.DataFrame
    lead_time: pl.DataFrame
    velocity: pl.DataFrame
    repeat: pl.DataFrame
    unboxing: pl.DataFrame
    sales: pl.DataFrame
    decisions: pl.DataFrame
    returns: pl.DataFrame


def read_drop_frames(read: Read, drop_id: str) -> DropFrames:
    """Every frame of one drop.

    Raises:
        LookupError: The snapshot has no such drop; the message names those it has.
    """
    frames = DropFrames(**{name: read(sql, [drop_id]) for name, sql in _QUERIES.items()})
    if frames.drop.is_empty():
        known = read("select drop_id from marts.dim_drops order by starts_at", [])["drop_id"].to_list()
        message = f"there is no drop {drop_id!r}; the snapshot has: {', '.join(known) or 'none yet'}"
        raise LookupError(message)
    return frames

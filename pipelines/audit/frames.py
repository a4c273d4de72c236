"""The frames that an audit is made from, and the queries that give them. The caller brings what runs a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

# Runs a query with one `?` for each parameter on one published snapshot.
Read = Callable[[str, Sequence[object]], pl.DataFrame]

_BY_SCOPE = "select * from marts.{mart} where scope = ?"

# What the report reads itself.
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
            sum(refund_amount) as refunds_amount, median(refund_lag_hours) as median_lag_hours
        from marts.fct_returns where drop_id = ? group by all order by returns_count desc, reason, currency_code
    """,
    # One row an hour in which the engine chose, or which was held out, over all cells.
    "hours": """
        with decided as (
            select drop_id, valid_from, bool_or(reason = 'holdout') as is_holdout
            from pricing.decisions where drop_id = ? group by all
            having bool_and(reason in ('holdout', 'optimise', 'explore', 'sold_out'))
                and bool_or(reason <> 'sold_out')
        ),
        sold as (
            select drop_id, hour_at, sum(gross_sales_amount) as gross_sales_amount
            from marts.fct_sku_sales_hourly group by all
        )
        select decided.is_holdout, coalesce(sold.gross_sales_amount, 0) as gross_sales_amount
        from decided left join sold on sold.drop_id = decided.drop_id and sold.hour_at = decided.valid_from
        cross join raw.as_of as a
        where decided.valid_from < a.as_of
        order by decided.valid_from
    """,
}

# What goes into the workbook, the CSV files and report.json as it is, each under its name.
_TABLES = {
    "items": """
        with sold as (
            select drop_id, sku, sum(sold_units)::bigint as sold_units, sum(returned_units)::bigint as returned_units,
                sum(gross_sales_amount) as gross_sales_amount, sum(discounts_amount) as discounts_amount,
                sum(refunds_amount) as refunds_amount, sum(net_sales_amount) as net_sales_amount,
                sum(fees_amount) as fees_amount, sum(goods_cost_amount) as goods_cost_amount,
                sum(margin_amount) as margin_amount
            from marts.rpt_margins where drop_id = ? group by all
        )
        select k.sku, k.title, k.currency_code, k.staged_units, coalesce(s.sold_units, 0) as sold_units,
            coalesce(s.returned_units, 0) as returned_units,
            greatest(k.staged_units - coalesce(s.sold_units, 0), 0) as leftover_units,
            k.list_price_amount, k.unit_cost_amount, s.* exclude (drop_id, sku, sold_units, returned_units)
        from marts.dim_skus as k left join sold as s using (drop_id, sku)
        where k.drop_id = ? order by k.sku
    """,
    "margins": "select * from marts.rpt_margins where drop_id = ? order by sku, channel, hub_id",
    "hourly_sales": """
        select hour_at, hours_since_start, sku, channel, orders_count, sold_units, gross_sales_amount, discounts_amount,
            refunds_amount, net_sales_amount, currency_code
        from marts.fct_sku_sales_hourly where drop_id = ? order by all
    """,
    "prices": """
        select valid_from, valid_to, sku, channel, band, shown_price_amount, list_amount, floor_amount,
            lowest_30d_amount, currency_code, reason
        from marts.fct_price_decisions where drop_id = ? order by valid_from, sku, channel
    """,
    "guardrails": """
        select d.valid_from, d.sku, d.channel, c.position, c.guardrail, c.band_before, c.band_after, c.detail
        from pricing.clamps as c join pricing.decisions as d using (decision_id)
        where d.drop_id = ? order by all
    """,
    "prior_prices": """
        select sku, channel, min(lowest_30d_amount) as lowest_30d_amount,
            min(shown_price_amount) as lowest_shown_amount, max(shown_price_amount) as highest_shown_amount,
            currency_code
        from marts.fct_price_decisions where drop_id = ? group by all order by sku, channel
    """,
    "distance_rings": """
        select ring as ring_km, delivered_count, delivered_only_median_hours
        from marts.rpt_lead_time_by_ring where scope = ?
        order by list_position(['0-5', '5-20', '20-100', '100-500', '500+'], ring)
    """,
    "fulfilment_cost": """
        select * from marts.rpt_fulfilment_costs where scope in (?, 'shop')
        order by scope = 'shop', hub_id <> 'all', hub_id, currency_code
    """,
    "comparison": "select * from marts.rpt_drop_comparison where scope = ? order by compared_with, metric",
    "returns_by_item": "select * from marts.rpt_returns where scope = ? order by sku, reason, currency_code",
    "stock": """
        select s.hub_id, s.sku, s.staged_at, s.is_restock, s.units
        from raw.drop_stock as s cross join raw.as_of as a
        where s.drop_id = ? and s.staged_at <= a.as_of order by all
    """,
    "returns_by_reason": _QUERIES["returns"],
}
# Of all files, whatever the drop.
_SHOP_TABLES = {
    "files": """
        select feed, path, status, rows_read, accepted, rejected, duplicate, conflicting, first_error, as_of, sha256
        from raw.landing_files order by feed, path, sha256
    """,
    "rejects": "select feed, rule, field, sum(rows)::bigint as rows from raw.rejects_by_rule group by all order by all",
    "reconciliation": """
        select f.feed, r.currency_code, r.outcome, sum(r.rows)::bigint as rows, sum(r.amount) as amount
        from raw.reconciliation as r join raw.landing_files as f using (file_id) group by all order by all
    """,
}


@dataclass(frozen=True)
class DropFrames:
    """One drop's frames, all of one snapshot; each is named as its query. `tables` go out as they are."""

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
    hours: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]


def read_drop_frames(read: Read, drop_id: str) -> DropFrames:
    """Every frame of one drop.

    Raises:
        LookupError: The snapshot has no such drop; the message names those it has.
    """
    known = read("select drop_id from marts.dim_drops order by starts_at, drop_id", [])["drop_id"].to_list()
    if drop_id not in known:
        message = f"there is no drop {drop_id!r}; the snapshot has: {', '.join(known) or 'none yet'}"
        raise LookupError(message)
    frames = {name: read(sql, [drop_id]) for name, sql in _QUERIES.items()}
    metrics = ("scorecard", "lead_time", "velocity", "repeat", "unboxing")
    tables = {name: frames[name] for name in metrics}
    tables |= {name: read(sql, [drop_id] * sql.count("?")) for name, sql in _TABLES.items()}
    tables |= {name: read(sql, []) for name, sql in _SHOP_TABLES.items()}
    return DropFrames(**frames, tables=tables)

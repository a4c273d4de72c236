"""The ledger of prices: decisions, beliefs, clamps."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import ROWS_AT_MOST, run
from dashboards.queries.snapshots import Snapshot


@serves("overview", "pricing")
def decisions(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's decisions with their hour since its start."""
    sql = """
        select f.*, date_diff('hour', d.starts_at, f.valid_from) as hours_since_start
        from marts.fct_price_decisions as f join marts.dim_drops as d using (drop_id)
        where f.drop_id = ? order by f.sku, f.channel, f.valid_from
    """
    return run(snapshot, sql, drop_id)


@serves("pricing")
def decision_reasons(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """How often each reason decided an hour, and the mean price against list."""
    sql = """
        select reason, count(*) as decisions_count, avg(shown_price_amount / list_amount) as price_to_list_rate
        from marts.fct_price_decisions where drop_id = ? group by all order by decisions_count desc, reason
    """
    return run(snapshot, sql, drop_id)


@serves("pricing")
def clamps(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Every decision that a guardrail changed, the newest first."""
    sql = f"""
        select d.valid_from, d.sku, k.title, d.channel, c.guardrail, c.band_before, c.band_after, c.detail
        from pricing.clamps as c join pricing.decisions as d using (decision_id)
        left join marts.dim_skus as k using (drop_id, sku)
        where d.drop_id = ? order by d.valid_from desc, d.sku, d.channel, c.position limit {ROWS_AT_MOST}
    """
    return run(snapshot, sql, drop_id)


@serves("pricing")
def newest_beliefs(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """What the engine expects of each band in the newest decided hour, and who chose: it or the last guardrail."""
    sql = """
        with clamped as (
            select decision_id, arg_max(guardrail, position) as guardrail from pricing.clamps group by decision_id
        )
        select d.sku, k.title, d.channel, b.band, b.expected_units, cast(b.lower_units as bigint) as lower_units,
            cast(b.upper_units as bigint) as upper_units, b.worth_amount,
            case when b.band = d.band then coalesce(c.guardrail, 'engine') else '' end as chosen_by,
            d.propensity_low, d.propensity_mid, d.propensity_high
        from pricing.beliefs as b join pricing.decisions as d using (decision_id)
        left join clamped as c using (decision_id) left join marts.dim_skus as k using (drop_id, sku)
        where d.drop_id = ?
            and d.valid_from = (select max(valid_from) from pricing.decisions as n where n.drop_id = d.drop_id)
        order by d.sku, d.channel, list_position(['low', 'mid', 'high'], b.band)
    """
    return run(snapshot, sql, drop_id)


@serves("pricing")
def worth_against_list(snapshot: Snapshot, drop_id: str) -> dict[str, Any]:
    """What the engine expected to earn by its choices, and by list price in the same hours."""
    sql = """
        select count(distinct d.decision_id) as decisions_count,
            sum(b.worth_amount) filter (where b.band = d.band) as chosen_amount,
            sum(b.worth_amount) filter (where b.band = 'mid') as list_amount
        from pricing.beliefs as b join pricing.decisions as d using (decision_id)
        where d.drop_id = ? and d.band is not null
    """
    return run(snapshot, sql, drop_id).row(0, named=True)

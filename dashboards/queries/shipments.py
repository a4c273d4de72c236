"""Parcels on their way from order to door."""

from __future__ import annotations

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import ROWS_AT_MOST, run
from dashboards.queries.snapshots import Snapshot


@serves("fulfilment")
def lead_time_counts(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Shipments of the headline by tenths of hours watched, for the survival curve."""
    sql = """
        select round(watched_hours, 1) as time, count(*) as left_count,
            count(*) filter (where state = 'delivered') as event_count
        from marts.fct_parcel_lead_times where scope = ? and is_in_headline group by all order by time
    """
    return run(snapshot, sql, scope)


# What a curve can be split by, and the column of the shipments that tells.
SPLITS = {"hub": "coalesce(h.name, p.hub_id, 'not known')", "carrier": "coalesce(p.carrier, 'not known')",
          "ring": "p.ring || ' km'"}  # fmt: skip
_CURVES = 4


@serves("fulfilment")
def lead_time_counts_by(snapshot: Snapshot, scope: str, split: str) -> dict[str, pl.DataFrame]:
    """The same counts for each of the largest groups of one of `SPLITS`, the largest first.

    Raises:
        KeyError: There is no such split.
    """
    sql = f"""
        with named as (
            select {SPLITS[split]} as name, p.watched_hours, p.state
            from marts.fct_parcel_lead_times as p left join marts.dim_hubs as h using (hub_id)
            where p.scope = ? and p.is_in_headline
        ),
        largest as (select name, count(*) as size from named group by all order by size desc, name limit {_CURVES})
        select name, size, round(watched_hours, 1) as time, count(*) as left_count,
            count(*) filter (where state = 'delivered') as event_count
        from named join largest using (name) group by all order by size desc, name, time
    """
    groups = run(snapshot, sql, scope).group_by("name", maintain_order=True)
    return {str(name): counts for (name,), counts in groups}


@serves("fulfilment")
def lead_time_groups(snapshot: Snapshot, scope: str, dimension: str) -> pl.DataFrame:
    """Delivered shipments of the headline by hub, carrier, day or promise: name, count, median hours."""
    # A long history has thousands of days and carriers: the chart shows the twelve that matter most, days the latest.
    sql = """
        select * from (
            select coalesce(h.name, b.dimension_value) as name, b.delivered_count, b.waiting_count,
                b.delivered_only_median_hours as median_hours
            from marts.rpt_lead_time_breakdown as b
            left join marts.dim_hubs as h on b.dimension = 'hub' and b.dimension_value = h.hub_id
            where b.scope = ? and b.dimension = ?
            order by case when b.dimension = 'day' then b.dimension_value end desc, b.delivered_count desc, name
            limit 12
        ) order by case when ? = 'day' then name end, delivered_count desc, name
    """
    return run(snapshot, sql, scope, dimension, dimension)


@serves("fulfilment")
def lead_time_rings(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Delivered shipments by ring of distance, whatever the radius."""
    sql = """
        select ring || ' km' as name, delivered_count, delivered_only_median_hours as median_hours
        from marts.rpt_lead_time_by_ring where scope = ?
        order by list_position(['0-5', '5-20', '20-100', '100-500', '500+'], ring)
    """
    return run(snapshot, sql, scope)


@serves("fulfilment")
def door_cells(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Cells of about one kilometre that shipments of the headline go to."""
    sql = """
        with largest as (
            select door_cell, count(*) as parcels_count
            from marts.fct_parcel_lead_times where scope = ? and is_in_headline and door_cell is not null
            group by all order by parcels_count desc, door_cell limit 2000
        )
        select split_part(door_cell, ',', 1)::double as latitude, split_part(door_cell, ',', 2)::double as longitude,
            parcels_count
        from largest order by parcels_count desc, door_cell
    """
    return run(snapshot, sql, scope)


@serves("fulfilment")
def hubs(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """The hubs that shipments of the headline come from."""
    sql = """
        select hub_id, name, latitude, longitude from marts.dim_hubs
        where hub_id in (
            select dimension_value from marts.rpt_lead_time_breakdown where scope = ? and dimension = 'hub'
        ) order by name
    """
    return run(snapshot, sql, scope)


@serves("fulfilment")
def open_parcels(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Shipments still waiting, the longest wait first; those past their promise are marked."""
    sql = f"""
        select p.parcel_key, p.order_id, coalesce(h.name, p.hub_id) as hub, p.carrier, p.state, p.ordered_at,
            p.promised_at, p.watched_hours, coalesce(p.promised_at < a.as_of, false) as is_late
        from marts.fct_parcel_lead_times as p left join marts.dim_hubs as h using (hub_id) cross join raw.as_of as a
        where p.scope = ? and p.state in ('under_way', 'not_handed_over') and not p.is_settled
        order by p.watched_hours desc, p.parcel_key limit {ROWS_AT_MOST}
    """
    return run(snapshot, sql, scope)

"""The state of the pipeline itself: files, rejects, checks, ticks, and what may need a hand."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards.access.guard import serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot


@serves("overview", "health")
def feed_freshness(snapshot: Snapshot) -> pl.DataFrame:
    """One row a feed that has come: files, rows, and the tick that last met a file of it (known content included)."""
    return run(
        snapshot,
        """
        with met as (
            select file_id, as_of from raw.landing_files
            union all
            select file_id, as_of from raw.file_sightings
        ),
        latest as (
            select f.feed, max(met.as_of) as last_met_at
            from met join raw.landing_files as f using (file_id)
            group by f.feed
        )
        select f.feed, latest.last_met_at, count(*) as files, sum(f.rows_read)::bigint as rows_read,
            sum(f.accepted)::bigint as accepted, sum(f.rejected)::bigint as rejected,
            sum(f.duplicate)::bigint as duplicate, count(*) filter (where f.status = 'quarantined') as quarantined
        from raw.landing_files as f join latest using (feed)
        group by all order by f.feed
        """,
    )


@serves("health")
def landing_files(snapshot: Snapshot) -> pl.DataFrame:
    """The ledger: one row a file, the newest first."""
    return run(
        snapshot,
        """
        select feed, path, status, as_of, rows_read, accepted, rejected, duplicate, conflicting, first_error,
            rows_read = accepted + rejected + duplicate as is_reconciled, sha256
        from raw.landing_files order by loaded_at desc, feed, path
        """,
    )


@serves("health")
def rejects(snapshot: Snapshot) -> pl.DataFrame:
    """Rejected rows by feed and rule, the most frequent first."""
    sql = """
        select feed, rule, field, sum(rows)::bigint as rows_count, count(distinct file_id) as files_count
        from raw.rejects_by_rule group by all order by rows_count desc, feed, rule
    """
    return run(snapshot, sql)


@serves("health")
def drift(snapshot: Snapshot) -> pl.DataFrame:
    """Columns beside those of a feed, which are kept, and optional ones that a file lacks, by feed and system."""
    sql = """
        with named as (
            select feed, source, as_of, file_id, 'beside the feed' as change,
                unnest(string_split(extra_columns, ', ')) as column_name
            from raw.landing_files where extra_columns is not null
            union all
            select feed, source, as_of, file_id, 'left out', unnest(string_split(missing_columns, ', '))
            from raw.landing_files where missing_columns is not null
        )
        select feed, source, change, column_name, count(distinct file_id) as files_count, max(as_of) as last_seen_at
        from named group by all order by change, files_count desc, feed, source, column_name
    """
    return run(snapshot, sql)


@serves("health")
def reconciliation(snapshot: Snapshot) -> pl.DataFrame:
    """Rows and money of all files by feed, currency and outcome."""
    sql = """
        select f.feed, r.currency_code, r.outcome, sum(r.rows)::bigint as rows_count, sum(r.amount) as amount
        from raw.reconciliation as r join raw.landing_files as f using (file_id)
        group by all order by f.feed, r.currency_code, r.outcome
    """
    return run(snapshot, sql)


@serves("health")
def ticks(snapshot: Snapshot) -> pl.DataFrame:
    """The last ticks, the newest first."""
    sql = """
        select hour, as_of, trigger, status, started_at, date_diff('second', started_at, finished_at) as seconds
        from raw.ticks order by tick_number desc limit 24
    """
    return run(snapshot, sql)


@serves("health")
def missed_hours(snapshot: Snapshot) -> int:
    """Hours between the first tick and this snapshot that no published tick worked on."""
    sql = """
        select coalesce(date_diff('hour', min(hour), max(hour)) + 1
            - count(distinct hour) filter (where status = 'published'), 0)
        from raw.ticks
    """
    return int(run(snapshot, sql).item())


@serves("health")
def checks(snapshot: Snapshot) -> pl.DataFrame:
    """What the last tick's checks found, failures first."""
    sql = """
        select check_name, is_blocking, is_passed, observed from raw.checks
        where as_of = (select max(as_of) from raw.checks) order by is_passed, check_name
    """
    return run(snapshot, sql)


@serves("overview")
def attention(snapshot: Snapshot, drop_id: str) -> dict[str, Any]:
    """Counts of what may need a hand in a drop."""
    sql = """
        select
            (select count(*) from marts.fct_parcel_lead_times as p cross join raw.as_of as a
                where p.scope = $1 and p.state in ('under_way', 'not_handed_over') and p.promised_at < a.as_of)
                as late_parcels_count,
            (select count(*) from marts.fct_parcel_lead_times where scope = $1 and is_flagged) as flagged_parcels_count,
            (select count(*) from pricing.decisions where drop_id = $1 and reason = 'missed') as missed_decisions_count,
            (select count(*) from pricing.decisions where drop_id = $1 and reason = 'stale') as stale_decisions_count
    """
    return run(snapshot, sql, drop_id).row(0, named=True)

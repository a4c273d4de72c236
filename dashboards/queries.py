"""Reading the published snapshot for pages: the only place of the app that opens DuckDB, and read-only.

`current` is resolved once a run of a page to the snapshot's own folder. Every cache is keyed by that folder, so a new
tick shows without a restart and no page mixes two snapshots.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import streamlit as st

from pipelines.contracts.price_bands import PriceBands
from pipelines.figures.headlines import MetricRows, Windows
from pipelines.settings import Settings, parse_instant

SHOP = "shop"
MANIFEST_VERSION = 1


@dataclass(frozen=True)
class Snapshot:
    """The identity of what a page shows.

    Attributes:
        folder: The snapshot's own folder.
        snapshot_id: Its name.
        as_of: The instant up to which it looks, in UTC.
        is_simulated: Whether the data folder holds an invented shop.
        is_current: Whether it is the newest; a link may name an older one.
    """

    folder: str
    snapshot_id: str
    as_of: datetime
    is_simulated: bool
    is_current: bool = True


def data_dir() -> Path:
    """The data folder of this app."""
    return Settings.from_env().data_dir


def current_snapshot() -> Snapshot | None:
    """The snapshot that is current now; None when nothing is published yet.

    Raises:
        ValueError: The manifest has a version that this app does not know.
    """
    settings = Settings.from_env()
    try:
        folder = (settings.published_dir / "current").resolve(strict=True)
    except FileNotFoundError:
        return None
    return _identified(settings, folder, is_current=True)


def kept_snapshot(snapshot_id: str) -> Snapshot | None:
    """The snapshot that a link names; None when it is no longer kept, or never was."""
    settings = Settings.from_env()
    # A name from a link is compared with what is there, and never made into a path.
    folders = {folder.name: folder for folder in (settings.published_dir / "snapshots").glob("[!.]*")}
    folder = folders.get(snapshot_id)
    current = current_snapshot()
    if folder is None or current is None:
        return None
    return _identified(settings, folder.resolve(), is_current=current.snapshot_id == snapshot_id)


def rows(snapshot: Snapshot, sql: str, *params: object) -> pl.DataFrame:
    """The rows of one query on the snapshot; each `?` takes one of `params`."""
    return _rows(snapshot.folder, sql, params)


def feed(snapshot: Snapshot) -> PriceBands:
    """The published price bands, as storefronts read them."""
    return PriceBands.model_validate_json((Path(snapshot.folder) / "price_bands.json").read_text(encoding="utf-8"))


def drops(snapshot: Snapshot) -> pl.DataFrame:
    """Every drop: those that are live first, then the newest."""
    return rows(snapshot, "select * from marts.dim_drops order by status <> 'live', starts_at desc, drop_id")


def drop_row(snapshot: Snapshot, drop_id: str) -> dict[str, Any] | None:
    """One drop, its instants in UTC; None for the shop or an unknown id."""
    frame = rows(snapshot, "select * from marts.dim_drops where drop_id = ?", drop_id)
    if frame.is_empty():
        return None
    row = frame.row(0, named=True)
    return row | {name: row[name].replace(tzinfo=UTC) for name in ("starts_at", "ends_at")}


def metric_rows(snapshot: Snapshot, scope: str) -> MetricRows:
    """The four metrics' mart rows of one scope."""
    marts = {
        "lead_time": "rpt_lead_time",
        "velocity": "rpt_inventory_velocity",
        "repeat": "rpt_repeat_conversion",
        "unboxing": "rpt_unboxing_engagement",
    }
    found = {key: rows(snapshot, f"select * from marts.{mart} where scope = ?", scope) for key, mart in marts.items()}
    return MetricRows(**{key: frame.row(0, named=True) for key, frame in found.items() if not frame.is_empty()})


def windows(snapshot: Snapshot) -> Windows:
    """What the models counted within."""
    sql = "select lead_time_radius_km, velocity_window_hours, repeat_window_days from raw.as_of"
    return Windows(*rows(snapshot, sql).row(0))


def scorecard(snapshot: Snapshot, scope: str) -> dict[str, Any] | None:
    """Orders, units and money of one scope."""
    frame = rows(snapshot, "select * from marts.rpt_drop_scorecard where scope = ?", scope)
    return None if frame.is_empty() else frame.row(0, named=True)


def sku_titles(snapshot: Snapshot, drop_id: str) -> dict[str, str]:
    """SKU to title of one drop."""
    frame = rows(snapshot, "select sku, title from marts.dim_skus where drop_id = ? order by sku", drop_id)
    return dict(frame.iter_rows())


def hourly_sales(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's sales by SKU, channel and hour."""
    return rows(snapshot, "select * from marts.fct_sku_sales_hourly where drop_id = ? order by all", drop_id)


def decisions(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's decisions with their hour since its start."""
    sql = """
        select f.*, date_diff('hour', d.starts_at, f.valid_from) as hours_since_start
        from marts.fct_price_decisions as f join marts.dim_drops as d using (drop_id)
        where f.drop_id = ? order by f.sku, f.channel, f.valid_from
    """
    return rows(snapshot, sql, drop_id)


def feed_freshness(snapshot: Snapshot) -> pl.DataFrame:
    """One row a feed that has come: files, rows, and the tick that last met a file of it (known content included)."""
    return rows(
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


def landing_files(snapshot: Snapshot) -> pl.DataFrame:
    """The ledger: one row a file, the newest first."""
    return rows(
        snapshot,
        """
        select feed, path, status, as_of, rows_read, accepted, rejected, duplicate, conflicting, first_error,
            rows_read = accepted + rejected + duplicate as is_reconciled, sha256
        from raw.landing_files order by loaded_at desc, feed, path
        """,
    )


def rejects(snapshot: Snapshot) -> pl.DataFrame:
    """Rejected rows by feed and rule, the most frequent first."""
    sql = """
        select feed, rule, field, sum(rows)::bigint as rows_count, count(distinct file_id) as files_count
        from raw.rejects_by_rule group by all order by rows_count desc, feed, rule
    """
    return rows(snapshot, sql)


def reconciliation(snapshot: Snapshot) -> pl.DataFrame:
    """Rows and money of all files by feed, currency and outcome."""
    sql = """
        select f.feed, r.currency_code, r.outcome, sum(r.rows)::bigint as rows_count, sum(r.amount) as amount
        from raw.reconciliation as r join raw.landing_files as f using (file_id)
        group by all order by f.feed, r.currency_code, r.outcome
    """
    return rows(snapshot, sql)


def ticks(snapshot: Snapshot) -> pl.DataFrame:
    """The last ticks, the newest first."""
    sql = """
        select hour, as_of, trigger, status, started_at, date_diff('second', started_at, finished_at) as seconds
        from raw.ticks order by tick_number desc limit 24
    """
    return rows(snapshot, sql)


def missed_hours(snapshot: Snapshot) -> int:
    """Hours between the first tick and this snapshot that no published tick worked on."""
    sql = """
        select coalesce(date_diff('hour', min(hour), max(hour)) + 1
            - count(distinct hour) filter (where status = 'published'), 0)
        from raw.ticks
    """
    return int(rows(snapshot, sql).item())


def checks(snapshot: Snapshot) -> pl.DataFrame:
    """What the last tick's checks found, failures first."""
    sql = """
        select check_name, is_blocking, is_passed, observed from raw.checks
        where as_of = (select max(as_of) from raw.checks) order by is_passed, check_name
    """
    return rows(snapshot, sql)


def lead_time_counts(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Shipments of the headline by tenths of hours watched, for the survival curve."""
    sql = """
        select round(watched_hours, 1) as time, count(*) as left_count,
            count(*) filter (where state = 'delivered') as event_count
        from marts.fct_parcel_lead_times where scope = ? and is_in_headline group by all order by time
    """
    return rows(snapshot, sql, scope)


def lead_time_groups(snapshot: Snapshot, scope: str, dimension: str) -> pl.DataFrame:
    """Delivered shipments of the headline by hub, carrier, day or promise: name, count, median hours."""
    # A long history has thousands of days and carriers: the chart shows the twelve that matter most, days the latest.
    sql = """
        select * from (
            select coalesce(h.name, b.dimension_value) as name, b.delivered_count,
                b.delivered_only_median_hours as median_hours
            from marts.rpt_lead_time_breakdown as b
            left join marts.dim_hubs as h on b.dimension = 'hub' and b.dimension_value = h.hub_id
            where b.scope = ? and b.dimension = ?
            order by case when b.dimension = 'day' then b.dimension_value end desc, b.delivered_count desc, name
            limit 12
        ) order by case when ? = 'day' then name end, delivered_count desc, name
    """
    return rows(snapshot, sql, scope, dimension, dimension)


def lead_time_rings(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Delivered shipments by ring of distance, whatever the radius."""
    sql = """
        select ring || ' km' as name, delivered_count, delivered_only_median_hours as median_hours
        from marts.rpt_lead_time_by_ring where scope = ?
        order by list_position(['0-5', '5-20', '20-100', '100-500', '500+'], ring)
    """
    return rows(snapshot, sql, scope)


def door_cells(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Cells of about one kilometre that shipments of the headline go to."""
    sql = """
        select split_part(door_cell, ',', 1)::double as latitude, split_part(door_cell, ',', 2)::double as longitude,
            count(*) as parcels_count
        from marts.fct_parcel_lead_times where scope = ? and is_in_headline and door_cell is not null
        group by all order by parcels_count desc limit 2000
    """
    return rows(snapshot, sql, scope)


def hubs(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """The hubs that shipments of the headline come from."""
    sql = """
        select hub_id, name, latitude, longitude from marts.dim_hubs
        where hub_id in (select hub_id from marts.fct_parcel_lead_times where scope = ? and is_in_headline)
        order by name
    """
    return rows(snapshot, sql, scope)


def open_parcels(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Shipments still waiting, the longest wait first; those past their promise are marked."""
    sql = """
        select p.parcel_key, p.order_id, coalesce(h.name, p.hub_id) as hub, p.carrier, p.state, p.ordered_at,
            p.promised_at, p.watched_hours, coalesce(p.promised_at < a.as_of, false) as is_late
        from marts.fct_parcel_lead_times as p left join marts.dim_hubs as h using (hub_id) cross join raw.as_of as a
        where p.scope = ? and p.state in ('under_way', 'not_handed_over') and not p.is_settled
        order by p.watched_hours desc, p.parcel_key limit 1000
    """
    return rows(snapshot, sql, scope)


def skus(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's SKUs with their prices, costs and stock."""
    return rows(snapshot, "select * from marts.dim_skus where drop_id = ? order by sku", drop_id)


def velocity_by_sku(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Sold and staged within the window, and what is left of all stock now, by SKU."""
    sql = """
        select v.sku, s.title, v.sold_units, v.staged_units, v.sell_through_rate, v.sold_out_at, v.is_final,
            greatest(s.staged_units - coalesce(sold.units, 0), 0) as units_left
        from marts.rpt_inventory_velocity_by_sku as v join marts.dim_skus as s using (drop_id, sku)
        left join (
            select drop_id, sku, sum(sold_units)::bigint as units from marts.fct_sku_sales_hourly group by all
        ) as sold using (drop_id, sku)
        where v.drop_id = ? order by v.sku
    """
    return rows(snapshot, sql, drop_id)


def stock_by_hub(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Units staged by SKU and hub up to the snapshot."""
    sql = """
        select s.sku, k.title, coalesce(h.name, s.hub_id) as hub, sum(s.units)::bigint as staged_units
        from raw.drop_stock as s join marts.dim_skus as k using (drop_id, sku)
        left join marts.dim_hubs as h using (hub_id) cross join raw.as_of as a
        where s.drop_id = ? and s.staged_at <= a.as_of group by all order by s.sku, hub
    """
    return rows(snapshot, sql, drop_id)


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
    return rows(snapshot, sql, scope)


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
    return rows(snapshot, sql, scope)


def boxes(snapshot: Snapshot, scope: str) -> pl.DataFrame:
    """Delivered boxes, the most talked about first."""
    sql = """
        select box_id, delivered_at, first_scanned_at, scans_count, shares_count from marts.fct_boxes
        where scope = ? and delivered_at is not null
        order by scans_count + shares_count desc, delivered_at, box_id limit 1000
    """
    return rows(snapshot, sql, scope)


def decision_reasons(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """How often each reason decided an hour, and the mean price against list."""
    sql = """
        select reason, count(*) as decisions_count, avg(shown_price_amount / list_amount) as price_to_list_rate
        from marts.fct_price_decisions where drop_id = ? group by all order by decisions_count desc, reason
    """
    return rows(snapshot, sql, drop_id)


def clamps(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Every decision that a guardrail changed, the newest first."""
    sql = """
        select d.valid_from, d.sku, k.title, d.channel, c.guardrail, c.band_before, c.band_after, c.detail
        from pricing.clamps as c join pricing.decisions as d using (decision_id)
        left join marts.dim_skus as k using (drop_id, sku)
        where d.drop_id = ? order by d.valid_from desc, d.sku, d.channel, c.position limit 1000
    """
    return rows(snapshot, sql, drop_id)


def newest_beliefs(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """What the engine expects of each band in the newest decided hour."""
    sql = """
        select d.sku, k.title, d.channel, b.band, b.expected_units, b.lower_units, b.upper_units, b.worth_amount,
            b.band = d.band as is_chosen, d.propensity_low, d.propensity_mid, d.propensity_high
        from pricing.beliefs as b join pricing.decisions as d using (decision_id)
        left join marts.dim_skus as k using (drop_id, sku)
        where d.drop_id = ?
            and d.valid_from = (select max(valid_from) from pricing.decisions as n where n.drop_id = d.drop_id)
        order by d.sku, d.channel, list_position(['low', 'mid', 'high'], b.band)
    """
    return rows(snapshot, sql, drop_id)


def worth_against_list(snapshot: Snapshot, drop_id: str) -> dict[str, Any]:
    """What the engine expected to earn by its choices, and by list price in the same hours."""
    sql = """
        select count(distinct d.decision_id) as decisions_count,
            sum(b.worth_amount) filter (where b.band = d.band) as chosen_amount,
            sum(b.worth_amount) filter (where b.band = 'mid') as list_amount
        from pricing.beliefs as b join pricing.decisions as d using (decision_id)
        where d.drop_id = ? and d.band is not null
    """
    return rows(snapshot, sql, drop_id).row(0, named=True)


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
    return rows(snapshot, sql)


def comparisons(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's headline numbers beside those of the drop before, of the season before and of the shop."""
    sql = """
        select c.compared_with, coalesce(d.name, c.other_scope) as other_name, c.metric, c.metric_value, c.other_value,
            c.difference, c.difference_lower, c.difference_upper
        from marts.rpt_drop_comparison as c left join marts.dim_drops as d on c.other_scope = d.drop_id
        where c.scope = ? and c.other_scope is not null
        order by list_position(['previous_drop', 'last_year', 'shop'], c.compared_with), c.metric
    """
    return rows(snapshot, sql, drop_id)


def sales_of_drops(snapshot: Snapshot, drop_ids: tuple[str, ...]) -> pl.DataFrame:
    """Units by drop and hour since its start."""
    sql = """
        select drop_id, hours_since_start, sum(sold_units)::bigint as sold_units
        from marts.fct_sku_sales_hourly where list_contains(?, drop_id) group by all order by all
    """
    return rows(snapshot, sql, list(drop_ids))


def report_manifest(drop_id: str) -> dict[str, Any] | None:
    """What the last `sprint report` of a drop wrote; None when there is none."""
    # The id is one of the snapshot's own drops, whose plan allows letters, digits, dots and dashes alone.
    path = Settings.from_env().reports_dir / drop_id / "manifest.json"
    if not path.exists():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def report_file(drop_id: str, name: str) -> bytes:
    """The bytes of one file of a drop's report."""
    return (Settings.from_env().reports_dir / drop_id / name).read_bytes()


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
    return rows(snapshot, sql, drop_id).row(0, named=True)


def stock_outlook(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Units left by SKU, the pace of the last twelve hours, and when the stock ends at that pace."""
    sql = """
        with pace as (
            select s.drop_id, s.sku, sum(s.sold_units)::bigint as sold_units,
                sum(s.sold_units) filter (where s.hour_at >= a.as_of - interval 12 hour)
                    / least(12, greatest(d.hours_elapsed, 1)) as units_an_hour
            from marts.fct_sku_sales_hourly as s join marts.dim_drops as d using (drop_id) cross join raw.as_of as a
            group by s.drop_id, s.sku, d.hours_elapsed
        )
        select k.title, k.staged_units, coalesce(p.sold_units, 0) as sold_units,
            greatest(k.staged_units - coalesce(p.sold_units, 0), 0) as units_left,
            coalesce(p.units_an_hour, 0) as units_an_hour,
            case when k.staged_units <= coalesce(p.sold_units, 0) then 0
                when p.units_an_hour > 0 then (k.staged_units - p.sold_units) / p.units_an_hour end as hours_to_end,
            date_diff('second', a.as_of, d.ends_at) / 3600 as hours_to_go
        from marts.dim_skus as k join marts.dim_drops as d using (drop_id) left join pace as p using (drop_id, sku)
        cross join raw.as_of as a
        where k.drop_id = ? order by k.sku
    """
    return rows(snapshot, sql, drop_id)


def returns_by_reason(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """Returns of a drop by reason and currency, the most frequent first."""
    sql = """
        select reason, currency_code, count(*) as returns_count, sum(returned_units)::bigint as returned_units,
            sum(refund_amount) as refunds_amount, median(refund_lag_hours) as median_lag_hours
        from marts.fct_returns where drop_id = ? group by all order by returns_count desc, reason, currency_code
    """
    return rows(snapshot, sql, drop_id)


def _identified(settings: Settings, folder: Path, *, is_current: bool) -> Snapshot:
    manifest = _manifest(str(folder))
    simulated = (settings.data_dir / "simulated.json").exists()
    as_of = parse_instant(manifest["as_of"])
    return Snapshot(str(folder), manifest["snapshot_id"], as_of, simulated, is_current)


@st.cache_data(max_entries=128, show_spinner=False)
def _manifest(folder: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
    if manifest["schema_version"] != MANIFEST_VERSION:
        message = f"the snapshot has version {manifest['schema_version']}; this app reads version {MANIFEST_VERSION}"
        raise ValueError(message)
    return manifest


# Four snapshots stay open: a session that still looks at an older one must not lose its connection to a newer one.
@st.cache_resource(max_entries=4, show_spinner=False)
def _connection(folder: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    for entry in _manifest(folder)["files"]:
        path = str(Path(folder) / Path(entry["name"]).name).replace("'", "''")
        connection.execute(f"""ATTACH '{path}' AS "{entry["alias"]}" (READ_ONLY)""")
    # From here on a query reaches the attached files and nothing else on the machine.
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


@st.cache_data(max_entries=256, show_spinner=False)
def _rows(folder: str, sql: str, params: tuple[object, ...]) -> pl.DataFrame:
    cursor = _connection(folder).cursor()
    cursor.execute("USE warehouse")  # a cursor does not inherit USE
    frame: pl.DataFrame = cursor.sql(sql, params=list(params) or None).pl()
    return frame

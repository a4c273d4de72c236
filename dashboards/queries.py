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
    """The identity of what a page shows."""

    folder: str
    snapshot_id: str
    as_of: datetime
    is_simulated: bool


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
    manifest = _manifest(str(folder))
    simulated = (settings.data_dir / "simulated.json").exists()
    return Snapshot(str(folder), manifest["snapshot_id"], parse_instant(manifest["as_of"]), simulated)


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

"""The one door to the snapshot's tables: every query of every page goes through `run`, read-only."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import streamlit as st

from dashboards.access.guard import require_check
from dashboards.queries.snapshots import Snapshot, manifest_of
from pipelines.contracts.snapshot_manifest import read_statements

# Of a listing: any drop's rows, and of the shop's millions the first; a page that shows a dozen waits for no more.
ROWS_AT_MOST = 10_000


def run(snapshot: Snapshot, sql: str, *params: object) -> pl.DataFrame:
    """The rows of one query on the snapshot; each `?` takes one of `params`.

    Raises:
        RefusedError: Nobody has checked for whom it reads: see `access.guard.serves`.
    """
    require_check()
    return _run_on(snapshot.folder, sql, params)


# Four snapshots stay open: a session that still looks at an older one must not lose its connection to a newer one.
@st.cache_resource(max_entries=4, show_spinner=False)
def _connection(folder: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    for statement in read_statements(Path(folder), manifest_of(folder)):
        connection.execute(statement)
    return connection


@st.cache_data(max_entries=256, show_spinner=False)
def _run_on(folder: str, sql: str, params: tuple[object, ...]) -> pl.DataFrame:
    cursor = _connection(folder).cursor()
    cursor.execute("USE warehouse")  # a cursor does not inherit USE
    frame: pl.DataFrame = cursor.sql(sql, params=list(params) or None).pl()
    return frame

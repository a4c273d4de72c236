"""The checks before publication: what they look at, and that they stop a tick."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.warehouse.checks import ChecksFailedError, run_checks
from pipelines.warehouse.connect import Connection, connect_warehouse

NOON = datetime.fromisoformat("2026-11-14T12:00:00+00:00")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A warehouse whose one file, of two hours ago, says three rows but of which two are stored; and later ticks."""
    connection = connect_warehouse(tmp_path / "warehouse.duckdb")
    connection.execute(
        """
        CREATE SCHEMA marts;
        CREATE TABLE marts.dim_drops (drop_id VARCHAR, starts_at TIMESTAMP, ends_at TIMESTAMP);
        INSERT INTO raw.as_of VALUES ('2026-11-14 12:00:00', 20, 48, 30, 30);
        INSERT INTO raw.build_state VALUES ('built', '2026-11-14 12:00:00', '2026-11-14 11:00:00', false, 'd', 'w');
        INSERT INTO raw.landing_files BY NAME
        SELECT 'f' AS file_id, 'f' AS sha256, 'scans' AS feed, 'canonical' AS source, 'scans/f.csv' AS path,
            1 AS bytes, 3 AS rows_read, 3 AS accepted, 0 AS rejected, 0 AS duplicate, 0 AS conflicting,
            'loaded' AS status,
            false AS is_name_reused, TIMESTAMP '2026-11-14 10:00:00' AS as_of,
            TIMESTAMP '2026-11-14 10:00:01' AS loaded_at;
        INSERT INTO raw.reconciliation VALUES ('f', 'accepted', NULL, 3, NULL);
        INSERT INTO raw.scans BY NAME
        SELECT 's' || i AS scan_id, 'scan' AS kind, TIMESTAMP '2026-11-14' AS scanned_at, 'f' AS _file_id,
            i AS _row_number, TIMESTAMP '2026-11-14 10:00:01' AS _loaded_at, i AS _row_hash FROM range(2) AS r(i);
        """
    )
    yield connection
    connection.close()


def record_tick(connection: Connection, number: int, hour: int, status: str) -> None:
    at = f"2026-11-14 {hour}:00:00"
    row = [number, at, at, "test", at, None, status, None]
    connection.execute("INSERT INTO raw.ticks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


@pytest.mark.parametrize("later", [[], ["running"], ["failed", "running"]])
def test_a_file_is_checked_by_every_tick_until_one_publishes(connection: Connection, later: list[str]) -> None:
    record_tick(connection, 1, 10, "failed")
    for number, status in enumerate(later):
        record_tick(connection, 2 + number, 11 + number, status)
    with pytest.raises(ChecksFailedError, match="every_accepted_row_is_stored"):
        run_checks(connection, NOON)


def test_files_of_ticks_before_the_last_published_one_are_not_counted_again(connection: Connection) -> None:
    record_tick(connection, 1, 10, "published")
    record_tick(connection, 2, 11, "published")
    run_checks(connection, NOON)


def test_a_full_build_checks_every_file(connection: Connection) -> None:
    record_tick(connection, 1, 11, "published")
    connection.execute("UPDATE raw.build_state SET is_full = true")
    with pytest.raises(ChecksFailedError, match="every_accepted_row_is_stored"):
        run_checks(connection, NOON)

"""The warehouse's clock moves forward only, and every tick leaves one row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.settings import Settings
from pipelines.warehouse.connect import Connection, connect_warehouse
from pipelines.warehouse.ticks import current_tick, finish_tick, last_closed_hour, start_tick

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    connection = connect_warehouse(tmp_path / "warehouse.duckdb")
    yield connection
    connection.close()


def begin(connection: Connection, hour: datetime) -> datetime:
    return start_tick(connection, Settings(data_dir=Path("unused")), hour, "test", NOON).as_of


def test_as_of_is_the_end_of_the_ticks_hour(connection: Connection) -> None:
    assert begin(connection, NOON) == NOON + HOUR
    assert connection.execute("SELECT as_of, lead_time_radius_km FROM raw.as_of").fetchall() == [
        (datetime(2026, 11, 14, 13), 20.0)  # noqa: DTZ001 - the warehouse stores UTC without an offset
    ]


def test_as_of_never_goes_back(connection: Connection) -> None:
    begin(connection, NOON)
    assert begin(connection, NOON - 5 * HOUR) == NOON + HOUR
    assert begin(connection, NOON) == NOON + HOUR
    assert begin(connection, NOON + 3 * HOUR) == NOON + 4 * HOUR


def test_a_tick_left_running_by_a_killed_process_counts_as_failed(connection: Connection) -> None:
    begin(connection, NOON)
    begin(connection, NOON)
    assert connection.execute("SELECT tick_number, status FROM raw.ticks ORDER BY ALL").fetchall() == [
        (1, "failed"),
        (2, "running"),
    ]
    assert current_tick(connection).number == 2


def test_a_tick_killed_after_its_publication_counts_as_published(connection: Connection) -> None:
    begin(connection, NOON)
    manifest = {"snapshot_id": "20261114T1300Z-000001", "tick_number": 1, "published_at": "2026-11-14T13:00:07+00:00"}
    start_tick(connection, Settings(data_dir=Path("unused")), NOON, "test", NOON, manifest)
    assert connection.execute("SELECT status, snapshot_id FROM raw.ticks WHERE tick_number = 1").fetchall() == [
        ("published", "20261114T1300Z-000001")
    ]


def test_a_stage_outside_a_tick_is_refused(connection: Connection) -> None:
    begin(connection, NOON)
    finish_tick(connection, 1, "published", NOON, "20261114T1300Z-000001")
    with pytest.raises(LookupError, match="no tick is running"):
        current_tick(connection)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOON, NOON - HOUR),
        (NOON + timedelta(microseconds=1), NOON - HOUR),
        (NOON - timedelta(seconds=1), NOON - 2 * HOUR),
    ],
)
def test_the_last_closed_hour_has_ended(now: datetime, expected: datetime) -> None:
    assert last_closed_hour(now) == expected

"""What a build has to look at: all, or what came since the last one that ended well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines.warehouse.builds import begin_build, begin_slice, finish_build, slice_history
from pipelines.warehouse.connect import Connection, connect_warehouse

AS_OF = datetime(2026, 12, 1, 10)  # noqa: DTZ001 - naive, as the warehouse stores it
HOUR = timedelta(hours=1)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    connection = connect_warehouse(tmp_path / "warehouse.duckdb")
    _set_clock(connection, AS_OF)
    yield connection
    connection.close()


def _set_clock(connection: Connection, as_of: datetime, radius_km: float = 20) -> None:
    connection.execute("DELETE FROM raw.as_of")
    connection.execute("INSERT INTO raw.as_of VALUES (?, ?, 48, 30, 30)", [as_of, radius_km])


def _land(connection: Connection, file_id: str) -> None:
    connection.execute(
        "INSERT INTO raw.landing_files VALUES (?, ?, 'orders', 'canonical', ?, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL,"
        " 'loaded', false, ?, ?)",
        [file_id, file_id, file_id, AS_OF, AS_OF],
    )


def _new_files(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT file_id FROM raw.new_files ORDER BY 1").fetchall()]


def test_the_first_build_looks_at_everything_and_the_next_at_what_came_since(warehouse: Connection) -> None:
    _land(warehouse, "first")
    assert begin_build(warehouse, "models")
    assert _new_files(warehouse) == ["first"]
    finish_build(warehouse)
    _land(warehouse, "second")
    _set_clock(warehouse, AS_OF + HOUR)
    assert not begin_build(warehouse, "models")
    assert _new_files(warehouse) == ["second"]
    state = warehouse.execute("SELECT changed_since, as_of, status FROM raw.build_state").fetchall()
    assert state == [(AS_OF, AS_OF + HOUR, "building")]


def test_after_a_build_that_did_not_end_everything_is_built(warehouse: Connection) -> None:
    begin_build(warehouse, "models")
    assert begin_build(warehouse, "models")


@pytest.mark.parametrize(
    ("digest", "as_of", "radius_km", "must_be_full"),
    [
        ("other models", AS_OF, 20, False),
        ("models", AS_OF - HOUR, 20, False),
        ("models", AS_OF, 5, False),
        ("models", AS_OF, 20, True),
    ],
    ids=["other models", "an earlier instant", "another radius", "asked for"],
)
def test_what_cannot_be_added_to_is_built_anew(
    warehouse: Connection, digest: str, as_of: datetime, radius_km: float, must_be_full: bool
) -> None:
    begin_build(warehouse, "models")
    finish_build(warehouse)
    _set_clock(warehouse, as_of, radius_km)
    assert begin_build(warehouse, digest, must_be_full)


def test_a_build_without_a_clock_is_refused(warehouse: Connection) -> None:
    warehouse.execute("DELETE FROM raw.as_of")
    with pytest.raises(LookupError, match=r"raw\.as_of is empty"):
        begin_build(warehouse, "models")


def _order(connection: Connection, order_id: str, ordered_at: datetime) -> None:
    connection.execute(
        "INSERT INTO raw.orders BY NAME SELECT ? AS order_id, 1 AS line_number, 'mug' AS sku, 1 AS quantity,"
        " 1 AS unit_price, 'EUR' AS currency_code, 'web' AS channel, 'placed' AS status, ? AS ordered_at,"
        " ordered_at AS updated_at, 'delivery' AS fulfilment, 'first' AS _file_id, 1 AS _row_number,"
        " ordered_at AS _loaded_at, 1 AS _row_hash",
        [order_id, ordered_at],
    )


def test_a_long_history_is_cut_into_equal_slices_by_what_can_be_seen(warehouse: Connection) -> None:
    for number in range(6):
        _order(warehouse, f"o{number}", AS_OF - (6 - number) * HOUR)
    _order(warehouse, "of tomorrow", AS_OF)
    assert slice_history(warehouse, 6) == []
    assert slice_history(warehouse, 3) == [AS_OF - 4 * HOUR]
    assert slice_history(warehouse, 2) == [AS_OF - 5 * HOUR, AS_OF - 3 * HOUR]


def test_slices_follow_one_another_from_the_beginning_to_as_of(warehouse: Connection) -> None:
    _land(warehouse, "first")
    begin_build(warehouse, "models")
    seen = []
    for until in (AS_OF - 2 * HOUR, AS_OF - HOUR, None):
        begin_slice(warehouse, until)
        assert _new_files(warehouse) == []
        seen += warehouse.execute("SELECT changed_since, as_of, is_full FROM raw.build_state").fetchall()
    assert seen == [
        (datetime(1, 1, 1), AS_OF - 2 * HOUR, False),  # noqa: DTZ001
        (AS_OF - 2 * HOUR, AS_OF - HOUR, False),
        (AS_OF - HOUR, AS_OF, False),
    ]
    finish_build(warehouse, was_sliced=True)
    assert warehouse.execute("SELECT status, is_full FROM raw.build_state").fetchall() == [("built", True)]
    assert not begin_build(warehouse, "models")
    assert _new_files(warehouse) == []


def test_a_build_that_ended_between_two_slices_is_made_anew(warehouse: Connection) -> None:
    begin_build(warehouse, "models")
    begin_slice(warehouse, AS_OF - HOUR)
    assert begin_build(warehouse, "models")

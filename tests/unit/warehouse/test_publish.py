"""Publication: readers meet whole snapshots only, old ones go, and those that show a drop final stay."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.contracts.operator_action import OperatorAction
from pipelines.operations.control import give_action
from pipelines.settings import Settings
from pipelines.warehouse.connect import Connection, connect_warehouse
from pipelines.warehouse.publish import KEPT_SNAPSHOTS, newest_tick, publish_snapshot, remove_old_snapshots
from pipelines.warehouse.published import open_published
from pipelines.warehouse.ticks import Tick, start_tick

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
LIST_DECISION = """
    INSERT INTO pricing.decisions BY NAME
    SELECT $id AS decision_id, 'd' AS drop_id, '007' AS sku, 'web' AS channel, $at::TIMESTAMP AS valid_from,
        $at::TIMESTAMP + INTERVAL 1 HOUR AS valid_to, 'mid' AS band, 12.5 AS price_amount, 12.5 AS list_amount,
        8 AS floor_amount, 'EUR' AS currency_code, 'list' AS reason, 1 AS seed, 'i' AS inputs_sha256,
        'p' AS previous_sha256, 'v' AS policy_version, $at::TIMESTAMP AS as_of, $at::TIMESTAMP AS decided_at
"""


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    connection = connect_warehouse(tmp_path / "warehouse.duckdb")
    connection.execute("CREATE SCHEMA marts")
    connection.execute("CREATE TABLE marts.dim_drops (drop_id VARCHAR, status VARCHAR, ends_at TIMESTAMP)")
    connection.execute("CREATE TABLE marts.rpt_shop (tick BIGINT)")
    yield connection
    connection.close()


def publish(connection: Connection, folder: Path, number: int) -> str:
    connection.execute("DELETE FROM marts.rpt_shop")
    connection.execute("INSERT INTO marts.rpt_shop VALUES (?)", [number])
    as_of = NOON + timedelta(hours=number)
    tick = Tick(number, as_of - timedelta(hours=1), as_of)
    name = publish_snapshot(connection, folder, folder.parent / "control", tick, as_of)
    remove_old_snapshots(folder, as_of)
    return name


def test_a_snapshot_is_whole_named_and_current(connection: Connection, tmp_path: Path) -> None:
    name = publish(connection, tmp_path / "published", 1)
    folder = (tmp_path / "published/current").resolve()
    assert folder.name == name == "20261114T1300Z-000001"
    assert {path.name for path in folder.iterdir()} == {"warehouse.duckdb", "price_bands.json", "manifest.json"}
    snapshot = open_published(tmp_path / "published")
    assert snapshot.frame("FROM marts.rpt_shop").item() == 1
    snapshot.close()


def test_no_raw_feed_and_no_rejected_row_is_published(connection: Connection, tmp_path: Path) -> None:
    publish(connection, tmp_path / "published", 1)
    snapshot = open_published(tmp_path / "published")
    tables = snapshot.frame("SELECT table_name FROM information_schema.tables WHERE table_schema = 'raw'").to_series()
    snapshot.close()
    assert not set(tables) & {"orders", "scans", "deliveries", "returns", "rejected_rows", "storefront"}


def test_the_feed_holds_the_hour_now_and_the_next(connection: Connection, tmp_path: Path) -> None:
    connection.execute("INSERT INTO marts.dim_drops VALUES ('d', 'live', '2026-11-15')")
    for hour in (11, 12, 13):
        connection.execute(LIST_DECISION, {"id": str(hour), "at": datetime(2026, 11, 14, hour)})  # noqa: DTZ001
    publish(connection, tmp_path / "published", 1)
    feed = json.loads((tmp_path / "published/current/price_bands.json").read_text())
    assert [entry["valid_from"] for entry in feed["entries"]] == ["2026-11-14T12:00:00Z", "2026-11-14T13:00:00Z"]
    assert feed["entries"][1]["price_amount"] == "12.50"


def test_a_kill_given_while_the_tick_ran_is_in_its_feed(connection: Connection, tmp_path: Path) -> None:
    connection.execute("INSERT INTO marts.dim_drops VALUES ('d', 'live', '2026-11-15')")
    connection.execute(LIST_DECISION, {"id": "1", "at": datetime(2026, 11, 14, 13)})  # noqa: DTZ001
    connection.execute("UPDATE pricing.decisions SET price_amount = 11, band = 'low'")
    said = OperatorAction(drop_id="d", action="kill", who="Ada", why="wrong price", acted_at=NOON)
    give_action(Settings(data_dir=tmp_path), said)
    publish(connection, tmp_path / "published", 1)
    feed = json.loads((tmp_path / "published/current/price_bands.json").read_text())
    assert feed["status"] == "killed"
    assert feed["entries"][0]["price_amount"] == "12.50"


def test_what_a_killed_publication_left_is_removed(connection: Connection, tmp_path: Path) -> None:
    published = tmp_path / "published"
    (published / "snapshots/.new-half").mkdir(parents=True)
    (published / "snapshots/.new-half/warehouse.duckdb").write_bytes(b"half")
    (published / ".current-half").symlink_to("snapshots/half")
    name = publish(connection, published, 1)
    assert [path.name for path in (published / "snapshots").iterdir()] == [name]
    assert sorted(path.name for path in published.iterdir()) == [".lock", "current", "snapshots"]


def test_old_snapshots_go_but_the_first_that_shows_a_drop_final_stays(connection: Connection, tmp_path: Path) -> None:
    published = tmp_path / "published"
    publish(connection, published, 1)
    connection.execute("INSERT INTO marts.dim_drops VALUES ('d', 'final', '2026-11-01')")
    first_final = publish(connection, published, 2)
    for number in range(3, KEPT_SNAPSHOTS + 5):
        publish(connection, published, number)
    names = sorted(path.name for path in (published / "snapshots").iterdir())
    assert len(names) == KEPT_SNAPSHOTS + 1
    assert names[0] == first_final


def test_a_removal_that_was_killed_half_way_is_finished_by_the_next(connection: Connection, tmp_path: Path) -> None:
    snapshots = tmp_path / "published/snapshots"
    publish(connection, tmp_path / "published", 1)
    (snapshots / ".old-20261101T0000Z-000000").mkdir()
    (snapshots / "20261101T0100Z-000000").mkdir()
    name = publish(connection, tmp_path / "published", 2)
    assert sorted(path.name for path in snapshots.iterdir()) == ["20261114T1300Z-000001", name]


def test_a_warehouse_made_anew_loses_no_snapshot_and_reuses_no_name(connection: Connection, tmp_path: Path) -> None:
    published = tmp_path / "published"
    for number in range(1, 4):
        publish(connection, published, number)
    newest = newest_tick(published)
    assert newest is not None
    assert newest["tick_number"] == 3
    tick = start_tick(connection, Settings(data_dir=tmp_path), NOON + timedelta(days=9), "test", NOON, newest)
    assert tick.number == 4


def test_a_reader_in_a_loop_never_meets_a_mix(connection: Connection, tmp_path: Path) -> None:
    published = tmp_path / "published"
    publish(connection, published, 1)
    done = threading.Event()
    seen: list[tuple[str, int]] = []
    failures: list[Exception] = []

    def read() -> None:
        while not done.is_set():
            try:
                snapshot = open_published(published)
                seen.append((snapshot.snapshot_id, snapshot.frame("FROM marts.rpt_shop").item()))
                snapshot.close()
            except Exception as error:  # noqa: BLE001 - every kind of failure counts here
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, 12):
        publish(connection, published, number)
    done.set()
    reader.join()
    assert not failures
    assert seen
    assert all(int(name.rpartition("-")[2]) == number for name, number in seen)

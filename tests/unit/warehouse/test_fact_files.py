"""Large facts as files: one relation for readers, and only what changed is written anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.contracts.operator_action import OperatorAction
from pipelines.operations.control import give_action
from pipelines.settings import Settings
from pipelines.warehouse.builds import begin_build, finish_build
from pipelines.warehouse.connect import Connection, connect_warehouse
from pipelines.warehouse.publish import publish_snapshot, remove_old_snapshots
from pipelines.warehouse.published import SnapshotError, open_published
from pipelines.warehouse.rekey import rekey_published
from pipelines.warehouse.ticks import Tick

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
SHOP = """
    CREATE SCHEMA marts; CREATE SCHEMA staging; CREATE SCHEMA intermediate;
    CREATE TABLE marts.dim_drops (drop_id VARCHAR, status VARCHAR, ends_at TIMESTAMP);
    CREATE TABLE staging.stg_changes__orders (order_id VARCHAR);
    CREATE TABLE staging.stg_changes__parcels (parcel_id VARCHAR);
    CREATE TABLE staging.stg_changes__order_versions (buyer_key VARCHAR);
    CREATE TABLE intermediate.int_changes__boxes (box_id VARCHAR);
    CREATE TABLE intermediate.int_changes__scopes (scope VARCHAR);
    CREATE TABLE marts.fct_boxes AS
    SELECT scope, 'x' || i AS box_id, TIMESTAMP '2026-09-01' + to_days(i::INTEGER) AS delivered_at, 0 AS scans_count
    FROM range(21) AS r(i), (VALUES ('shop'), ('advent-1')) AS s(scope);
    CREATE TABLE marts.fct_parcel_lead_times AS
    SELECT 'shop' AS scope, 'p' || i AS parcel_key, 'o' || i AS order_id,
        TIMESTAMP '2026-09-01' + to_days(i::INTEGER) AS ordered_at,
        CASE i % 7 WHEN 0 THEN 'under_way' ELSE 'delivered' END AS state, 1.5 * i AS watched_hours
    FROM range(21) AS r(i);
    CREATE TABLE marts.fct_drop_buyers AS
    SELECT 'shop' AS scope, 'b' || i AS buyer_key, TIMESTAMP '2026-09-01' + to_days(i::INTEGER) AS index_ordered_at,
        i > 14 AS is_pending, 1.5 * i AS watched_hours
    FROM range(21) AS r(i);
    INSERT INTO marts.fct_drop_buyers
    SELECT 'advent-1', buyer_key, index_ordered_at, is_pending, watched_hours FROM marts.fct_drop_buyers;
    CREATE TABLE marts.dim_buyers AS
    SELECT buyer_key, index_ordered_at AS last_ordered_at, 1 AS orders_count FROM marts.fct_drop_buyers
    WHERE scope = 'shop';
    CREATE TABLE marts.fct_returns AS
    SELECT 'r' || i AS return_id, 'o' || i AS order_id, TIMESTAMP '2026-09-09' + to_days(i::INTEGER) AS returned_at
    FROM range(21) AS r(i);
    CREATE TABLE marts.rpt_interested_buyers AS
    SELECT scope, 'b' || i AS buyer_key, i AS interest_points
    FROM range(4) AS r(i), (VALUES ('advent-1'), ('advent-2')) AS s(scope);
"""
TABLES = (
    "dim_buyers",
    "fct_boxes",
    "fct_drop_buyers",
    "fct_parcel_lead_times",
    "fct_returns",
    "rpt_interested_buyers",
)
LISTS = (
    "staging.stg_changes__orders",
    "staging.stg_changes__parcels",
    "staging.stg_changes__order_versions",
    "intermediate.int_changes__boxes",
    "intermediate.int_changes__scopes",
)


class Shop:
    """A warehouse whose marts and lists of changes a test writes itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.published = folder / "published"
        self.connection: Connection = connect_warehouse(folder / "warehouse.duckdb")
        self.connection.execute(SHOP)
        self.connection.execute("INSERT INTO raw.as_of VALUES ('2026-11-14 12:00:00', 20, 48, 30, 30)")
        self.ticks = 0

    def publish(self, *changes: str, is_full: bool = False) -> dict[str, set[str]]:
        """Build and publish; the names of each fact's parts."""
        self.build(*changes, is_full=is_full)
        self.ticks += 1
        as_of = NOON + timedelta(hours=self.ticks)
        tick = Tick(self.ticks, as_of - timedelta(hours=1), as_of)
        publish_snapshot(self.connection, self.published, self.folder / "control", tick, as_of, least_rows=1)
        return self.parts()

    def build(self, *changes: str, is_full: bool = False) -> None:
        """Do what a build does: its lists of changes are its own, and `changes` fills them."""
        begin_build(self.connection, "digest", must_be_full=is_full)
        for table in LISTS:
            self.connection.execute(f"DELETE FROM {table}")
        for change in changes:
            self.connection.execute(change)
        finish_build(self.connection)

    def parts(self) -> dict[str, set[str]]:
        manifest = json.loads((self.published / "current/manifest.json").read_text())
        return {fact: {part["name"] for part in parts} for fact, parts in manifest["facts"].items()}

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        snapshot = open_published(self.published)
        try:
            return snapshot.frame(sql).rows()
        finally:
            snapshot.close()

    def assert_published_equals_warehouse(self) -> None:
        for table in TABLES:
            sql = f"SELECT * FROM marts.{table} ORDER BY ALL"
            assert self.read(sql) == self.connection.execute(sql).fetchall(), table


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.connection.close()


def test_a_reader_sees_one_relation_with_the_rows_of_the_warehouse(shop: Shop) -> None:
    parts = shop.publish()
    assert len(parts["fct_boxes"]) == 1 + 4  # the drop; Tuesday 1 to Monday 21 September lie in four weeks
    shop.assert_published_equals_warehouse()
    assert shop.read("SELECT count(*) FROM marts.fct_boxes WHERE scope = 'advent-1'") == [(21,)]
    assert shop.read("SELECT count(*) FROM warehouse.marts.dim_drops") == [(0,)]
    assert shop.read("SELECT count(*) FROM raw.as_of") == [(1,)]


def test_only_parts_with_another_row_are_written_the_others_are_the_same_files(shop: Shop) -> None:
    before = shop.publish()
    first = (shop.published / "current").resolve()
    after = shop.publish(
        "UPDATE marts.fct_boxes SET scans_count = 1 WHERE scope = 'shop' AND box_id = 'x0'",
        # Looked at and found as it was: its week is not written again.
        "INSERT INTO intermediate.int_changes__boxes VALUES ('x0'), ('x9')",
    )
    assert {name.split("/")[1] for name in after["fct_boxes"] - before["fct_boxes"]} == {"scope=shop"}
    assert len(after["fct_boxes"] - before["fct_boxes"]) == 1
    assert after["fct_parcel_lead_times"] == before["fct_parcel_lead_times"]
    second = (shop.published / "current").resolve()
    for name in after["fct_boxes"] & before["fct_boxes"]:
        assert (first / name).samefile(second / name)
    shop.assert_published_equals_warehouse()


def test_a_row_that_moves_to_another_week_or_goes_changes_both_parts(shop: Shop) -> None:
    before = shop.publish()
    after = shop.publish(
        "UPDATE marts.fct_boxes SET delivered_at = '2026-09-16' WHERE scope = 'shop' AND box_id = 'x0'",
        "DELETE FROM marts.fct_boxes WHERE scope = 'shop' AND box_id = 'x9'",
        "INSERT INTO intermediate.int_changes__boxes VALUES ('x0'), ('x9')",
    )
    assert len(before["fct_boxes"] - after["fct_boxes"]) == 3
    shop.assert_published_equals_warehouse()


def test_what_waits_moves_with_as_of_and_changes_its_own_part_alone(shop: Shop) -> None:
    before = shop.publish()
    after = shop.publish(
        "UPDATE marts.fct_parcel_lead_times SET watched_hours = watched_hours + 1 WHERE state = 'under_way'",
    )
    (name,) = after["fct_parcel_lead_times"] - before["fct_parcel_lead_times"]
    assert name.startswith("fct_parcel_lead_times/scope=shop/open-")
    shop.assert_published_equals_warehouse()


def test_a_drop_with_another_row_is_written_anew_one_without_is_the_same_file(shop: Shop) -> None:
    look = "INSERT INTO intermediate.int_changes__scopes VALUES ('shop'), ('advent-1')"
    before = shop.publish()
    unmoved = shop.publish(look, "INSERT INTO intermediate.int_changes__boxes VALUES ('x0'), ('x9')")
    assert unmoved["fct_boxes"] == before["fct_boxes"]
    assert unmoved["rpt_interested_buyers"] == before["rpt_interested_buyers"]
    after = shop.publish(
        look,
        "UPDATE marts.fct_boxes SET scans_count = 2 WHERE scope = 'advent-1' AND box_id = 'x9'",
        "INSERT INTO intermediate.int_changes__boxes VALUES ('x0'), ('x9')",
        "UPDATE marts.rpt_interested_buyers SET interest_points = 14 WHERE scope = 'advent-1' AND buyer_key = 'b3'",
    )
    for table in ("fct_boxes", "rpt_interested_buyers"):
        (name,) = after[table] - before[table]
        assert name.startswith(f"{table}/scope=advent-1/all-")
    shop.assert_published_equals_warehouse()


def test_what_as_of_alone_closes_is_found_without_any_news(shop: Shop) -> None:
    before = shop.publish()
    after = shop.publish(
        "UPDATE marts.fct_drop_buyers SET is_pending = false WHERE buyer_key IN ('b15', 'b16')",
        "UPDATE marts.fct_drop_buyers SET watched_hours = watched_hours + 1 WHERE is_pending",
    )
    # Of the shop the week that they enter, of the drop the rest of it, and of both what is open.
    new = sorted(
        name.split("/", 1)[1].rpartition("-")[0] for name in after["fct_drop_buyers"] - before["fct_drop_buyers"]
    )
    assert new == ["scope=advent-1/all", "scope=advent-1/open", "scope=shop/2026-09-14", "scope=shop/open"]
    shop.assert_published_equals_warehouse()


def test_a_buyer_who_orders_again_moves_to_another_week(shop: Shop) -> None:
    before = shop.publish()
    after = shop.publish(
        "UPDATE marts.dim_buyers SET last_ordered_at = '2026-09-21', orders_count = 2 WHERE buyer_key = 'b0'",
        "INSERT INTO staging.stg_changes__order_versions VALUES ('b0'), ('b9')",
    )
    new = sorted(name.rpartition("-")[0] for name in after["dim_buyers"] - before["dim_buyers"])
    assert new == ["dim_buyers/2026-08-31", "dim_buyers/2026-09-21"]
    shop.assert_published_equals_warehouse()


def test_changes_of_a_build_that_was_not_published_are_in_the_next_snapshot(shop: Shop) -> None:
    shop.publish()
    shop.build(
        "UPDATE marts.fct_boxes SET scans_count = 3 WHERE box_id = 'x5'",
        "INSERT INTO intermediate.int_changes__boxes VALUES ('x5')",
        "INSERT INTO intermediate.int_changes__scopes VALUES ('shop'), ('advent-1')",
    )
    shop.publish("INSERT INTO intermediate.int_changes__boxes VALUES ('x9')")
    shop.assert_published_equals_warehouse()


def test_a_full_build_is_published_whole_whatever_its_lists_say(shop: Shop) -> None:
    shop.publish()
    shop.publish("UPDATE marts.fct_boxes SET scans_count = 3 WHERE box_id = 'x5'", is_full=True)
    shop.assert_published_equals_warehouse()


def test_a_warehouse_from_a_backup_does_not_take_a_later_snapshot_for_its_own(shop: Shop) -> None:
    shop.publish()
    backup = shop.connection.execute("SELECT build_id, previous_id FROM raw.build_ids").fetchone()
    shop.publish(
        "UPDATE marts.fct_boxes SET scans_count = 3 WHERE scope = 'shop' AND box_id = 'x5'",
        "INSERT INTO intermediate.int_changes__boxes VALUES ('x5')",
    )
    shop.connection.execute("UPDATE marts.fct_boxes SET scans_count = 0")
    shop.connection.execute("UPDATE raw.build_ids SET build_id = ?, previous_id = ?", backup)
    shop.publish()
    shop.assert_published_equals_warehouse()


def test_a_row_that_comes_or_goes_unlisted_has_the_whole_mart_written(shop: Shop) -> None:
    shop.publish()
    shop.publish("DELETE FROM marts.fct_boxes WHERE box_id = 'x5'")
    shop.assert_published_equals_warehouse()


def test_a_part_whose_file_is_gone_is_written_again(shop: Shop) -> None:
    names = shop.publish()["fct_boxes"]
    (shop.published / "current" / sorted(names)[0]).unlink()
    shop.publish()
    shop.assert_published_equals_warehouse()


def test_a_kill_links_the_parts_and_removed_snapshots_leave_them(shop: Shop) -> None:
    shop.publish()
    said = OperatorAction(drop_id="advent-1", action="kill", who="Ada", why="wrong price", acted_at=NOON)
    assert give_action(Settings(data_dir=shop.folder), said) is not None
    shop.assert_published_equals_warehouse()
    for _ in range(50):
        shop.publish()
    remove_old_snapshots(shop.published, NOON)
    current = (shop.published / "current").resolve()
    part = current / sorted(shop.parts()["fct_boxes"])[0]
    assert part.stat().st_nlink == sum(1 for _ in (shop.published / "snapshots").iterdir())
    shop.assert_published_equals_warehouse()


def test_a_rotated_key_reaches_parts_once_and_in_every_snapshot(shop: Shop) -> None:
    shop.publish()
    shop.publish()
    moved = {f"b{number}": f"new-{number}" for number in range(21)}
    files = rekey_published(shop.published, moved)
    bearing = ("dim_buyers", "fct_drop_buyers", "rpt_interested_buyers")
    assert files == 2 + sum(len(shop.parts()[table]) for table in bearing)
    for snapshot in (shop.published / "snapshots").iterdir():
        manifest = json.loads((snapshot / "manifest.json").read_text())
        for part in [part for table in bearing for part in manifest["facts"][table]]:
            assert (snapshot / part["name"]).stat().st_nlink == 2
            assert hashlib.sha256((snapshot / part["name"]).read_bytes()).hexdigest() == part["sha256"]
    assert {key for (key,) in shop.read("SELECT buyer_key FROM marts.fct_drop_buyers")} == set(moved.values())


def test_a_query_reaches_the_snapshots_own_files_alone(shop: Shop) -> None:
    shop.publish()
    secret = shop.folder / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(duckdb.Error):
        shop.read(f"SELECT * FROM '{secret}'")


@pytest.mark.parametrize(
    "name", ["../scope=shop/a.parquet", "../a.parquet", "a/../b.parquet", "/a.parquet", "a.parquet", "a/b.csv"]
)
def test_a_manifest_that_points_elsewhere_is_refused(shop: Shop, name: str) -> None:
    shop.publish()
    path = (shop.published / "current").resolve() / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["facts"]["fct_boxes"][0]["name"] = name
    path.write_text(json.dumps(manifest))
    with pytest.raises(SnapshotError, match="expected"):
        open_published(shop.published)

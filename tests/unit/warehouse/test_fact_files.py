"""Large facts as files: one relation for readers, and only what changed is written anew."""

from __future__ import annotations

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
    CREATE TABLE staging.stg_changes__orders (order_id VARCHAR, is_changed BOOLEAN);
    CREATE TABLE staging.stg_changes__parcels (parcel_id VARCHAR);
    CREATE TABLE staging.stg_changes__buyers (buyer_key VARCHAR);
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
        i > 14 AS is_pending
    FROM range(21) AS r(i);
"""


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
        """Build (the changes) and publish; the names of each fact's parts."""
        begin_build(self.connection, "digest", must_be_full=is_full)
        for change in changes:
            self.connection.execute(change)
        finish_build(self.connection)
        self.ticks += 1
        as_of = NOON + timedelta(hours=self.ticks)
        tick = Tick(self.ticks, as_of - timedelta(hours=1), as_of)
        publish_snapshot(self.connection, self.published, self.folder / "control", tick, as_of, least_rows=1)
        return self.parts()

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
        for table in ("fct_boxes", "fct_parcel_lead_times", "fct_drop_buyers"):
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
        "INSERT INTO staging.stg_changes__orders SELECT order_id, false FROM marts.fct_parcel_lead_times"
        " WHERE state = 'under_way'",
    )
    (name,) = after["fct_parcel_lead_times"] - before["fct_parcel_lead_times"]
    assert name.startswith("fct_parcel_lead_times/scope=shop/open-")
    shop.assert_published_equals_warehouse()


def test_a_drop_that_the_build_looked_at_is_written_anew(shop: Shop) -> None:
    before = shop.publish()
    after = shop.publish(
        "UPDATE marts.fct_boxes SET scans_count = 2 WHERE scope = 'advent-1'",
        "INSERT INTO intermediate.int_changes__scopes VALUES ('shop'), ('advent-1')",
    )
    (name,) = after["fct_boxes"] - before["fct_boxes"]
    assert name.startswith("fct_boxes/scope=advent-1/all-")
    shop.assert_published_equals_warehouse()


@pytest.mark.parametrize("is_full", [True, False])
def test_what_the_lists_of_changes_cannot_tell_is_written_whole(shop: Shop, is_full: bool) -> None:
    shop.publish()
    if not is_full:
        begin_build(shop.connection, "digest")  # a build between the two that was never published
        finish_build(shop.connection)
    shop.publish("UPDATE marts.fct_boxes SET scans_count = 3 WHERE box_id = 'x5'", is_full=is_full)
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
    assert files == 2 + len(shop.parts()["fct_drop_buyers"])
    for snapshot in (shop.published / "snapshots").iterdir():
        manifest = json.loads((snapshot / "manifest.json").read_text())
        for part in manifest["facts"]["fct_drop_buyers"]:
            assert (snapshot / part["name"]).stat().st_nlink == 2
    assert {key for (key,) in shop.read("SELECT buyer_key FROM marts.fct_drop_buyers")} == set(moved.values())


def test_a_query_reaches_the_snapshots_own_files_alone(shop: Shop) -> None:
    shop.publish()
    secret = shop.folder / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(duckdb.Error):
        shop.read(f"SELECT * FROM '{secret}'")


def test_a_manifest_that_points_outside_its_folder_is_refused(shop: Shop) -> None:
    shop.publish()
    path = (shop.published / "current").resolve() / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["facts"]["fct_boxes"][0]["name"] = "../scope=shop/a.parquet"
    path.write_text(json.dumps(manifest))
    with pytest.raises(SnapshotError, match="expected"):
        open_published(shop.published)

"""Whatever comes, in whatever pieces and order, hour by hour: the marts are those of one build from nothing.

So the lists of what may have changed (`int_changes__scopes` and those before it) leave nothing out.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.orchestration import dbt_build
from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.publish import publish_snapshot
from pipelines.warehouse.published import open_published
from pipelines.warehouse.ticks import Tick
from tests.dbt.built_shop import START, Marts, Row, Shop, insert_rows
from tests.dbt.random_shop import random_arrivals

# Each build costs some ten seconds: a few sequences always, a hundred in the soak.
SEQUENCES = [*range(2), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 100))]
STEPS = 4
HOUR = timedelta(hours=1)

Arrival = tuple[datetime, dict[str, list[Row]]]


@pytest.mark.parametrize("seed", SEQUENCES)
def test_added_to_hour_by_hour_equals_built_at_once(
    build_filled: Callable[..., Marts], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    arrivals = random_arrivals(seed, STEPS)
    kept = build_hour_by_hour(tmp_path_factory.mktemp("kept"), arrivals)
    assert_equal_marts(kept, build_filled(filler(arrivals), arrivals[-1][0]))


# The drop is final, and of the two readings that it knows the late one lies between: it takes from the second's box.
def test_a_late_reading_takes_shares_from_the_box_of_the_next(
    build_filled: Callable[..., Marts], tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop, late = Shop(), Shop()
    shop.add_drop("one", START, "mug")
    shop.add("orders", order_id="o", ordered_at=START)
    shop.add_event("p", "delivered", START + HOUR, order_id="o", box_id="x")
    reading = {"kind": "share_count", "post_id": "post", "platform": "x"}
    shop.add("scans", scan_id="r1", scanned_at=START + 10 * HOUR, share_count=100, **reading)
    shop.add("scans", scan_id="r3", scanned_at=START + 30 * HOUR, share_count=150, box_id="x", **reading)
    late.add("scans", scan_id="r2", scanned_at=START + 20 * HOUR, share_count=120, **reading)
    final_at = START + timedelta(days=60)
    arrivals = [(final_at, shop.rows), (final_at + HOUR, late.rows)]
    kept = build_hour_by_hour(tmp_path_factory.mktemp("kept"), arrivals)
    assert kept.one("fct_boxes", "scope = 'one'")["shares_count"] == 30
    assert_equal_marts(kept, build_filled(filler(arrivals), arrivals[-1][0]))


def test_built_in_slices_of_history_equals_built_at_once(
    build_filled: Callable[..., Marts], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals = random_arrivals(seed=5, steps=STEPS)
    # A scan of the first slice, whose box is in no later one.
    shop = Shop()
    shop.add("scans", scan_id="early", kind="scan", scanned_at=START + HOUR, box_id="of no order")
    fill = filler([*arrivals, (arrivals[-1][0], shop.rows)])
    at_once = build_filled(fill, arrivals[-1][0])
    (lines,) = at_once.query("select count(*) as lines from raw.orders")[0].values()
    monkeypatch.setattr(dbt_build, "SLICE_LINES", lines // 3)
    in_slices = build_filled(fill, arrivals[-1][0])
    state = "select status, is_full, changed_since > '2000-01-01' as is_sliced from raw.build_state"
    assert in_slices.query(state) == [{"status": "built", "is_full": True, "is_sliced": True}]
    assert_equal_marts(in_slices, at_once)


def build_hour_by_hour(folder: Path, arrivals: list[Arrival]) -> Marts:
    """Build what has arrived at each hour, the first from nothing, and publish it."""
    kept = Marts(folder)
    connect_warehouse(kept.warehouse_path).close()
    for number, (as_of, rows) in enumerate(arrivals):
        with duckdb.connect(str(kept.warehouse_path)) as connection:
            insert_rows(connection, rows, file_id=f"f{number}")
            connection.execute("DELETE FROM raw.as_of")
            connection.execute("INSERT INTO raw.as_of VALUES (?, 20, 48, 30, 30)", [as_of])
        dbt_build.build_models(kept.data_dir, kept.warehouse_path, kept.data_dir / "dbt", kept.data_dir / "logs")
        assert_published_equals_marts(kept, number, as_of)
    assert kept.query("select status, is_full from raw.build_state") == [{"status": "built", "is_full": False}]
    return kept


def filler(arrivals: list[Arrival]) -> Callable[[duckdb.DuckDBPyConnection], None]:
    """What puts all arrivals into a warehouse, the last first."""

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        for number, (_, rows) in enumerate(reversed(arrivals)):
            insert_rows(connection, rows, file_id=f"g{number}")

    return fill


def assert_published_equals_marts(kept: Marts, number: int, as_of: datetime) -> None:
    """Publish every mart that can be files as files: each hour, and to another folder all but the second.

    There the tick failed between its build and its publication, so that what it changed is news to the hour after.
    """
    tick = Tick(number + 1, as_of.replace(tzinfo=UTC) - HOUR, as_of.replace(tzinfo=UTC))
    for name in ("published",) if number == 1 else ("published", "published_but_once"):
        with closing(connect_warehouse(kept.warehouse_path)) as connection:
            folder = kept.data_dir / name
            publish_snapshot(connection, folder, kept.data_dir / "control", tick, tick.as_of, least_rows=1)
            snapshot = open_published(folder)
            tables = snapshot.frame("select view_name from duckdb_views() where database_name = 'warehouse'")
            parted = [table for (table,) in tables.rows() if (snapshot.folder / table).is_dir()]
            assert number == 0 or "fct_parcel_lead_times" in parted
            for table in parted:
                published = snapshot.frame(f"from marts.{table} order by all")
                marts = connection.execute(f"from marts.{table} order by all")
                assert published.columns == [column[0] for column in marts.description]
                assert published.rows() == marts.fetchall(), (name, number, table)
            snapshot.close()


def assert_equal_marts(left: Marts, right: Marts) -> None:
    tables = left.query("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
    assert len(tables) >= 24
    different = []
    for table in tables:
        sql = f"select * from marts.{table['table_name']} order by all"
        if left.query(sql) != right.query(sql):
            different.append(table["table_name"])
    assert different == []

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.warehouse.known_shop import read_known_shop
from pipelines.warehouse.published import PublishedSnapshot

AS_OF = datetime(2026, 11, 20, 10, tzinfo=UTC)
STARTS_AT = datetime(2026, 12, 4, 17, tzinfo=UTC)


@pytest.fixture
def snapshot():
    connection = duckdb.connect()
    for statement in (
        "attach ':memory:' as warehouse; use warehouse; create schema marts; create schema pricing",
        "create table marts.dim_drops (drop_id varchar, version integer, starts_at timestamp, ends_at timestamp)",
        "create table marts.dim_skus (drop_id varchar, sku varchar)",
        "create table marts.dim_hubs (hub_id varchar, capacity_units integer)",
        """create table marts.fct_sku_sales_hourly
            (drop_id varchar, sku varchar, hour_at timestamp, orders_count integer)""",
        """create table pricing.decisions (drop_id varchar, sku varchar, currency_code varchar,
            price_amount decimal(18, 4), valid_from timestamp, valid_to timestamp)""",
        "insert into marts.dim_hubs values ('HUB-1', 100), ('HUB-2', null)",
    ):
        connection.execute(statement)
    return PublishedSnapshot("s", AS_OF, Path(), connection)


def known(snapshot):
    return read_known_shop(snapshot, "advent", ["A"], "EUR", STARTS_AT)


def test_a_snapshot_without_drops_knows_hubs_only(snapshot):
    shop = known(snapshot)
    assert (shop.drops, shop.lowest_by_sku, shop.orders_an_hour) == ((), {}, None)
    assert shop.capacity_by_hub == {"HUB-1": 100, "HUB-2": None}


def test_drops_come_with_their_skus_and_the_rate_of_the_others(snapshot):
    snapshot._connection.execute(
        "insert into marts.dim_drops values ('old', 2, '2026-11-01 00:00', '2026-11-04 00:00'),"
        " ('advent', 1, '2026-11-19 00:00', '2026-11-22 00:00')"
    )
    snapshot._connection.execute("insert into marts.dim_skus values ('old', 'B'), ('old', 'A'), ('advent', 'A')")
    # Two SKUs in an hour: as many orders as the one that is in most of them.
    snapshot._connection.execute(
        "insert into marts.fct_sku_sales_hourly values ('old', 'A', '2026-11-01 00:00', 60),"
        " ('old', 'A', '2026-11-01 00:00', 12), ('old', 'B', '2026-11-01 00:00', 40),"
        " ('advent', 'A', '2026-11-19 00:00', 999)"
    )
    shop = known(snapshot)
    assert [(drop.drop_id, drop.version, drop.skus) for drop in shop.drops] == [
        ("old", 2, frozenset("AB")), ("advent", 1, frozenset("A")),
    ]  # fmt: skip
    assert shop.drops[0].starts_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert shop.orders_an_hour == 1.0


def test_the_lowest_price_is_that_of_the_30_days_before_the_start(snapshot):
    for drop, price, day in (("x", "7.00", "03"), ("x", "8.00", "05"), ("advent", "1.00", "06"), ("x", "9.00", "07")):
        snapshot._connection.execute(
            f"insert into pricing.decisions values ('{drop}', 'A', 'EUR', {price},"
            f" '2026-11-{day} 10:00', '2026-11-{day} 11:00')"
        )
    assert known(snapshot).lowest_by_sku == {"A": Decimal("8.0000")}

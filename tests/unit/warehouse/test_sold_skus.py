from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest

from pipelines.warehouse.sold_skus import read_sales


@pytest.fixture
def connection():
    connection = duckdb.connect()
    for statement in (
        "create schema staging; create schema intermediate; create schema raw; create schema marts",
        "create table raw.as_of (as_of timestamp); insert into raw.as_of values ('2026-11-20 10:00:00')",
        """create table intermediate.int_order_lines__attributed (order_id varchar, sku varchar, ordered_units integer,
            unit_price_amount decimal(18, 4), currency_code varchar, channel varchar, is_cancelled boolean,
            ordered_at timestamp)""",
        "create table staging.stg_drops__channels (drop_id varchar, channel varchar, fee_rate decimal(9, 6))",
        "create table marts.dim_drops (drop_id varchar, timezone varchar, tax_rate decimal(9, 6), starts_at timestamp)",
        "create table marts.dim_skus (drop_id varchar, sku varchar, title varchar, gtin varchar)",
        "create table marts.dim_hubs (hub_id varchar); insert into marts.dim_hubs values ('HUB-2'), ('HUB-1')",
    ):
        connection.execute(statement)
    return connection


def sell(connection, sku, units, price, *, day="19", channel="web", currency="EUR", is_cancelled=False):
    connection.execute(
        "insert into intermediate.int_order_lines__attributed values (uuid()::varchar, ?, ?, ?, ?, ?, ?, ?)",
        [sku, units, Decimal(price), currency, channel, is_cancelled, f"2026-11-{day} 10:00:00"],
    )


def test_what_sold_most_comes_first_at_its_usual_price(connection):
    sell(connection, "A", 2, "9.00")
    sell(connection, "A", 7, "10.00", channel="popup")
    sell(connection, "A", 1, "12.00", day="18")
    sell(connection, "B", 30, "5.00")
    sell(connection, "C", 1, "5.00")
    sales = read_sales(connection, 28, 2)
    assert [(each.sku, each.units, each.orders_count) for each in sales.skus] == [("B", 30, 1), ("A", 10, 3)]
    assert (sales.skus[1].low_price, sales.skus[1].usual_price, sales.skus[1].high_price) == (9, 10, 10)
    assert sales.units_by_channel == {"web": 33, "popup": 7}
    # The span ends with the last order: the feed is a day old.
    assert sales.until == datetime(2026, 11, 19, 10, 0, 1, tzinfo=UTC)
    assert (sales.timezone, sales.tax_rate, sales.hubs) == (None, None, ("HUB-1", "HUB-2"))


def test_cancelled_lines_old_ones_and_other_currencies_are_out(connection):
    sell(connection, "A", 2, "9.00")
    sell(connection, "A", 2, "9.00")
    sell(connection, "A", 50, "1.00", is_cancelled=True)
    sell(connection, "A", 50, "1.00", day="01")
    sell(connection, "A", 50, "1.00", currency="GBP")
    (sold,) = read_sales(connection, 7, 4).skus
    assert (sold.units, sold.usual_price) == (4, 9)


def test_names_zone_tax_and_fees_are_those_of_the_last_plan(connection):
    sell(connection, "A", 1, "9.00")
    connection.execute("insert into marts.dim_skus values ('d1', 'A', 'Old', null), ('d2', 'A', 'New', null)")
    connection.execute(
        "insert into marts.dim_drops values ('d1', 'Europe/Paris', 0.2, '2026-01-01'),"
        " ('d2', 'Europe/Berlin', 0.19, '2026-02-01')"
    )
    connection.execute("insert into staging.stg_drops__channels values ('d1', 'web', 0.5), ('d2', 'web', 0.03)")
    sales = read_sales(connection, 7, 4)
    assert (sales.skus[0].title, sales.skus[0].gtin, sales.timezone) == ("New", None, "Europe/Berlin")
    assert sales.fee_by_channel == {"web": Decimal("0.030000")}


def test_skus_that_are_named_are_all_there_or_it_is_said(connection):
    sell(connection, "A", 1, "9.00")
    assert [each.sku for each in read_sales(connection, 7, 1, ["A"]).skus] == ["A"]
    with pytest.raises(LookupError, match="not sold in EUR in the 7 days up to 2026-11-19: Z"):
        read_sales(connection, 7, 1, ["A", "Z"])


def test_a_shop_without_orders_is_told_what_to_do(connection):
    with pytest.raises(LookupError, match="sprint add"):
        read_sales(connection, 7, 4)

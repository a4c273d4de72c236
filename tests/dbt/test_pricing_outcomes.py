"""What pricing learns from, in warehouses that are built hour by hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import duckdb

from pipelines.orchestration import dbt_build
from tests.dbt.built_shop import START, Marts, Shop, insert_rows

HOUR = timedelta(hours=1)


def _units_by_hour(marts: Marts) -> list[int]:
    rows = marts.query("select sold_units from marts.fct_pricing_outcomes where drop_id = 'one' order by hour_at")
    return [row["sold_units"] for row in rows]


def test_a_late_order_and_a_late_word_of_a_storefront_correct_the_hour_they_belong_to(
    build: Callable[[Shop], Marts],
) -> None:
    shop = Shop(as_of=START + 3 * HOUR)
    shop.add_drop("one", START, "mug", units=4)
    shop.add("orders", order_id="a", ordered_at=START + 1.5 * HOUR, quantity=1)
    marts = build(shop)
    assert _units_by_hour(marts) == [0, 1, 0]

    late = Shop()
    late.add("orders", order_id="b", ordered_at=START + 0.5 * HOUR, quantity=3)
    late.add("shown_prices", valid_from=START, valid_to=START + 2 * HOUR, price=9)
    with duckdb.connect(str(marts.warehouse_path)) as connection:
        insert_rows(connection, late.rows, file_id="late")
        connection.execute("update raw.as_of set as_of = ?", [START + 4 * HOUR])
    folder = marts.data_dir
    dbt_build.build_models(folder, marts.warehouse_path, folder / "dbt", folder / "logs")
    assert _units_by_hour(marts) == [3, 1, 0, 0]
    first = marts.one("fct_pricing_outcomes", f"hour_at = '{START}'")
    assert (first["shown_price_amount"], first["shown_rate"], first["shown_units"]) == (9, 1.0, 3)
    # The late order leaves one unit, so that the order after it was the last.
    second = marts.one("fct_pricing_outcomes", f"hour_at = '{START + HOUR}'")
    assert second["in_stock_rate"] == 0.500000000278
    third = marts.one("fct_pricing_outcomes", f"hour_at = '{START + 2 * HOUR}'")
    assert (third["in_stock_rate"], third["shown_price_amount"]) == (0.0, None)

"""The models on a real gift shop's launches, against numbers that were computed by other means (`expected.json`)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.built_shop import Marts
from tests.dbt.real_shops import ONLINE_RETAIL, REPEAT, Build

pytestmark = ONLINE_RETAIL.skip_if_absent()


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return ONLINE_RETAIL.expected()


@pytest.fixture(scope="module")
def marts(build_filled: Build) -> Marts:
    return ONLINE_RETAIL.build(build_filled)


def test_sell_through_of_every_drop_and_sku(marts: Marts, expected: dict[str, Any]) -> None:
    for drop in expected["drops"]:
        velocity = marts.one("rpt_inventory_velocity", f"scope = '{drop['drop_id']}'")
        assert velocity["sold_units"] == drop["units_48h"]["total"]
        assert velocity["staged_units"] == drop["staged_units"]["total"]
        assert velocity["sell_through_rate"] == pytest.approx(drop["sell_through_rate_48h"]["total"], abs=1e-6)
        assert velocity["skus_sold_out_count"] == drop["skus_sold_out_48h"]
        assert velocity["skus_sold_count"] == drop["skus_with_a_sale_48h"]
        rows = marts.query(f"select * from marts.rpt_inventory_velocity_by_sku where drop_id = '{drop['drop_id']}'")
        assert {row["sku"]: row["sold_units"] for row in rows} == drop["units_48h"]["by_sku"]
        assert {row["sku"]: row["staged_units"] for row in rows} == drop["staged_units"]["by_sku"]


def test_buyers_of_every_drop(marts: Marts, expected: dict[str, Any]) -> None:
    for drop in expected["drops"]:
        conversion = marts.one("rpt_repeat_conversion", f"scope = '{drop['drop_id']}'")
        for ours, theirs in REPEAT.items():
            assert conversion[ours] == drop[theirs], (drop["drop_id"], ours)
        assert conversion["any_reorder_count"] == drop["returned_any_reorder"]
        both = conversion["returned_count"] + conversion["pending_returned_count"]
        assert both == drop["returned_including_pending_buyers"]
        rate = drop["returned_rate"]
        assert conversion["conversion_rate"] == (rate if rate is None else pytest.approx(rate, abs=1e-6))


def test_sales_of_every_drop_and_of_the_shop(marts: Marts, expected: dict[str, Any]) -> None:
    for drop in expected["drops"]:
        card = marts.one("rpt_drop_scorecard", f"scope = '{drop['drop_id']}'")
        assert (card["orders_count"], card["order_lines_count"]) == (drop["orders_72h"], drop["order_lines_72h"])
        assert (card["sold_units"], card["gross_sales_amount"]) == (
            drop["units_72h"]["total"],
            Decimal(drop["gross_sales_72h"]),
        )
    shop, totals = marts.one("rpt_drop_scorecard", "scope = 'shop'"), expected["totals"]
    assert (shop["orders_count"], shop["order_lines_count"]) == (totals["invoices"], totals["rows"])
    assert shop["gross_sales_amount"] == Decimal(totals["sum_quantity_x_unit_price"])
    assert shop["refunds_amount"] == Decimal(expected["returns"]["refund_amount"])


def test_the_shop_baseline(marts: Marts, expected: dict[str, Any]) -> None:
    conversion, repeat = marts.one("rpt_repeat_conversion", "scope = 'shop'"), expected["repeat_30_days_all_buyers"]
    for ours, theirs in REPEAT.items():
        assert conversion[ours] == repeat[theirs], ours
    assert conversion["keyless_orders_count"] == expected["totals"]["invoices_without_buyer"]


def test_each_metric_agrees_with_the_raw_rows_by_another_route(marts: Marts) -> None:
    assert {result.status for result in marts.test("tag:suite")} == {"pass"}

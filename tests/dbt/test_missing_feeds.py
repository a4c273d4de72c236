"""A shop may have sent nothing, or orders alone: everything builds, and what cannot be known is null."""

from __future__ import annotations

from collections.abc import Callable

from tests.dbt.built_shop import START, Marts, Shop


def test_a_shop_without_any_row_has_a_scorecard_of_zeros_and_nulls(empty_shop: Marts) -> None:
    card = empty_shop.one("rpt_drop_scorecard", "true")
    assert card["scope"] == "shop"
    assert {name: card[name] for name in card if name.endswith("_count")} == {
        name: None if name.startswith(("skus_", "unsettled_")) else 0 for name in card if name.endswith("_count")
    }
    known = {"scope", "name", "as_of", "sold_units"}
    assert [name for name in card if not name.endswith("_count") and name not in known and card[name] is not None] == []


def test_a_shop_with_orders_alone_knows_its_sales_and_its_buyers(build: Callable[[Shop], Marts], shop: Shop) -> None:
    shop.add("orders", order_id="a", ordered_at=START, buyer_key="only", hub_id=None)
    marts = build(shop)
    card = marts.one("rpt_drop_scorecard", "true")
    assert (card["net_sales_amount"], card["currency_code"]) == (10, "EUR")
    assert (card["buyers_count"], card["eligible_count"], card["conversion_rate"]) == (1, 1, 0.0)
    assert (card["no_distance_count"], card["not_handed_over_count"], card["median_hours"]) == (1, 0, None)
    assert marts.test("tag:suite")


def test_money_of_two_currencies_is_not_added_up(build: Callable[[Shop], Marts], shop: Shop) -> None:
    shop.add_drop("one", START, "mug")
    shop.add("orders", order_id="a", ordered_at=START)
    shop.add("orders", order_id="b", ordered_at=START, currency_code="USD")
    marts = build(shop)
    whole, drop = (marts.one("rpt_drop_scorecard", f"scope = '{scope}'") for scope in ("shop", "one"))
    assert (whole["currency_code"], whole["net_sales_amount"], whole["sold_units"]) == (None, None, 2)
    assert (drop["currency_code"], drop["net_sales_amount"], drop["other_currency_lines_count"]) == ("EUR", 10, 1)

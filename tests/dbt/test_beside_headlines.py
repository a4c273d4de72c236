"""What stands beside the headlines: breakdowns, curves, costs, margins and comparisons of one small shop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt

import pytest
from scipy import stats

from tests.dbt.built_shop import BERLIN_HUB, START, Marts, Shop

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Both drops begin 24 days before Christmas, on another day of the week.
LAST_YEAR = datetime(2025, 12, 1, 10, tzinfo=START.tzinfo)


@pytest.fixture(scope="module")
def marts(build: Callable[[Shop], Marts]) -> Marts:
    shop = Shop(as_of=START + 45 * DAY)
    shop.add("hubs", **BERLIN_HUB)
    shop.add_drop("advent25", LAST_YEAR, "mug25")
    shop.add_drop("advent26", START, "mug", "cup", units=4)
    shop.add_drop("january", START + 43 * DAY, "hat")
    _buyers(shop)
    _parcels(shop)
    _returns(shop)
    return build(shop)


def _buyers(shop: Shop) -> None:
    for number in range(3):
        shop.add("orders", order_id=f"old{number}", sku="mug25", ordered_at=LAST_YEAR + HOUR, buyer_key=f"o{number}")
    shop.add("orders", order_id="old_again", sku="poster", ordered_at=LAST_YEAR + HOUR + 2 * DAY, buyer_key="o0")
    for number, channel in enumerate(("web", "web", "popup", "web")):
        values = {"channel": channel, "buyer_key": f"n{number}", "discount_amount": 1}
        shop.add("orders", order_id=f"new{number}", ordered_at=START + number * HOUR, **values)
    shop.add("orders", order_id="elsewhere", sku="cup", hub_id=None, ordered_at=START + 60 * HOUR)
    # Two buyers of January: one came back after a day and a half, one is watched for two days by now.
    for number in range(2):
        shop.add("orders", order_id=f"late{number}", sku="hat", ordered_at=START + 43 * DAY, buyer_key=f"j{number}")
    shop.add("orders", order_id="late_again", sku="poster", ordered_at=START + 44.5 * DAY, buyer_key="j0")


def _parcels(shop: Shop) -> None:
    sent = {"new0": (10, "post", "delivered"), "new1": (20, "bike", "delivered"), "new2": (30, "bike", "failure")}
    for order_id, (hours, carrier, status) in sent.items():
        promised_at = START + 15 * HOUR
        values = {"order_id": order_id, "carrier": carrier, "promised_at": promised_at, "currency_code": "EUR"}
        shop.add_event(order_id, "in_transit", START + 4 * HOUR, cost_amount=3, **values)
        shop.add_event(order_id, status, START + hours * HOUR, **values)


def _returns(shop: Shop) -> None:
    shop.add("returns", return_id="r", order_id="new1", refund_amount=9, returned_at=START + 25 * HOUR)


def test_lead_time_by_carrier_day_and_promise(marts: Marts) -> None:
    rows = marts.query("select * from marts.rpt_lead_time_breakdown where scope = 'advent26'")
    found = {
        (row["dimension"], row["dimension_value"]): (row["delivered_count"], row["waiting_count"], row["ended_count"])
        for row in rows
        if row["dimension_value"] != "no promise"
    }
    assert found == {
        ("hub", "north"): (2, 1, 1),
        ("carrier", "post"): (1, 0, 0),
        ("carrier", "bike"): (1, 0, 1),
        ("carrier", "unknown"): (0, 1, 0),
        ("day", "2026-12-01"): (2, 1, 1),
        ("promise", "on time"): (1, 0, 0),
        ("promise", "late"): (1, 0, 0),
        ("promise", "ended"): (0, 0, 1),
    }
    bike = next(row for row in rows if row["dimension_value"] == "bike")
    assert (bike["delivered_only_median_hours"], bike["carrier_leg_median_hours"]) == (19, 16)


def test_the_curve_of_returning_buyers(marts: Marts) -> None:
    old = {row["day_number"]: row for row in _curve(marts, "advent25")}
    assert len(old) == 30
    assert [old[day]["returned_count"] for day in (1, 2, 30)] == [0, 1, 1]
    assert old[30]["estimated_rate"] == pytest.approx(1 / 3)
    january = {row["day_number"]: row for row in _curve(marts, "january")}
    assert [january[day]["estimated_rate"] for day in (1, 2, 3)] == [0, 0.5, None]
    assert january[2]["eligible_count"] == 0
    conversion = marts.one("rpt_repeat_conversion", "scope = 'advent25'")
    assert conversion["estimated_conversion_rate"] == pytest.approx(conversion["conversion_rate"])


def _curve(marts: Marts, scope: str) -> list[dict[str, object]]:
    return marts.query(f"select * from marts.rpt_repeat_curve where scope = '{scope}' order by day_number")


def test_the_hub_whose_last_unit_went(marts: Marts) -> None:
    mugs = marts.one("rpt_inventory_velocity_by_hub", "drop_id = 'advent26' and sku = 'mug'")
    assert (mugs["hub_id"], mugs["sold_units"], mugs["staged_units"], mugs["sold_out_hours"]) == ("north", 4, 4, 3)
    cups = marts.one("rpt_inventory_velocity_by_hub", "drop_id = 'advent26' and sku = 'cup'")
    # The one cup was sold after hour 48.
    assert (cups["hub_id"], cups["sold_units"], cups["sold_out_at"]) == ("north", 0, None)


def test_what_delivering_cost(marts: Marts) -> None:
    cost = marts.one("rpt_fulfilment_costs", "scope = 'advent26' and hub_id = 'all'")
    # Three parcels at 3.00; two reached a door, 1.3 km away each.
    assert (cost["costed_parcels_count"], cost["delivered_orders_count"], cost["cost_amount"]) == (3, 2, 9)
    assert cost["cost_per_delivered_order"] == 4.5
    assert cost["cost_per_km"] == pytest.approx(9 / cost["measured_km"])


def test_what_came_back(marts: Marts) -> None:
    reasons = marts.query("select * from marts.rpt_returns where scope = 'advent26' order by reason")
    assert [(row["reason"], row["returned_units"], row["sold_units"], row["returned_rate"]) for row in reasons] == [
        ("all", 1, 4, 0.25),
        ("broken", 1, 4, 0.25),
    ]
    assert reasons[0]["refund_lag_median_hours"] == 24


def test_what_is_left_of_net_sales(marts: Marts) -> None:
    web = marts.one("rpt_margins", "drop_id = 'advent26' and channel = 'web' and sku = 'mug'")
    # Three mugs at 10 less 1 each, one refunded with 9; two stayed sold at a cost of 4 each.
    assert (web["net_sales_amount"], web["goods_cost_amount"], web["margin_amount"]) == (18, 8, 10)
    total = marts.query("select sum(net_sales_amount) as net from marts.rpt_margins where drop_id = 'advent26'")
    assert total[0]["net"] == marts.one("rpt_drop_scorecard", "scope = 'advent26'")["net_sales_amount"] == Decimal(37)


def test_a_drop_beside_that_of_the_year_before(marts: Marts) -> None:
    row = marts.one("rpt_drop_comparison", "scope = 'advent26' and compared_with = 'last_year' and metric like 'conv%'")
    assert (row["other_scope"], row["metric_value"], row["other_value"]) == ("advent25", 0, pytest.approx(1 / 3))
    mine, other = (stats.binomtest(k, n).proportion_ci(method="wilson") for k, n in ((0, 4), (1, 3)))
    lower = -1 / 3 - sqrt((0 - mine.low) ** 2 + (other.high - 1 / 3) ** 2)
    upper = -1 / 3 + sqrt((mine.high - 0) ** 2 + (1 / 3 - other.low) ** 2)
    assert (row["difference_lower"], row["difference_upper"]) == (pytest.approx(lower), pytest.approx(upper))


def test_without_a_drop_before_it_the_comparison_says_so(marts: Marts) -> None:
    rows = marts.query("select * from marts.rpt_drop_comparison where scope = 'advent25' and compared_with != 'shop'")
    assert {(row["compared_with"], row["other_scope"], row["difference"]) for row in rows} == {
        ("previous_drop", None, None),
        ("last_year", None, None),
    }


def test_progress_has_every_hour_of_the_drop_and_ends_with_its_sales(marts: Marts) -> None:
    rows = marts.query("select * from marts.rpt_drop_progress where drop_id = 'advent26' order by hours_since_start")
    assert [row["hours_since_start"] for row in rows] == list(range(72))
    assert [row["cumulative_units"] for row in (rows[0], rows[3], rows[59], rows[71])] == [1, 4, 4, 5]
    assert rows[-1]["cumulative_net_sales_amount"] == 37

"""One small shop in which every edge that needs several feeds happens once; each test looks at one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.dbt.built_shop import BERLIN_HUB, START, Marts, Shop

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
# The clocks of Berlin go back in the night to 25 October 2026: this drop has 73 hours on the wall, 72 in truth.
BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN_START = datetime(2026, 10, 23, 18, tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)


@pytest.fixture(scope="module")
def marts(build: Callable[[Shop], Marts]) -> Marts:
    shop = Shop()
    shop.add("hubs", **BERLIN_HUB)
    shop.add_drop("one", START, "mug", "cup", units=10)
    shop.add_drop("two", START + 10 * DAY, "hat", units=1)
    shop.add_drop("none", START + 20 * DAY, "bag")
    shop.add_drop("autumn", AUTUMN_START, "lamp")
    _first_and_last_instant(shop)
    _two_parcels_of_one_order(shop)
    _cancelled_first_order(shop)
    _return_before_delivery(shop)
    _daylight_saving_night(shop)
    _boxes_and_scans(shop)
    return build(shop)


def _first_and_last_instant(shop: Shop) -> None:
    instants = {
        "at_start": START,
        "before_48h": START + 48 * HOUR - MICROSECOND,
        "at_48h": START + 48 * HOUR,
        "last_instant": START + 72 * HOUR - MICROSECOND,
        "at_end": START + 72 * HOUR,
    }
    for order_id, ordered_at in instants.items():
        shop.add("orders", order_id=order_id, ordered_at=ordered_at, buyer_key="regular")


def _two_parcels_of_one_order(shop: Shop) -> None:
    shop.add("orders", order_id="both", sku="cup", ordered_at=START + HOUR, buyer_key="traveller")
    shop.add("orders", order_id="second_drop", sku="hat", ordered_at=START + 10 * DAY, buyer_key="traveller")
    for parcel, hours in (("p1", 24), ("p2", 30)):
        shop.add_event(parcel, "in_transit", START + 12 * HOUR, order_id="both")
        shop.add_event(parcel, "delivered", START + (1 + hours) * HOUR)


def _cancelled_first_order(shop: Shop) -> None:
    cancelled_at = START + 3 * HOUR
    shop.add("orders", order_id="gone", ordered_at=START + 2 * HOUR, buyer_key="undecided")
    shop.add(
        "orders",
        order_id="gone",
        ordered_at=START + 2 * HOUR,
        updated_at=cancelled_at,
        status="cancelled",
        buyer_key="undecided",
    )
    shop.add("orders", order_id="kept", ordered_at=START + 4 * HOUR, buyer_key="undecided")
    shop.add_event("void", "in_transit", START + 3 * HOUR, order_id="gone", box_id="void_box")
    shop.add_event("void", "delivered", START + 5 * HOUR)


def _return_before_delivery(shop: Shop) -> None:
    shop.add("orders", order_id="hasty", sku="cup", quantity=2, ordered_at=START + 5 * HOUR, discount_amount=3)
    shop.add("returns", return_id="r1", order_id="hasty", refund_amount=8, returned_at=START + 6 * HOUR)
    shop.add_event("hasty_parcel", "in_transit", START + 7 * HOUR, order_id="hasty")
    shop.add_event("hasty_parcel", "delivered", START + 9 * HOUR)


def _daylight_saving_night(shop: Shop) -> None:
    for order_id, hours in (("night_47", 47.99), ("night_48", 48), ("night_71", 71.99), ("night_72", 72)):
        shop.add("orders", order_id=order_id, sku="lamp", ordered_at=AUTUMN_START + hours * HOUR, channel="popup")


def _boxes_and_scans(shop: Shop) -> None:
    shop.add("orders", order_id="boxed", sku="hat", ordered_at=START + 10 * DAY + HOUR)
    shop.add_event("boxed_parcel", "in_transit", START + 11 * DAY, order_id="boxed", box_id="b1")
    shop.add_event("boxed_parcel", "delivered", START + 12 * DAY)
    for number, at in enumerate((START + 12 * DAY, START + 12 * DAY + HOUR, START + 11 * DAY)):
        shop.add("scans", scan_id=f"s{number}", box_id="b1", visitor_id="v", scanned_at=at)
    shop.add("scans", scan_id="bot", box_id="b1", user_agent="Googlebot/2.1", scanned_at=START + 13 * DAY)
    shop.add("scans", scan_id="share", kind="share", drop_id="two", platform="x", scanned_at=START + 13 * DAY)


def test_the_first_and_the_last_instant_are_in_the_drop_and_its_end_is_not(marts: Marts) -> None:
    rows = marts.query("select order_id from intermediate.int_orders__scoped where scope = 'one' order by 1")
    orders = {row["order_id"] for row in rows}
    assert {"at_start", "before_48h", "at_48h", "last_instant"} <= orders
    assert "at_end" not in orders


def test_velocity_stops_at_hour_48(marts: Marts) -> None:
    mug = marts.one("rpt_inventory_velocity_by_sku", "drop_id = 'one' and sku = 'mug'")
    # at_start, before_48h, kept: the cancelled one is out.
    assert (mug["sold_units"], mug["staged_units"], mug["sell_through_rate"]) == (3, 10, 0.3)


def test_a_buyer_in_two_drops_returned_to_the_first_and_not_to_the_second(marts: Marts) -> None:
    first = marts.one("fct_drop_buyers", "scope = 'one' and buyer_key = 'traveller'")
    second = marts.one("fct_drop_buyers", "scope = 'two' and buyer_key = 'traveller'")
    assert first["repeat_ordered_at"] == START + 10 * DAY
    assert not second["is_returned"]
    assert second["is_eligible"]


def test_a_cancelled_first_order_begins_nothing(marts: Marts) -> None:
    buyer = marts.one("dim_buyers", "buyer_key = 'undecided'")
    assert (buyer["first_order_id"], buyer["orders_count"]) == ("kept", 1)
    assert marts.query("select * from marts.fct_parcel_lead_times where order_id = 'gone'") == []
    assert marts.query("select * from marts.fct_boxes where box_id = 'void_box'") == []


def test_two_parcels_of_one_order_are_two_lead_times_in_each_scope(marts: Marts) -> None:
    rows = marts.query(
        "select scope, order_to_door_hours as hours from marts.fct_parcel_lead_times"
        " where order_id = 'both' order by scope, hours"
    )
    assert [(row["scope"], row["hours"]) for row in rows] == [("one", 24), ("one", 30), ("shop", 24), ("shop", 30)]


def test_orders_not_yet_sent_hold_the_median_back(marts: Marts) -> None:
    lead_time = marts.one("rpt_lead_time", "scope = 'one'")
    # p1, p2 and the hasty one came; at_start, before_48h, at_48h, last_instant and kept never did.
    assert (lead_time["delivered_count"], lead_time["not_handed_over_count"]) == (3, 5)
    assert lead_time["delivered_only_median_hours"] == 24
    assert lead_time["median_hours"] is None


def test_a_return_before_delivery_lowers_net_sales_and_leaves_the_lead_time(marts: Marts) -> None:
    sales = marts.one("fct_sku_sales_hourly", f"sku = 'cup' and hour_at = timestamp '{START + 5 * HOUR}'")
    assert (sales["gross_sales_amount"], sales["discounts_amount"], sales["refunds_amount"]) == (20, 3, 8)
    assert (sales["net_sales_amount"], sales["returned_units"]) == (Decimal(9), 1)
    assert marts.one("fct_parcel_lead_times", "scope = 'one' and order_id = 'hasty'")["order_to_door_hours"] == 4


def test_a_night_of_25_hours_has_no_extra_hour(marts: Marts) -> None:
    velocity = marts.one("rpt_inventory_velocity", "scope = 'autumn'")
    card = marts.one("rpt_drop_scorecard", "scope = 'autumn'")
    assert (velocity["sold_units"], card["sold_units"]) == (1, 3)


def test_scans_before_delivery_and_by_machines_are_out(marts: Marts) -> None:
    two = marts.one("rpt_unboxing_engagement", "scope = 'two'")
    assert (two["boxes_delivered_count"], two["scans_count"], two["shares_count"]) == (1, 2, 1)
    assert (two["early_scans_count"], two["bot_scans_count"], two["engagement_per_box"]) == (1, 1, 3.0)


def test_a_drop_without_orders_says_what_it_cannot_know(marts: Marts) -> None:
    card = marts.one("rpt_drop_scorecard", "scope = 'none'")
    assert (card["orders_count"], card["net_sales_amount"], card["currency_code"]) == (0, 0, "EUR")
    assert (card["sell_through_rate"], card["velocity_sold_units"]) == (0, 0)
    assert [card[name] for name in ("median_hours", "conversion_rate", "engagement_per_box")] == [None] * 3


def test_each_metric_agrees_with_the_raw_rows_by_another_route(marts: Marts) -> None:
    assert {result.status for result in marts.test("tag:suite")} == {"pass"}


def test_the_unit_tests_of_the_models_pass(marts: Marts) -> None:
    assert len(marts.test("test_type:unit")) >= 25

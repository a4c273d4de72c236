"""One shop of cases that are easily counted wrong, each in a drop of its own; by hand it is clear what is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.dbt.built_shop import BERLIN_HUB, START, Marts, Shop

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MUNICH_DOOR = {"ship_latitude": 48.1, "ship_longitude": 11.5}


@pytest.fixture(scope="module")
def marts(build: Callable[[Shop], Marts]) -> Marts:
    shop = Shop(as_of=START + 46 * DAY)
    for number, hub_id in enumerate(("north", "south", "all")):
        shop.add("hubs", **(BERLIN_HUB | {"hub_id": hub_id, "latitude": 52.52 - 0.005 * number}))
    _late(shop)
    _rerouted(shop)
    _half_past(shop)
    _oversold(shop)
    _called_all(shop)
    _misnamed(shop)
    return build(shop)


def _late(shop: Shop) -> None:
    shop.add_drop("late", START, "cup")
    for order_id in ("in_time", "slow", "unsent"):
        shop.add("orders", order_id=order_id, sku="cup", ordered_at=START + HOUR)
    shop.add_event("in_time", "in_transit", START + 2 * HOUR, order_id="in_time")
    shop.add_event("in_time", "delivered", START + 5 * HOUR)
    shop.add_event("slow", "in_transit", START + 2 * HOUR, order_id="slow")
    shop.add_event("slow", "delivered", START + 45 * DAY)
    shop.add_event("unsent", "in_transit", START + 41 * DAY, order_id="unsent")
    shop.add_event("unsent", "delivered", START + 42 * DAY)


def _rerouted(shop: Shop) -> None:
    shop.add_drop("rerouted", START, "hat")
    # The first line was cancelled and would have gone to Munich.
    values = {"sku": "hat", "ordered_at": START + HOUR}
    shop.add("orders", order_id="r0", status="cancelled", updated_at=START + 2 * HOUR, **(values | MUNICH_DOOR))
    for number in range(10):
        shop.add("orders", order_id=f"r{number}", line_number=2, **values)
        hub_id = "south" if number < 6 else "north"
        shop.add_event(f"r{number}", "in_transit", START + 3 * HOUR, order_id=f"r{number}", hub_id=hub_id)
        shop.add_event(f"r{number}", "delivered", START + (5 + number) * HOUR)


def _half_past(shop: Shop) -> None:
    shop.add_drop("half_past", START + HOUR / 2, "bag", "lamp")
    # Minute 35 and minute 65 of the drop: one hour on the clock, two since the start.
    for number, minutes in enumerate((65, 95)):
        ordered_at = START + timedelta(minutes=minutes)
        shop.add("orders", order_id=f"h{number}", sku="bag", ordered_at=ordered_at)


def _oversold(shop: Shop) -> None:
    shop.add_drop("oversold", START + 4 * DAY, "pin", units=2)
    for number in range(4):
        shop.add("orders", order_id=f"o{number}", sku="pin", ordered_at=START + 4 * DAY + HOUR)


def _called_all(shop: Shop) -> None:
    shop.add_drop("called_all", START, "mug")
    for number, (hub_id, reason) in enumerate((("north", "broken"), ("all", "all"))):
        shop.add("orders", order_id=f"a{number}", ordered_at=START + HOUR, hub_id=hub_id)
        values = {"order_id": f"a{number}", "hub_id": hub_id, "currency_code": "EUR"}
        shop.add_event(f"a{number}", "delivered", START + 5 * HOUR, cost_amount=3 + number, **values)
        shop.add("returns", return_id=f"a{number}", order_id=f"a{number}", reason=reason, returned_at=START + DAY)


def _misnamed(shop: Shop) -> None:
    shop.add_drop("misnamed", START, "fan")
    shop.add("orders", order_id="m0", sku="mug", drop_id="misnamed", ordered_at=START + HOUR)
    shop.add("orders", order_id="m1", sku="fan", drop_id="misnamed", ordered_at=START + 5 * DAY)
    shop.add("orders", order_id="m2", sku="fan", drop_id="ghost", ordered_at=START + HOUR)
    shop.add_drop("not_begun", START + 50 * DAY, "key")


def test_what_came_after_its_thirty_days_moves_the_shop_and_not_the_final_drop(marts: Marts) -> None:
    drop = marts.one("rpt_lead_time", "scope = 'late'")
    counts = [drop[f"{state}_count"] for state in ("delivered", "under_way", "not_handed_over")]
    assert (counts, drop["median_hours"]) == ([1, 1, 1], None)
    assert marts.one("dim_drops", "drop_id = 'late'")["status"] == "final"
    found = marts.query(
        "select count(*) as n from marts.fct_parcel_lead_times"
        " where scope = 'shop' and state = 'delivered' and order_id in ('in_time', 'slow', 'unsent')"
    )
    assert found == [{"n": 3}]


def test_an_order_sent_from_another_hub_does_not_wait_at_its_own(marts: Marts) -> None:
    drop = marts.one("rpt_lead_time", "scope = 'rerouted'")
    # Ten deliveries after 4 to 13 hours: the fifth takes the half.
    assert (drop["delivered_count"], drop["not_handed_over_count"], drop["median_hours"]) == (10, 0, 8)


def test_hours_since_a_start_at_half_past_are_counted_from_it(marts: Marts) -> None:
    sales = marts.query(
        "select * from marts.fct_sku_sales_hourly where drop_id = 'half_past' order by hours_since_start"
    )
    assert [(row["hour_at"], row["hours_since_start"]) for row in sales] == [(START + HOUR, 0), (START + HOUR, 1)]
    progress = marts.query(
        "select * from marts.rpt_drop_progress where drop_id = 'half_past' order by hours_since_start"
    )
    assert [row["hours_since_start"] for row in progress] == list(range(72))
    assert [row["cumulative_units"] for row in progress[:3]] == [1, 2, 2]


def test_an_oversold_drop_is_compared_without_an_interval(marts: Marts) -> None:
    row = marts.one(
        "rpt_drop_comparison",
        "scope = 'oversold' and compared_with = 'previous_drop' and metric = 'sell_through_rate'",
    )
    assert (row["metric_value"], row["difference_lower"], row["difference_upper"]) == (2, None, None)
    assert row["difference"] == row["metric_value"] - row["other_value"]


def test_a_reason_or_hub_called_all_is_not_the_total(marts: Marts) -> None:
    reasons = marts.query("select * from marts.rpt_returns where scope = 'called_all' order by is_total, reason")
    assert [(row["reason"], row["is_total"], row["returns_count"]) for row in reasons] == [
        ("all", False, 1),
        ("broken", False, 1),
        ("all", True, 2),
    ]
    hubs = marts.query("select * from marts.rpt_fulfilment_costs where scope = 'called_all' order by is_total, hub_id")
    assert [(row["hub_id"], row["is_total"], row["cost_amount"]) for row in hubs] == [
        ("all", False, 4),
        ("north", False, 3),
        ("all", True, 7),
    ]


def test_lines_that_name_a_drop_to_which_they_do_not_belong_are_counted(marts: Marts) -> None:
    cards = marts.query(
        "select scope, flagged_lines_count as n from marts.rpt_drop_scorecard where n > 0 order by scope"
    )
    assert cards == [{"scope": "misnamed", "n": 2}, {"scope": "shop", "n": 3}]


def test_before_the_start_no_hub_has_a_rate(marts: Marts) -> None:
    row = marts.one("rpt_inventory_velocity_by_hub", "drop_id = 'not_begun'")
    assert (row["sold_units"], row["staged_units"], row["sell_through_rate"]) == (0, 10, None)


def test_each_metric_agrees_with_the_raw_rows_by_another_route(marts: Marts) -> None:
    assert {result.status for result in marts.test("tag:suite")} == {"pass"}

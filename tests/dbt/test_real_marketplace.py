"""The models on a real marketplace's parcels, against numbers that were computed by other means (`expected.json`)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.built_shop import Marts
from tests.dbt.real_shops import OLIST, REPEAT, Build, naive

pytestmark = OLIST.skip_if_absent()


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return OLIST.expected()


@pytest.fixture(scope="module")
def marts(build_filled: Build) -> Marts:
    return OLIST.build(build_filled)


def test_the_headline_within_20_km(marts: Marts, expected: dict[str, Any]) -> None:
    lead_time, headline = marts.one("rpt_lead_time", "scope = 'shop'"), expected["headline_within_20_km"]
    assert lead_time["delivered_count"] == headline["n_delivered"]
    assert lead_time["under_way_count"] == headline["n_under_way"]
    assert lead_time["not_handed_over_count"] == headline["n_not_handed_over"]
    for name in ("median_hours", "delivered_only_median_hours", "carrier_leg_median_hours"):
        assert lead_time[name] == pytest.approx(headline[name], abs=1e-6), name


def test_what_was_delivered_within_20_km(marts: Marts, expected: dict[str, Any]) -> None:
    lead_time, within = marts.one("rpt_lead_time", "scope = 'shop'"), expected["lead_time_within_20_km"]
    assert lead_time["delivered_only_p90_hours"] == pytest.approx(within["p90_order_to_delivered_hours"], abs=1e-6)
    assert lead_time["carrier_leg_count"] == within["carrier_leg_n"]
    assert lead_time["promised_count"] - lead_time["on_time_count"] == within["late"]["after_promised_at"]


def test_every_ring(marts: Marts, expected: dict[str, Any]) -> None:
    rows = marts.query("select * from marts.rpt_lead_time_by_ring where scope = 'shop'")
    rings = {row["ring"]: row for row in rows}
    assert set(rings) == set(expected["rings_km"]["rings"])
    for ring, numbers in expected["rings_km"]["rings"].items():
        assert rings[ring]["delivered_count"] == numbers["n"]
        median = numbers["median_order_to_delivered_hours"]
        assert rings[ring]["delivered_only_median_hours"] == pytest.approx(median, abs=1e-6)


def test_deliveries_at_any_distance_or_none(marts: Marts, expected: dict[str, Any]) -> None:
    (row,) = marts.query(
        "select count(*) as n, count(*) filter (where distance_km is null) as apart,"
        " median(order_to_door_hours) as hours from marts.fct_parcel_lead_times where state = 'delivered'"
    )
    rings = expected["rings_km"]
    assert (row["n"], row["apart"]) == (rings["all_delivered"]["n"], rings["delivered_parcels_without_distance"])
    assert row["hours"] == pytest.approx(rings["all_delivered"]["median_order_to_delivered_hours"], abs=1e-6)


def test_money_and_orders(marts: Marts, expected: dict[str, Any]) -> None:
    card, counts = marts.one("rpt_drop_scorecard", "scope = 'shop'"), expected["counts"]
    assert card["orders_count"] == counts["orders"] - counts["cancelled_orders"]
    assert card["order_lines_count"] == counts["order_lines"] - counts["cancelled_lines"]
    assert card["gross_sales_amount"] == Decimal(expected["money"]["lines_not_cancelled"])


def test_repeat_conversion_at_its_own_instant(build_filled: Build, expected: dict[str, Any]) -> None:
    repeat = expected["repeat_30_days"]
    # Orders before as_of are seen, so the least later instant sees the file's last order too.
    as_of = naive(repeat["as_of"]) + timedelta(microseconds=1)
    marts = OLIST.build(build_filled, as_of)
    conversion = marts.one("rpt_repeat_conversion", "scope = 'shop'")
    for ours, theirs in REPEAT.items():
        assert conversion[ours] == repeat[theirs], ours


def test_each_metric_agrees_with_the_raw_rows_by_another_route(marts: Marts) -> None:
    assert {result.status for result in marts.test("tag:suite")} == {"pass"}

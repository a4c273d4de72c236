"""Two real shops, loaded as their owners would: every number equals the one computed by other means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., str]
Find = Callable[[str], tuple[Path, dict[str, Any]]]
Read = Callable[[Path], dict[str, Any]]
HUNDREDTH = 0.01


def load(sprint: Run, folder: Path, data: Path, hour: str) -> None:
    sprint("add", folder, "--data", data)
    sprint("tick", "--data", data, "--hour", hour)


@pytest.fixture(scope="module")
def marketplace(
    sprint: Run, metrics_of: Read, shared_folder: Find, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, Any]]:
    folder, expected = shared_folder("olist_a")
    data = tmp_path_factory.mktemp("olist")
    load(sprint, folder, data, "2018-08-31T04Z")
    return metrics_of(data)["shop"], expected


@pytest.fixture(scope="module")
def gift_shop(
    sprint: Run, metrics_of: Read, shared_folder: Find, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, Any]]:
    folder, expected = shared_folder("online_retail")
    data = tmp_path_factory.mktemp("online_retail")
    load(sprint, folder, data, "2011-12-09T12Z")
    return metrics_of(data), expected


def test_lead_times_of_a_real_marketplace(marketplace: tuple[dict[str, Any], dict[str, Any]]) -> None:
    shop, expected = marketplace
    lead, headline = shop["lead_time"], expected["headline_within_20_km"]
    assert (lead["n"], lead["n_under_way"], lead["n_not_handed_over"]) == (
        headline["n_delivered"],
        headline["n_under_way"],
        headline["n_not_handed_over"],
    )
    assert lead["median_hours"] == pytest.approx(headline["median_hours"], abs=HUNDREDTH)
    assert lead["delivered_only_median_hours"] == pytest.approx(headline["delivered_only_median_hours"], abs=HUNDREDTH)
    assert lead["carrier_leg_median_hours"] == pytest.approx(headline["carrier_leg_median_hours"], abs=HUNDREDTH)
    assert lead["p90_hours"] == pytest.approx(
        expected["lead_time_within_20_km"]["p90_order_to_delivered_hours"], abs=HUNDREDTH
    )


def test_every_distance_ring_of_a_real_marketplace(marketplace: tuple[dict[str, Any], dict[str, Any]]) -> None:
    shop, expected = marketplace
    rings = expected["rings_km"]["rings"]
    assert set(shop["lead_time"]["by_ring"]) == set(rings)
    for name, ring in rings.items():
        seen = shop["lead_time"]["by_ring"][name]
        assert seen["n"] == ring["n"], name
        assert seen["median_order_to_delivered_hours"] == pytest.approx(
            ring["median_order_to_delivered_hours"], abs=HUNDREDTH
        ), name


def test_drops_of_a_real_gift_shop(gift_shop: tuple[dict[str, Any], dict[str, Any]]) -> None:
    scopes, expected = gift_shop
    assert len(expected["drops"]) == len(scopes) - 1
    for drop in expected["drops"]:
        velocity, repeat = scopes[drop["drop_id"]]["velocity_48h"], scopes[drop["drop_id"]]["repeat_30d"]
        assert velocity["units_sold"] == drop["units_48h"]["total"]
        assert velocity["units_staged"] == drop["staged_units"]["total"]
        assert velocity["sell_through_rate"] == pytest.approx(drop["sell_through_rate_48h"]["total"], abs=1e-6)
        assert (velocity["skus_sold_out"], velocity["skus_sold"]) == (
            drop["skus_sold_out_48h"],
            drop["skus_with_a_sale_48h"],
        )
        assert (repeat["buyers"], repeat["eligible"], repeat["returned"], repeat["pending"]) == (
            drop["buyers"],
            drop["eligible"],
            drop["returned"],
            drop["pending"],
        )
        assert repeat["rate"] == (
            None if drop["returned_rate"] is None else pytest.approx(drop["returned_rate"], abs=1e-6)
        )


def test_baseline_of_a_real_gift_shop(gift_shop: tuple[dict[str, Any], dict[str, Any]]) -> None:
    scopes, expected = gift_shop
    repeat, shop = scopes["shop"]["repeat_30d"], expected["repeat_30_days_all_buyers"]
    assert (repeat["buyers"], repeat["eligible"], repeat["returned"], repeat["pending"]) == (
        shop["buyers"],
        shop["eligible"],
        shop["returned"],
        shop["pending"],
    )


def test_a_shop_without_deliveries_or_stock_says_null(gift_shop: tuple[dict[str, Any], dict[str, Any]]) -> None:
    shop = gift_shop[0]["shop"]
    assert shop["lead_time"]["median_hours"] is None
    assert shop["velocity_48h"]["sell_through_rate"] is None
    assert shop["unboxing"]["engagement_per_box"] is None

from __future__ import annotations

import numpy as np
import pytest

from pipelines.simulate import demand
from pipelines.simulate.catalogue import Drop, plan_drops
from pipelines.simulate.world import DEMO_CLOCK

CHANNELS = range(len(demand.CHANNELS))


@pytest.fixture
def drop() -> Drop:
    return plan_drops(DEMO_CLOCK)[1]


@pytest.fixture
def truth(drop: Drop) -> demand.DemandTruth:
    return demand.draw_truth(drop, np.random.default_rng(5))


def test_the_season_has_mean_one_opens_in_a_burst_and_follows_the_day(drop: Drop) -> None:
    season = demand.season_of(drop, burst=3.0, burst_hours=4.0)
    web, stall = season[demand.CHANNELS.index("web")], season[demand.CHANNELS.index("popup")]
    assert season.mean(axis=1) == pytest.approx(np.ones(len(demand.CHANNELS)))
    # The drop opens at 18:00 local time: the same hour of the next day is quieter, and so is the night.
    assert web[0] > 2 * web[24]
    assert web[24] > 5 * web[10]
    assert stall[5] == 0.0


def test_a_dearer_band_sells_less_in_every_cell(drop: Drop, truth: demand.DemandTruth) -> None:
    for k, planned in enumerate(drop.skus):
        for c in CHANNELS:
            prices = (planned.low_price, planned.list_price, planned.high_price)
            ratios = [float(price / planned.list_price) for price in prices]
            low, mid, high = (truth.expected_units(k, c, 20, ratio) for ratio in ratios)
            assert low > mid > high > 0


def test_expected_units_at_list_are_the_season_times_the_mean(truth: demand.DemandTruth) -> None:
    assert truth.expected_units(1, 2, 7, 1.0) == pytest.approx(truth.hourly_units[1, 2] * truth.season[2, 7])


def test_elasticity_is_the_slope_of_log_demand(truth: demand.DemandTruth) -> None:
    ratio = truth.expected_units(0, 0, 3, 1.1) / truth.expected_units(0, 0, 3, 1.0)
    assert -np.log(ratio) / np.log(1.1) == pytest.approx(truth.elasticity[0, 0])


def test_visits_bring_the_expected_units(drop: Drop, truth: demand.DemandTruth) -> None:
    rng = np.random.default_rng(1)
    hours, units = 400, 0
    for _ in range(hours):
        for visit in demand.draw_visits(truth, drop, 0, rng):
            units += sum(
                want.quantity
                for want in visit.wants
                if demand.buys(truth, drop, visit.channel, want, drop.skus[2].list_price)
                and want.sku == drop.skus[2].sku
            )
    expected = sum(truth.expected_units(2, c, 0, 1.0) for c in CHANNELS)
    # About 5 sd of a Poisson mean over 400 hours.
    assert units / hours == pytest.approx(expected, abs=5 * np.sqrt(1.2 * expected / hours))


def test_visits_come_in_order_and_name_each_sku_once(drop: Drop, truth: demand.DemandTruth) -> None:
    visits = demand.draw_visits(truth, drop, 0, np.random.default_rng(2))
    assert [visit.seconds for visit in visits] == sorted(visit.seconds for visit in visits)
    assert all(len({want.sku for want in visit.wants}) == len(visit.wants) for visit in visits)
    assert max(len(visit.wants) for visit in visits) > 1


def test_everyday_orders_grow_towards_christmas_and_on_weekends() -> None:
    assert demand.everyday_rate(20, 2, 1.0) > demand.everyday_rate(20, 2, 0.0)
    assert demand.everyday_rate(20, 5, 0.5) > demand.everyday_rate(20, 2, 0.5)

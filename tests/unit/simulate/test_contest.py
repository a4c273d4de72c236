from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipelines.pricing.demand_model import Layout
from pipelines.pricing.prior import fleet_belief
from pipelines.simulate.contest import brief_on, draw_bands, run_contest, sell_hour
from pipelines.simulate.demand_world import CHANNELS, FAMILIES, HOURS, draw_drops, draw_shops
from pipelines.simulate.engine_policy import EngineContender
from pipelines.simulate.peers.calendar import FIXED_LIST, LINEAR_MARKDOWN
from pipelines.simulate.peers.clairvoyant import ClairvoyantContender, fluid_bound
from pipelines.simulate.peers.gamma_poisson import POOLED_GAMMA_POISSON, TS_UPDATE
from pipelines.simulate.peers.knapsack_bandit import KnapsackContender

ARRAY_CONTENDERS = [
    EngineContender(),
    EngineContender(name="engine_thompson", is_sampling=True),
    FIXED_LIST,
    LINEAR_MARKDOWN,
    TS_UPDATE,
    POOLED_GAMMA_POISSON,
    KnapsackContender(),
]


def world(family="tiny", count=6, seed=1):
    kind = FAMILIES[family]
    rng = np.random.default_rng(seed)
    drops = draw_drops(kind, draw_shops(kind, count, rng), rng)
    layout = Layout(kind.skus_count, kind.channels_count)
    return drops, brief_on(drops, fleet_belief(layout, CHANNELS[: kind.channels_count], count))


def play(contender, drops, brief, seed=2):
    return run_contest(drops, brief, contender, np.random.default_rng(seed))[0]


@given(arrays(np.int64, (2, 2, 3), elements=st.integers(0, 20)), arrays(np.int64, (2, 2), elements=st.integers(0, 30)))
def test_no_more_is_sold_than_there_is_and_nothing_is_left_while_someone_wants_it(demand, stock):
    sold, share = sell_hour(demand, stock)
    assert (sold <= demand).all()
    assert (sold.sum(axis=-1) == np.minimum(stock, demand.sum(axis=-1))).all()
    assert ((share >= 0) & (share <= 1)).all()


def test_a_lower_band_is_bought_by_everyone_who_would_have_paid_more():
    drops, _ = world("small")
    ordered = np.take_along_axis(drops.demand, np.argsort(drops.rates, axis=-1), axis=-1)
    assert (np.diff(ordered, axis=-1) >= 0).all()


def test_demand_has_the_rate_it_was_drawn_with():
    drops, _ = world("balanced", count=40)
    for band in range(3):
        assert drops.demand[..., band].sum() == pytest.approx(drops.rates[..., band].sum(), rel=0.02)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_what_it_says(family):
    kind = FAMILIES[family]
    drops, _ = world(family, count=20)
    assert drops.stock.shape == (20, kind.skus_count)
    assert drops.stock.sum(axis=1) == pytest.approx(np.full(20, kind.units), abs=kind.skus_count)
    cover = drops.stock.sum(axis=1) / (drops.forecast.sum(axis=(1, 2)) * HOURS)
    assert (cover >= kind.cover[0] - 1e-9).all()
    assert (cover <= kind.cover[1] + 1e-9).all()
    assert drops.assumed_season.mean(axis=1) == pytest.approx(np.ones((20, kind.channels_count)))


@pytest.mark.parametrize("family", FAMILIES)
def test_demand_is_log_linear_in_price_but_in_families_with_kinks(family):
    drops, _ = world(family, count=40)
    response = np.log(drops.rates[:, 0] / drops.rates[:, 0, ..., 1:2])
    log_ratios = np.log(drops.prices / drops.list_prices[..., None])[:, :, None, :]
    low, high = (response[..., band] / log_ratios[..., band] for band in (0, 2))
    if family not in {"kinked", "misspecified"}:
        assert low == pytest.approx(high, rel=1e-9)
    else:
        assert (low - high).std() == pytest.approx(0.05 * np.hypot(1 / np.log(0.88), 1 / np.log(1.12)), rel=0.1)


def test_a_shock_halves_or_doubles_what_follows_it():
    drops, _ = world("shock", count=30)
    calm = drops.rates[:, :, 0, :, 1] / (drops.assumed_season * drops.forecast[:, None, 0])
    jump = np.nanmax(np.abs(np.log(calm[:, -1] / calm[:, 0])), axis=1)
    assert np.isclose(jump, np.log(2.2)).sum() + np.isclose(jump, -np.log(0.45)).sum() == 30


@pytest.mark.parametrize("contender", ARRAY_CONTENDERS, ids=lambda contender: contender.name)
def test_every_policy_sells_within_stock_and_floor_and_does_the_same_again(contender):
    drops, brief = world()
    result, again = play(contender, drops, brief), play(contender, drops, brief)
    assert np.array_equal(result.profit, again.profit)
    assert result.floor_violations == 0
    assert ((result.leftover >= 0) & (result.leftover <= drops.stock.sum(axis=1))).all()
    assert (result.gain >= 0).all()
    assert result.profit == pytest.approx(result.gain - (drops.loss_per_unit * drops.stock).sum(axis=1))


def test_who_knows_everything_beats_who_knows_nothing_and_stays_below_the_bound():
    drops, brief = world("small", count=40)
    known, listed = play(ClairvoyantContender(drops), drops, brief), play(FIXED_LIST, drops, brief)
    assert listed.profit.sum() < known.profit.sum() < fluid_bound(drops)[0].sum()


def test_the_engine_beats_the_list_price():
    drops, brief = world("balanced", count=20)
    assert play(EngineContender(), drops, brief).profit.sum() > 1.05 * play(FIXED_LIST, drops, brief).profit.sum()


def test_bands_are_drawn_with_their_shares():
    shares = np.broadcast_to([0.2, 0.5, 0.3], (20_000, 3))
    drawn = np.bincount(draw_bands(shares, np.random.default_rng(0)), minlength=3) / 20_000
    assert drawn == pytest.approx([0.2, 0.5, 0.3], abs=0.015)

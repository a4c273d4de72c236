from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import nbinom

from pipelines.pricing.decide import decide, draw_alternative, marginal_propensities
from pipelines.pricing.engine import LearningPolicy, predict_interval
from pipelines.pricing.guardrails import Choice, apply_guardrails, build_cells
from pipelines.pricing.learning import fit_shop_prior, frame_drop, learn_drop
from pipelines.pricing.prior import start_belief
from pipelines.pricing.problem import ChannelPlan
from tests.unit.pricing.conftest import make_problem, make_sku

ENGINE = LearningPolicy()
CHANNELS = (ChannelPlan("web", Decimal("0.03")), ChannelPlan("popup", Decimal(0)))


def sold_at(price, units_an_hour, hours_in=30, **changes):
    """A drop that showed one price all the time and sold evenly."""
    history = {"sold_units": (units_an_hour,) * hours_in, "shown_prices": (Decimal(price),) * hours_in}
    return make_problem(hours_in, history=history, channels=CHANNELS, **changes)


def bands(problem, policy=None):
    return [row.band for row in decide(problem, policy or LearningPolicy(exploration=0.0)).decisions]


def elasticities(problem):
    frame = frame_drop(problem)
    belief = learn_drop(problem, frame, start_belief(frame.layout, frame.channels, problem.shop_prior)[0])
    return (frame.layout.elasticity_rows() @ belief.mean[0]).tolist()


def test_scarce_stock_sells_high_and_plenty_sells_low_where_buyers_are_elastic():
    assert set(bands(sold_at("10.00", 2, skus=(make_sku(units_left=5),)))) == {"high"}
    plenty = make_sku(units_left=5000, staged_units=5000)
    marketplace = (ChannelPlan("marketplace", Decimal(0)),)
    assert bands(replace(sold_at("10.00", 2, skus=(plenty,)), channels=marketplace, cells=(
        replace(make_problem(30).cells[0], channel="marketplace"),))) == ["low"]  # fmt: skip


def test_the_first_hour_is_decided_from_the_prior():
    hour = decide(make_problem(0, channels=CHANNELS), ENGINE)
    assert {row.prior_source for row in hour.decisions} == {"fleet"}
    assert all(belief.expected_units > 0 for belief in hour.beliefs)


def test_a_channel_nobody_knows_has_no_prior_source():
    hour = decide(make_problem(0, channels=(ChannelPlan("kiosk", Decimal(0)),)), ENGINE)
    assert hour.decisions[0].prior_source == "none"


def test_a_sku_that_never_sold_is_decided_with_less_expected():
    quiet, busy = decide(sold_at("10.00", 0), ENGINE), decide(sold_at("10.00", 2), ENGINE)
    assert quiet.beliefs[0].expected_units < 0.2 * busy.beliefs[0].expected_units


def test_hours_that_teach_nothing_leave_the_belief_where_it_was():
    unknown = {"shown_prices": (None,) * 30, "sold_units": (9,) * 30}
    empty = {"shown_rates": (0.0,) * 30, "sold_units": (9,) * 30}
    for history in (unknown, empty, {"shown_rates": (None,) * 30, "sold_units": (9,) * 30}):
        learned = decide(make_problem(30, history=history), ENGINE).beliefs[1].expected_units
        assert learned < 2 * decide(make_problem(30, history=empty), ENGINE).beliefs[1].expected_units


def test_hours_that_no_tick_has_met_are_not_learned_from():
    problem = sold_at("10.00", 9)
    met = replace(problem, orders_met_at=problem.as_of - timedelta(hours=3))
    none_met = replace(problem, orders_met_at=problem.starts_at)
    frame = frame_drop(problem)
    start = start_belief(frame.layout, frame.channels, None)[0]
    spread = [np.trace(learn_drop(each, frame, start).covariance[0]) for each in (problem, met, none_met)]
    assert spread[0] < spread[1] < spread[2]


def test_hours_at_another_price_teach_that_price():
    # In turn: a rise that stays may as well be a shock.
    shown = {"sold_units": (2, 4) * 20, "shown_prices": (Decimal("10.00"), Decimal("9.00")) * 20}
    same = {"sold_units": (2, 4) * 20, "shown_prices": (Decimal("10.00"),) * 40}
    assert elasticities(make_problem(40, history=shown))[0] > elasticities(make_problem(40, history=same))[0] + 0.5


def test_a_band_below_the_floor_is_never_proposed():
    sku = make_sku(min_margin_rate=Decimal("0.35"), units_left=5000)
    for seed in range(20):
        row = decide(make_problem(0, skus=(sku,), seed=seed), LearningPolicy(exploration=1.0)).decisions[0]
        assert row.propensity_low == 0.0
        assert row.price_amount >= row.floor_amount


def test_propensities_are_the_frequencies_of_a_million_draws():
    problem = make_problem(30, history={"last_band": "low", "last_price": Decimal("8.80")}, channels=CHANNELS)
    policy = LearningPolicy(exploration=0.3)
    decided = decide(problem, policy).decisions
    cells = build_cells(problem)
    draws = np.random.default_rng(1).random(1_000_000)
    for cell, proposal, row in zip(cells, policy.propose(problem, cells), decided, strict=True):
        chances = [alternative.probability for alternative in proposal.alternatives]
        ends = [
            apply_guardrails(Choice(alternative.band, alternative.reason), cell, problem, "dec")[0]
            for alternative in proposal.alternatives
        ]
        counts = np.bincount(draw_alternative(chances, draws), minlength=len(ends)) / len(draws)
        propensities = (row.propensity_low, row.propensity_mid, row.propensity_high)
        empirical = marginal_propensities(list(zip(ends, counts, strict=True)))
        # Four standard errors of a share of a million.
        assert empirical == pytest.approx(propensities, abs=4 * 0.5 / 1000)


def test_the_interval_is_that_of_a_poisson_with_an_uncertain_rate():
    lower, upper = predict_interval(np.array([4.0]), np.array([0.5]))
    shape = 1 / np.expm1(0.25)
    rates = np.random.default_rng(2).gamma(shape, 4.0 / shape, 200_000)
    sold = np.random.default_rng(3).poisson(rates)
    assert (lower[0], upper[0]) == (np.quantile(sold, 0.05), np.quantile(sold, 0.95))
    assert nbinom.cdf(upper[0], shape, shape / (shape + 4.0)) >= 0.95


def test_past_drops_move_the_prior_of_the_next():
    prices = (Decimal("8.80"), Decimal("10.00"), Decimal("11.20"))
    shown = tuple(prices[hour % 3] for hour in range(72))
    # Buyers who leave at the least rise: twelve at low, six at list, three at high.
    sold = tuple((12, 6, 3)[hour % 3] for hour in range(72))
    past = make_problem(72, history={"shown_prices": shown, "sold_units": sold, "shown_rates": (1.0,) * 72})
    prior = fit_shop_prior([past, past])
    assert prior.drops_count == 2
    assert prior.mean[0] + prior.mean[1] > 2.5
    hour = decide(make_problem(0, shop_prior=prior), ENGINE)
    assert hour.decisions[0].prior_source == "cross_drop"
    assert elasticities(make_problem(0, shop_prior=prior))[0] == pytest.approx(prior.mean[0] + prior.mean[1])


def test_past_drops_that_teach_nothing_leave_the_fleets_prior():
    idle = make_problem(72, history={"shown_rates": (0.0,) * 72}, channels=CHANNELS)
    taught = fit_shop_prior([idle] * 6)
    start = start_belief(frame_drop(idle).layout, ("popup", "web"), None)[0]
    part = start.layout.elasticity_by_channel
    index = [start.layout.elasticity, *range(part.start, part.stop)]
    assert taught.mean == pytest.approx(start.mean[0, index])
    assert np.array(taught.covariance) == pytest.approx(start.covariance[0][np.ix_(index, index)])


def test_what_one_channel_taught_counts_less_from_drop_to_drop_and_stays_a_covariance():
    prices = (Decimal("8.80"), Decimal("10.00"), Decimal("11.20"))
    history = {"shown_prices": prices * 24, "sold_units": (12, 6, 3) * 24, "shown_rates": (1.0,) * 72}
    web = make_problem(72, history=history, channels=CHANNELS[:1])
    popup = make_problem(72, history={"shown_rates": (0.0,) * 72}, channels=CHANNELS[1:])
    fresh, stale = fit_shop_prior([popup, web]), fit_shop_prior([web, popup])
    for prior in (fresh, stale):
        assert np.linalg.eigvalsh(prior.covariance).min() > 0
    # The shop's elasticity; nothing but a drop lies between.
    assert fresh.covariance[0][0] < stale.covariance[0][0] < fit_shop_prior([popup]).covariance[0][0]
    assert abs(stale.mean[0]) < abs(fresh.mean[0])


def test_without_past_drops_there_is_no_prior_to_carry():
    assert fit_shop_prior([]) is None

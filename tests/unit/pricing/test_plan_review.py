from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from pipelines.pricing.guardrails import holdout_hours
from pipelines.pricing.plan_review import review_plan, smallest_uplift
from pipelines.pricing.problem import ChannelPlan
from pipelines.pricing.season import default_season
from tests.unit.pricing.conftest import STARTS_AT, make_problem, make_sku


def test_floors_and_bands_are_those_of_the_guardrails():
    problem = make_problem(0, channels=(ChannelPlan("web", Decimal("0.03")), ChannelPlan("shop", Decimal("0.5"))))
    web, dear = review_plan(problem).cells
    # 5.00 x 1.19 / (1 - .03 - .05)
    assert web.floor == Decimal("6.4674")
    assert web.allowed == ("low", "mid", "high")
    assert web.kept_at_list == Decimal("10.00") / Decimal("1.19") * Decimal("0.97") - 5
    assert dear.allowed == ()
    assert review_plan(problem).below_floor == (dear,)


def test_a_fee_that_leaves_nothing_has_no_floor():
    problem = make_problem(0, channels=(ChannelPlan("web", Decimal("0.95")),))
    assert review_plan(problem).cells[0].floor is None


def test_the_lowest_price_is_of_bands_that_may_be_shown():
    dear = make_sku(min_margin_rate=Decimal("0.35"))
    assert review_plan(make_problem(0)).lowest_by_sku == {"candle": Decimal("8.80")}
    assert review_plan(make_problem(0, skus=(dear,))).lowest_by_sku == {"candle": Decimal("10.00")}


def test_the_taper_and_the_hold_out_are_those_that_will_bind():
    problem = make_problem(0, taper_hours=24, holdout_rate=Decimal("0.25"))
    review = review_plan(problem)
    assert review.taper_from == STARTS_AT + timedelta(hours=48)
    assert set(review.holdout) == holdout_hours(problem)
    assert len(review.holdout) == 12
    assert review.prior_price_until == STARTS_AT + timedelta(hours=72, days=30)
    assert review_plan(make_problem(0)).taper_from is None


def test_an_uplift_of_the_smallest_size_is_found_four_times_in_five():
    problem = make_problem(0, holdout_rate=Decimal("0.4"))
    uplift = smallest_uplift(problem, 20.0, 0.5)
    rng = np.random.default_rng(1)
    season = default_season(problem.start_hour, 72)
    found = []
    for _ in range(4000):
        held = np.isin(np.arange(72), rng.choice(72, 29, replace=False))
        orders = rng.poisson(20.0 * season * np.where(held, 1.0, 1.0 + uplift))
        # A sum of `orders` amounts of mean 1 and standard deviation 0.5 (gamma of shape 4).
        sales = rng.gamma(4.0 * np.maximum(orders, 1e-9), 0.25)
        difference = sales[~held].mean() - sales[held].mean()
        error = np.sqrt(sales[~held].var(ddof=1) / 43 + sales[held].var(ddof=1) / 29)
        found.append(difference > 1.96 * error)
    # The formula takes the spread without uplift for both, so that it promises a little much.
    assert 0.65 < np.mean(found) < 0.85


@pytest.mark.parametrize(("rate", "orders"), [("0", 5.0), ("0.1", 0.0)])
def test_without_hold_out_or_orders_no_uplift_can_be_shown(rate, orders):
    assert smallest_uplift(make_problem(0, holdout_rate=Decimal(rate)), orders) is None


def test_more_orders_show_less_and_the_season_bounds_it():
    problem = make_problem(0, holdout_rate=Decimal("0.2"))
    few, many, endless = (smallest_uplift(problem, orders) for orders in (1.0, 10.0, 1e9))
    assert few > many > endless > 0

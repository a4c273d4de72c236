from __future__ import annotations

import numpy as np
import pytest

from pipelines.pricing.demand_model import Layout, expected_rates, sample_rates
from pipelines.pricing.planning import plan_hour
from pipelines.pricing.prior import fleet_belief

MARGINS = np.broadcast_to([4.0, 5.0, 6.0], (1, 1, 2, 3))
EVERY_BAND = np.ones((1, 1, 2, 3), dtype=bool)
RATES = np.broadcast_to([1.5, 1.0, 0.7], (1, 1, 1, 2, 3))


def plan(stock, rates=RATES, hours=20, allowed=EVERY_BAND):
    exposure = np.full((1, hours, 1, 2), 2.0)
    return plan_hour(exposure, rates, MARGINS, allowed, np.array([[stock]]))


@pytest.mark.parametrize(("stock", "band"), [(30, 2), (500, 0), (5, 2)])
def test_scarce_stock_shows_high_and_plenty_shows_low(stock, band):
    assert plan(stock).shares.argmax(axis=-1).ravel().tolist() == [band, band]


def test_few_units_left_at_the_end_are_sold_off():
    assert plan(20, hours=1).shares.argmax(axis=-1).ravel().tolist() == [0, 0]
    assert plan(20, hours=1).worth[0, 0] < 0.1


def test_a_forbidden_band_is_never_planned():
    no_low = EVERY_BAND & np.array([False, True, True])
    for stock in (5, 500):
        planned = plan(stock, allowed=no_low)
        assert planned.shares[..., 0].sum() == 0
        assert (planned.gains[..., 0] == -np.inf).all()


def test_uncertain_demand_makes_a_unit_worth_something_that_the_mean_calls_worthless():
    # 80 units are sold at list on average; 90 are there. Half the draws sell 160, half none.
    certain = plan(90, rates=np.broadcast_to([1.0, 1.0, 0.7], (1, 1, 1, 2, 3)))
    doubtful = plan(90, rates=np.stack([RATES[0] * 0.01, RATES[0] * 1.99]))
    assert certain.worth[0, 0] == 0.0
    assert doubtful.worth[0, 0] > 1.0


def test_draws_have_the_expected_rates_and_are_the_same_at_every_call():
    layout = Layout(2, 2)
    belief = fleet_belief(layout, ("web", "popup"), 3)
    rows = layout.band_rows(np.tile(np.log([0.88, 1.0, 1.12]), (3, 4, 1)))
    drawn = sample_rates(belief, rows, 16)
    expected, log_sd = expected_rates(belief, rows)
    assert drawn.mean(axis=0) == pytest.approx(expected)
    assert np.array_equal(drawn, sample_rates(belief, rows, 16))
    many = np.log(sample_rates(belief, rows, 4000))
    assert many.std(axis=0) == pytest.approx(log_sd, rel=0.05)

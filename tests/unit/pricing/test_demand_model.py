from __future__ import annotations

import numpy as np
import pytest

from pipelines.pricing.demand_model import Layout, expected_rates
from pipelines.pricing.prior import fleet_belief

LAYOUT = Layout(2, 2)
LOG_RATIOS = np.tile(np.log([0.88, 1.0, 1.12]), (1, 4, 1))


def test_components_have_places_of_their_own():
    parts = [value for value in (getattr(LAYOUT, name) for name in vars(type(LAYOUT))) if isinstance(value, slice)]
    taken = [LAYOUT.level, LAYOUT.elasticity, *(index for part in parts for index in range(part.start, part.stop))]
    assert sorted(taken) == list(range(LAYOUT.size))


def test_expected_sales_are_those_of_the_log_normal():
    rates, log_sd = expected_rates(fleet_belief(LAYOUT, ("web", "popup")), LAYOUT.band_rows(LOG_RATIOS))
    assert rates[0, :, 1] == pytest.approx(np.exp(0.5 * log_sd[0, :, 1] ** 2))
    assert (rates[0, :, 0] > rates[0, :, 1]).all()

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.pricing.exploration import exploration_rate, explore_shares


@pytest.mark.parametrize(("units", "hours", "rate"), [(3, 40, 0.0), (4, 40, 0.05), (40, 2, 0.0), (40, 3, 0.05)])
def test_nothing_is_tried_with_few_units_or_at_the_end(units, hours, rate):
    assert exploration_rate(units, hours, 0.05) == rate


def test_only_bands_one_step_from_the_plan_are_tried():
    assert explore_shares(np.array([1.0, 0.0, 0.0]), np.array([True] * 3), 0.1).tolist() == [0.05, 0.05, 0.0]


@given(st.lists(st.booleans(), min_size=3, max_size=3), st.sampled_from([0, 1, 2]))
def test_the_rate_is_spread_over_allowed_bands_alone(allowed, planned):
    allowed[1] = True
    planned = planned if allowed[planned] else 1
    shares = explore_shares(np.eye(3)[planned], np.array(allowed), 0.1)
    assert shares.sum() == pytest.approx(0.1)
    assert (shares[~np.array(allowed)] == 0).all()

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.pricing.exploration import TOLERABLE_LOSS, exploration_rate, explore_shares


def shares(gains, at_list=100.0, rate=0.1):
    return explore_shares(np.array(gains), np.array(at_list), rate).tolist()


@pytest.mark.parametrize(("units", "hours", "rate"), [(3, 40, 0.0), (4, 40, 0.05), (40, 2, 0.0), (40, 3, 0.05)])
def test_nothing_is_tried_with_few_units_or_at_the_end(units, hours, rate):
    assert exploration_rate(units, hours, 0.05) == rate


def test_only_bands_one_step_from_the_plan_are_tried():
    assert shares([5.0, 5.0, 1.0]) == [0.0, 0.1, 0.0]
    assert shares([1.0, 5.0, -np.inf], rate=0.0) == [0.0, 0.0, 0.0]


def test_bands_that_lose_nothing_share_the_whole_rate():
    assert shares([5.0, 5.0, 5.0]) == [0.0, 0.1, 0.0]
    assert shares([5.0 - 1e-12, 5.0, 5.0 - 1e-12]) == pytest.approx([0.05, 0.0, 0.05])


def test_a_band_that_loses_the_tolerable_share_of_the_hour_is_tried_half_as_often():
    assert shares([5.0, 5.0 - 100 * TOLERABLE_LOSS, 0.0]) == pytest.approx([0.0, 0.05, 0.0])


def test_an_hour_that_earns_nothing_is_tried_in_evenly():
    assert shares([0.0, 0.0, 0.0], at_list=0.0) == [0.0, 0.1, 0.0]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.floats(1e-6, 1e6),
    st.floats(0.001, 1.0),
)
def test_every_band_in_reach_keeps_a_chance_and_what_it_costs_is_bounded(gains, allowed, at_list, rate):
    gains = np.where([allowed[0], True, allowed[2]], gains, -np.inf)
    chances = explore_shares(gains, np.array(at_list), rate)
    planned = int(gains.argmax())
    for band in range(3):
        assert (chances[band] > 0) == (abs(band - planned) == 1 and np.isfinite(gains[band]))
    assert chances.sum() <= rate * (1 + 1e-12)
    lost = np.where(chances > 0, gains[planned] - gains, 0.0)
    assert (chances * lost).sum() <= rate * TOLERABLE_LOSS * at_list * (1 + 1e-9)

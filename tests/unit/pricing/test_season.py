from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.pricing.season import SEASON_COMPONENTS, default_season, season_rows


@given(st.integers(0, 23), st.integers(1, 100))
def test_a_season_has_mean_one_and_no_hour_without_demand(start_hour, hours):
    season = default_season(start_hour, hours)
    assert season.mean() == pytest.approx(1.0)
    assert (season > 0).all()


@given(st.integers(0, 23))
def test_what_a_drop_may_add_is_no_level(start_hour):
    rows = season_rows(start_hour, 72)
    assert rows.shape == (72, SEASON_COMPONENTS)
    assert rows.mean(axis=0) == pytest.approx(np.zeros(SEASON_COMPONENTS), abs=1e-12)


def test_the_opening_outsells_the_same_hour_of_the_next_day():
    season = default_season(18, 72)
    assert season[0] > 2 * season[24]

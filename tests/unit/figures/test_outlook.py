from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.figures.outlook import forecast_sell_out


def test_nothing_left_is_sold_out_now_and_no_sale_is_no_forecast() -> None:
    sold_out = forecast_sell_out(0, 5, 24, 10)
    assert sold_out is not None
    assert (sold_out.hours, sold_out.chance) == (0.0, 1.0)
    assert forecast_sell_out(5, 0, 24, 10) is None
    assert forecast_sell_out(5, 3, 0, 10) is None


@given(st.integers(1, 500), st.integers(1, 500), st.floats(1, 72), st.floats(0, 72))
def test_the_median_lies_in_the_span_and_the_chance_says_on_which_side_the_end_is(
    left: int, sold: int, watched: float, to_go: float
) -> None:
    forecast = forecast_sell_out(left, sold, watched, to_go)
    assert forecast is not None
    assert 0 < forecast.low_hours < forecast.hours < forecast.high_hours
    assert (forecast.chance > 0.5) == (forecast.hours < to_go) or forecast.hours == pytest.approx(to_go)


def test_eight_of_ten_simulated_drops_sell_out_within_the_span() -> None:
    # Rates as the prior of the forecast has them given what sold, so that the span must hold exactly.
    rng = np.random.default_rng(20261205)
    left, sold, watched = 30, 40, 24.0
    forecast = forecast_sell_out(left, sold, watched, 24)
    assert forecast is not None
    rates = rng.gamma(sold + 0.5, 1 / watched, 20_000)
    waits = rng.gamma(left, 1 / rates)
    inside = np.mean((waits >= forecast.low_hours) & (waits <= forecast.high_hours))
    assert inside == pytest.approx(0.8, abs=0.015)
    assert np.mean(waits <= 24) == pytest.approx(forecast.chance, abs=0.015)

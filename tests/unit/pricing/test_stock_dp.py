from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import poisson

from pipelines.pricing.stock_dp import choose_by_worth, solve_stock_value


def brute_force(exposure, rates, margins, units, steps=400):
    """V by trying every combination of bands at every short moment, sale or no sale; in plain loops."""
    hours, channels = exposure.shape
    values = [0.0] * (units + 1)
    for hour in reversed(range(hours)):
        for _ in range(steps):
            later = list(values)
            for left in range(1, units + 1):
                best = -np.inf
                for bands in itertools.product(range(3), repeat=channels):
                    chances = [exposure[hour, c] * rates[c, b] / steps for c, b in enumerate(bands)]
                    money = [margins[c, b] + later[left - 1] for c, b in enumerate(bands)]
                    stay = (1 - sum(chances)) * later[left]
                    best = max(best, stay + sum(p * m for p, m in zip(chances, money, strict=True)))
                values[left] = best
    return values


def test_the_value_is_that_of_trying_everything():
    rng = np.random.default_rng(1)
    for _ in range(3):
        exposure = rng.uniform(0.1, 1.0, (4, 2))
        rates = np.array([1.4, 1.0, 0.7]) * rng.uniform(0.8, 1.2, (2, 3))
        margins = np.array([4.0, 5.0, 6.0]) * rng.uniform(0.9, 1.1, (2, 3))
        # The same hours cut into short ones leave the step's own error aside.
        short = np.repeat(exposure / 100, 100, axis=0)
        values = solve_stock_value(short, rates, margins, np.ones((2, 3), dtype=bool), 3)
        assert values[0] == pytest.approx(brute_force(exposure, rates, margins, 3), rel=1e-3)


def test_with_one_band_the_value_is_the_expected_sales_of_a_poisson_crowd():
    exposure = np.array([[0.5], [3.0], [1.5]])
    only_list = np.array([[False, True, False]])
    values = solve_stock_value(exposure, np.full((1, 3), 1.0), np.full((1, 3), 2.0), only_list, 12)
    crowd = np.arange(60)
    for units in range(13):
        sold = (np.minimum(crowd, units) * poisson.pmf(crowd, 5.0)).sum()
        assert values[0, units] == pytest.approx(2.0 * sold, rel=1e-2)


def test_a_forbidden_band_adds_nothing():
    exposure, rates = np.ones((5, 1)), np.array([[2.0, 1.0, 0.5]])
    margins = np.array([[50.0, 5.0, 6.0]])
    without_low = np.array([[False, True, True]])
    assert solve_stock_value(exposure, rates, margins, without_low, 4)[0, 4] < 40


def test_a_unit_is_worth_less_the_more_there_are_and_the_later_it_is():
    exposure, rates = np.ones((10, 2)), np.tile([1.3, 1.0, 0.8], (2, 1))
    values = solve_stock_value(exposure, rates, np.tile([4.0, 5.0, 6.0], (2, 1)), np.ones((2, 3), dtype=bool), 20)
    worth = np.diff(values, axis=-1)
    assert (np.diff(worth, axis=1) <= 1e-12).all()
    assert (np.diff(worth[:, 5]) <= 1e-12).all()


def test_the_dearer_a_unit_the_higher_the_band():
    rates, margins = np.array([[1.4, 1.0, 0.7]]), np.array([[4.0, 5.0, 6.0]])
    allowed = np.ones((1, 3), dtype=bool)
    bands = [choose_by_worth(rates, margins, allowed, np.array(worth))[0][0] for worth in (0.0, 2.0, 5.0)]
    assert bands == [0, 1, 2]

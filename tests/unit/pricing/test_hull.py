from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from pipelines.pricing.hull import solve_fluid


def solve_by_highs(rates, margins, stock):
    cells, bands = rates.shape
    one_band = np.kron(np.eye(cells), np.ones(bands))
    answer = linprog(
        -(rates * margins).ravel(),
        A_ub=np.vstack([rates.ravel(), one_band]),
        b_ub=np.concatenate([[stock], np.ones(cells)]),
        method="highs",
    )
    return -answer.fun


def random_case(rng):
    cells = int(rng.integers(1, 9))
    rates = rng.gamma(2.0, 3.0, (cells, 3)) * (rng.random((cells, 3)) > 0.1)
    margins = rng.uniform(-1, 10, (cells, 3))
    return rates, margins, float(rng.uniform(0, 1.3) * max(rates.max(axis=1).sum(), 1e-3))


def test_the_optimum_is_that_of_a_linear_solver_in_five_hundred_cases():
    rng = np.random.default_rng(5)
    for _ in range(500):
        rates, margins, stock = random_case(rng)
        solution = solve_fluid(rates, margins, np.array(stock))
        assert solution.value == pytest.approx(solve_by_highs(rates, margins, stock), rel=1e-9, abs=1e-9)


def test_the_shares_earn_the_optimum_within_stock():
    rng = np.random.default_rng(6)
    for _ in range(200):
        rates, margins, stock = random_case(rng)
        solution = solve_fluid(rates, margins, np.array(stock))
        assert (solution.shares * rates).sum() <= stock + 1e-9
        assert (solution.shares.sum(axis=-1) <= 1 + 1e-12).all()
        assert (solution.shares * rates * margins).sum() == pytest.approx(solution.value, rel=1e-9, abs=1e-9)


def test_a_batch_is_solved_as_its_parts_are():
    rng = np.random.default_rng(7)
    rates, margins = rng.gamma(2.0, 3.0, (4, 2, 5, 3)), rng.uniform(1, 10, (4, 2, 5, 3))
    stock = rng.uniform(1, 40, (4, 2))
    whole = solve_fluid(rates, margins, stock)
    part = solve_fluid(rates[2, 1], margins[2, 1], stock[2, 1])
    assert whole.value[2, 1] == part.value
    assert np.array_equal(whole.shares[2, 1], part.shares)


def test_with_stock_to_spare_a_unit_is_worth_nothing_more():
    assert solve_fluid(np.array([[2.0, 1.0, 0.5]]), np.array([[1.0, 2.0, 3.0]]), np.array(10.0)).shadow_price == 0.0


def test_a_forbidden_band_gets_no_time():
    solution = solve_fluid(np.array([[0.0, 1.0, 0.5]]), np.array([[100.0, 2.0, 3.0]]), np.array(10.0))
    assert solution.shares.tolist() == [[0.0, 1.0, 0.0]]

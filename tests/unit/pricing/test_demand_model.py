from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from pipelines.pricing.demand_model import (
    Belief,
    Dynamics,
    Layout,
    drift_levels,
    expected_rates,
    update_belief,
)
from pipelines.pricing.prior import fleet_belief
from pipelines.pricing.shocks import widen_after_surprise

QUIET = Dynamics(shared_noise_sd=0.0, cell_noise_sd=0.0)
LAYOUT = Layout(2, 2)
LOG_RATIOS = np.tile(np.log([0.88, 1.0, 1.12]), (1, 4, 1))


def belief() -> Belief:
    return fleet_belief(LAYOUT, ("web", "popup"))


def rows_of(band):
    return LAYOUT.band_rows(LOG_RATIOS)[:, :, band]


def learn(start, band, sold, exposure=1.0, dynamics=QUIET):
    return update_belief(start, rows_of(band), np.full((1, 4), exposure), np.full((1, 4), float(sold)), dynamics)


def test_components_have_places_of_their_own():
    parts = [value for value in (getattr(LAYOUT, name) for name in vars(type(LAYOUT))) if isinstance(value, slice)]
    taken = [LAYOUT.level, LAYOUT.elasticity, *(index for part in parts for index in range(part.start, part.stop))]
    assert sorted(taken) == list(range(LAYOUT.size))


def test_the_mean_after_an_hour_is_the_mode_that_an_optimiser_finds():
    start, rows = belief(), rows_of(0)[0]
    exposure, sold = np.array([2.0, 0.5, 4.0, 1.0]), np.array([5.0, 0.0, 3.0, 2.0])
    precision = np.linalg.inv(start.covariance[0] + 1e-9 * np.eye(LAYOUT.size))

    def minus_log_density(state):
        eta, off = rows @ state, state - start.mean[0]
        return (exposure * np.exp(eta) - sold * eta).sum() + 0.5 * off @ precision @ off

    found = minimize(minus_log_density, start.mean[0], method="BFGS", options={"gtol": 1e-7})
    learned = update_belief(start, rows[None], exposure[None], sold[None], QUIET)
    assert rows @ learned.mean[0] == pytest.approx(rows @ found.x, abs=1e-4)


def test_the_variance_after_an_hour_is_the_inverse_curvature():
    start, rows = belief(), rows_of(1)[0]
    learned = learn(start, 1, 3, exposure=2.0)
    weight = np.diag(2.0 * np.exp(rows @ learned.mean[0]))
    precision = np.linalg.inv(start.covariance[0]) + rows.T @ weight @ rows
    assert learned.covariance[0] == pytest.approx(np.linalg.inv(precision), abs=1e-8)


def test_nothing_is_learned_without_exposure():
    start = belief()
    learned = learn(start, 1, 7, exposure=0.0)
    assert np.array_equal(learned.mean, start.mean)
    assert learned.covariance == pytest.approx(start.covariance, abs=1e-12)


def test_one_sku_teaches_the_other():
    start = belief()
    exposure = np.array([[20.0, 0.0, 0.0, 0.0]])
    learned = update_belief(start, rows_of(1), exposure, np.array([[60.0, 0.0, 0.0, 0.0]]), QUIET)
    level = LAYOUT.level_rows() @ learned.mean[0]
    assert level[0] > level[1] > 0.1
    assert level[0] > level[2] > 0.1


def test_the_elasticity_is_learned_from_bands_that_differ():
    rng = np.random.default_rng(3)
    true = np.exp(-4.0 * LOG_RATIOS[0, 0])
    learned = belief()
    for hour in range(60):
        band = hour % 3
        learned = update_belief(
            learned, rows_of(band), np.full((1, 4), 30.0), rng.poisson(30 * true[band], (1, 4)).astype(float), QUIET
        )
    elasticity = LAYOUT.elasticity_rows() @ learned.mean[0]
    assert elasticity == pytest.approx(np.full(4, 4.0), abs=0.5)


def test_a_batch_learns_as_its_parts_do():
    two = fleet_belief(LAYOUT, ("web", "popup"), 2)
    rows = np.concatenate([rows_of(0), rows_of(2)])
    exposure, sold = np.array([[1.0, 2.0, 3.0, 4.0]] * 2), np.array([[0.0, 3.0, 2.0, 9.0], [4.0, 0.0, 1.0, 2.0]])
    both = update_belief(two, rows, exposure, sold, QUIET)
    single = update_belief(belief(), rows[1:], exposure[1:], sold[1:], QUIET)
    assert both.mean[1] == pytest.approx(single.mean[0], abs=1e-8)


def test_a_mad_hour_teaches_less_when_hours_are_noisy():
    calm, noisy = learn(belief(), 1, 40), learn(belief(), 1, 40, dynamics=Dynamics(cell_noise_sd=1.0))
    assert noisy.mean[0, LAYOUT.level] < calm.mean[0, LAYOUT.level]


def test_hours_widen_levels_and_never_elasticities():
    start = belief()
    later = drift_levels(start, Dynamics())
    assert later.covariance[0, LAYOUT.level, LAYOUT.level] > start.covariance[0, LAYOUT.level, LAYOUT.level]
    assert later.covariance[0, LAYOUT.elasticity, LAYOUT.elasticity] == LAYOUT_ELASTICITY_VARIANCE


LAYOUT_ELASTICITY_VARIANCE = belief().covariance[0, LAYOUT.elasticity, LAYOUT.elasticity]


@pytest.mark.parametrize(("sold", "is_shock"), [(10.0, False), (60.0, True), (0.0, True)])
def test_a_surprise_makes_room_for_a_shock(sold, is_shock):
    start = belief()
    for _ in range(40):
        start = learn(start, 1, 10, exposure=10.0)
    seen = (rows_of(1), np.full((1, 4), 10.0), np.full((1, 4), sold))
    widened = widen_after_surprise(start, *seen, Dynamics())
    assert (widened.covariance[0, 0, 0] > start.covariance[0, 0, 0]) == is_shock


@pytest.mark.parametrize("dynamics", [Dynamics(), Dynamics(lasting_surprise=99.0)])
def test_a_run_of_small_surprises_is_a_shock_too(dynamics):
    start = belief()
    for _ in range(40):
        start = learn(start, 1, 10, exposure=10.0)
    # A third more than expected: no single hour stands out.
    seen = (rows_of(1), np.full((1, 4), 10.0), np.full((1, 4), 13.5))
    widened = [start]
    for _ in range(8):
        widened.append(widen_after_surprise(widened[-1], *seen, dynamics))
    variances = [each.covariance[0, 0, 0] for each in widened]
    assert variances[0] == variances[1]
    assert (variances[-1] > variances[0]) == (dynamics.lasting_surprise < 99)


def test_surprises_that_turn_about_are_no_run():
    start = belief()
    for _ in range(40):
        start = learn(start, 1, 10, exposure=10.0)
    widened = start
    for hour in range(20):
        sold = np.full((1, 4), 13.5 if hour % 2 else 7.0)
        widened = widen_after_surprise(widened, rows_of(1), np.full((1, 4), 10.0), sold, Dynamics())
    assert widened.covariance[0, 0, 0] == start.covariance[0, 0, 0]


def test_a_shock_widens_a_level_to_its_size_and_not_beyond():
    wide = belief()
    for _ in range(5):
        wide = widen_after_surprise(wide, rows_of(1), np.full((1, 4), 10.0), np.full((1, 4), 500.0), Dynamics())
    assert wide.covariance[0, 0, 0] == pytest.approx(Dynamics().shock_sd ** 2)


def test_expected_sales_are_those_of_the_log_normal():
    rates, log_sd = expected_rates(belief(), LAYOUT.band_rows(LOG_RATIOS))
    assert rates[0, :, 1] == pytest.approx(np.exp(0.5 * log_sd[0, :, 1] ** 2))
    assert (rates[0, :, 0] > rates[0, :, 1]).all()

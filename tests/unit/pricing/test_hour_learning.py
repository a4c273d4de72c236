from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from pipelines.pricing.demand_model import Belief, Dynamics, Layout
from pipelines.pricing.hour_learning import learn_hours
from pipelines.pricing.prior import fleet_belief
from pipelines.pricing.problem import NotANumberError

# Nothing moves between hours, and an hour has no noise of its own.
QUIET = Dynamics(
    drift_sd=0.0, channel_drift_sd=0.0, shared_noise_sd=0.0, cell_noise_sd=0.0, surprise=99.0, lasting_surprise=99.0
)
NEVER_SHOCKED = Dynamics(surprise=99.0, lasting_surprise=99.0)
LAYOUT = Layout(2, 2)
LOG_RATIOS = np.tile(np.log([0.88, 1.0, 1.12]), (1, 4, 1))


def belief() -> Belief:
    return fleet_belief(LAYOUT, ("web", "popup"))


def rows_of(band):
    return LAYOUT.band_rows(LOG_RATIOS)[:, :, band]


def learn_hour(start, rows, exposure, sold, dynamics=QUIET):
    return learn_hours(start, rows[:, None], exposure[:, None], sold[:, None], dynamics)


def learn(start, band, sold, exposure=1.0, dynamics=QUIET):
    return learn_hour(start, rows_of(band), np.full((1, 4), exposure), np.full((1, 4), float(sold)), dynamics)


def learn_often(start, hours, sold=10.0, exposure=10.0, dynamics=QUIET):
    for _ in range(hours):
        start = learn(start, 1, sold, exposure, dynamics)
    return start


def learn_plainly(layout, before_it, hour, dynamics):
    """An hour in the space of the components, noise among them, by matrices that nobody would invert in earnest."""
    (mean, covariance), (rows, exposure, sold) = before_it, hour
    cells = len(rows)
    size = layout.size
    covariance = covariance.copy()
    covariance[layout.level, layout.level] += dynamics.drift_sd**2
    for place in range(layout.level_by_channel.start, layout.level_by_channel.stop):
        covariance[place, place] += dynamics.channel_drift_sd**2
    wide = np.zeros((size + 1 + cells, size + 1 + cells))
    wide[:size, :size] = covariance
    wide[size, size] = dynamics.shared_noise_sd**2
    wide[size + 1 :, size + 1 :] = dynamics.cell_noise_sd**2 * np.eye(cells)
    seen = np.hstack([rows, np.ones((cells, 1)), np.eye(cells)])
    before = np.linalg.inv(wide)
    start = np.concatenate([mean, np.zeros(1 + cells)])
    state = start
    for _ in range(60):
        expected = exposure * np.exp(seen @ state)
        slope = seen.T @ (np.where(exposure > 0, sold, 0.0) - expected) - before @ (state - start)
        state = state + np.linalg.solve(before + seen.T @ np.diag(expected) @ seen, slope)
    after = np.linalg.inv(before + seen.T @ np.diag(exposure * np.exp(seen @ state)) @ seen)
    return state[:size], after[:size, :size]


@pytest.mark.parametrize("layout", [Layout(1, 1), Layout(2, 2), Layout(4, 4)])
def test_a_drop_is_learned_as_plain_slow_arithmetic_does(layout):
    rng = np.random.default_rng(5)
    cells, hours = layout.cells_count, 24
    start = fleet_belief(layout, ("web", "mobile", "marketplace", "popup")[: layout.channels_count])
    bands = layout.band_rows(np.tile(np.log([0.88, 1.0, 1.12]), (1, cells, 1)))[0]
    rows = bands[np.arange(cells), rng.integers(0, 3, (hours, cells))]
    rows[..., layout.season] = rng.normal(0, 0.5, (hours, 1, 4))
    exposure = rng.gamma(1.0, 3.0, (hours, cells)) * (rng.random((hours, cells)) < 0.8)
    sold = rng.poisson(1.3 * exposure).astype(float)
    mean, covariance = start.mean[0], start.covariance[0]
    for hour in zip(rows, exposure, sold, strict=True):
        mean, covariance = learn_plainly(layout, (mean, covariance), hour, NEVER_SHOCKED)
    learned = learn_hours(start, rows[None], exposure[None], sold[None], NEVER_SHOCKED)
    assert learned.mean[0] == pytest.approx(mean, abs=1e-9)
    assert learned.covariance[0] == pytest.approx(covariance, abs=1e-9)
    assert (learned.covariance == np.swapaxes(learned.covariance, 1, 2)).all()


def test_the_mean_after_an_hour_is_the_mode_that_an_optimiser_finds():
    start, rows = belief(), rows_of(0)[0]
    exposure, sold = np.array([2.0, 0.5, 4.0, 1.0]), np.array([5.0, 0.0, 3.0, 2.0])
    precision = np.linalg.inv(start.covariance[0] + 1e-9 * np.eye(LAYOUT.size))

    def minus_log_density(state):
        eta, off = rows @ state, state - start.mean[0]
        return (exposure * np.exp(eta) - sold * eta).sum() + 0.5 * off @ precision @ off

    found = minimize(minus_log_density, start.mean[0], method="BFGS", options={"gtol": 1e-7})
    learned = learn_hour(start, rows[None], exposure[None], sold[None])
    assert rows @ learned.mean[0] == pytest.approx(rows @ found.x, abs=1e-4)


@given(st.integers(0, 10**6), st.floats(1e-9, 1e6))
def test_any_count_under_any_exposure_leaves_a_belief(sold, exposure):
    learned = learn(belief(), 0, sold, exposure, Dynamics())
    assert np.isfinite(learned.mean).all()
    assert np.linalg.eigvalsh(learned.covariance[0]).min() > -1e-9


def test_the_past_is_not_changed_by_what_is_learned_from_it():
    start = belief()
    learn(start, 0, 50, dynamics=Dynamics())
    assert np.array_equal(start.mean, belief().mean)
    assert np.array_equal(start.covariance, belief().covariance)


def test_hours_one_by_one_are_the_hours_at_once():
    rng = np.random.default_rng(4)
    rows = np.stack([rows_of(hour % 3) for hour in range(12)], axis=1)
    exposure, sold = np.full((1, 12, 4), 5.0), rng.poisson(9.0, (1, 12, 4)).astype(float)
    by_hour = belief()
    for hour in range(12):
        by_hour = learn_hour(by_hour, rows[:, hour], exposure[:, hour], sold[:, hour], Dynamics())
    at_once = learn_hours(belief(), rows, exposure, sold, Dynamics())
    assert np.array_equal(by_hour.mean, at_once.mean)
    assert np.array_equal(by_hour.covariance, at_once.covariance)
    assert np.array_equal(by_hour.surprise, at_once.surprise)


def test_a_covariance_that_is_none_is_refused():
    with pytest.raises(NotANumberError):
        learn(replace(belief(), covariance=-belief().covariance), 1, 3, exposure=100.0)


def test_nothing_is_learned_without_exposure():
    start = belief()
    learned = learn(start, 1, 7, exposure=0.0)
    assert np.array_equal(learned.mean, start.mean)
    assert np.array_equal(learned.covariance, start.covariance)


def test_one_sku_teaches_the_other():
    exposure = np.array([[20.0, 0.0, 0.0, 0.0]])
    learned = learn_hour(belief(), rows_of(1), exposure, np.array([[60.0, 0.0, 0.0, 0.0]]))
    level = LAYOUT.level_rows() @ learned.mean[0]
    assert level[0] > level[1] > 0.1
    assert level[0] > level[2] > 0.1


def test_the_elasticity_is_learned_from_bands_that_differ():
    rng = np.random.default_rng(3)
    true = np.exp(-4.0 * LOG_RATIOS[0, 0])
    learned = belief()
    for hour in range(60):
        band = hour % 3
        sold = rng.poisson(30 * true[band], (1, 4)).astype(float)
        learned = learn_hour(learned, rows_of(band), np.full((1, 4), 30.0), sold)
    elasticity = LAYOUT.elasticity_rows() @ learned.mean[0]
    assert elasticity == pytest.approx(np.full(4, 4.0), abs=0.5)


def test_a_batch_learns_as_its_parts_do():
    two = fleet_belief(LAYOUT, ("web", "popup"), 2)
    rows = np.concatenate([rows_of(0), rows_of(2)])
    exposure, sold = np.array([[1.0, 2.0, 3.0, 4.0]] * 2), np.array([[0.0, 3.0, 2.0, 9.0], [4.0, 0.0, 1.0, 2.0]])
    both = learn_hour(two, rows, exposure, sold)
    single = learn_hour(belief(), rows[1:], exposure[1:], sold[1:])
    assert np.array_equal(both.mean[1], single.mean[0])


def test_a_mad_hour_teaches_less_when_hours_are_noisy():
    calm, noisy = learn(belief(), 1, 40), learn(belief(), 1, 40, dynamics=replace(QUIET, cell_noise_sd=1.0))
    assert noisy.mean[0, LAYOUT.level] < calm.mean[0, LAYOUT.level]


def test_hours_widen_levels_and_never_elasticities():
    start = belief()
    widened = learn(start, 1, 0, exposure=0.0, dynamics=Dynamics()).covariance[0] - start.covariance[0]
    levels = [LAYOUT.level, *range(LAYOUT.level_by_channel.start, LAYOUT.level_by_channel.stop)]
    assert sorted(np.nonzero(np.diag(widened))[0]) == levels
    assert np.count_nonzero(widened) == len(levels)


@pytest.mark.parametrize(("sold", "is_shock"), [(10.0, False), (60.0, True), (0.0, True)])
def test_a_surprise_makes_room_for_a_shock(sold, is_shock):
    start = learn_often(belief(), 40)
    calm, wary = (learn(start, 1, sold, 10.0, dynamics) for dynamics in (NEVER_SHOCKED, Dynamics()))
    assert (wary.covariance[0, 0, 0] > calm.covariance[0, 0, 0]) == is_shock
    if is_shock:
        assert np.abs(wary.mean[0, 0]) > np.abs(calm.mean[0, 0])


@pytest.mark.parametrize(("sold", "is_shock"), [((13.5,) * 8, True), ((13.5, 7.0) * 10, False)])
def test_a_run_of_small_surprises_is_a_shock_and_turns_are_not(sold, is_shock):
    # A third more than expected: no single hour stands out.
    calm = wary = learn_often(belief(), 40)
    for units in sold:
        calm = learn(calm, 1, units, 10.0, Dynamics(lasting_surprise=99.0))
        wary = learn(wary, 1, units, 10.0, Dynamics())
    assert np.array_equal(calm.covariance, wary.covariance) != is_shock

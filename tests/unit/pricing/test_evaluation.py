from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipelines.pricing.evaluation import Log, clustered_error, effective_sample_size, evaluate

RATES = np.array([3.0, 2.0, 1.2])


def draw_log(rng, rows=2000, per_hour=4, model_error=1.0, noise=0.0):
    """A log whose bands were drawn from known chances, of buyers whose rates are known; and the chances of a target."""
    propensities = rng.dirichlet([2.0, 4.0, 2.0], rows)
    target = rng.dirichlet([4.0, 2.0, 1.0], rows)
    band = (rng.random(rows)[:, None] > propensities.cumsum(axis=1)).sum(axis=1)
    hours = np.arange(rows) // per_hour
    crowd = rng.gamma(1 / noise**2, noise**2, rows // per_hour)[hours] if noise else np.ones(rows)
    reward = rng.poisson(RATES[band] * crowd).astype(float)
    log = Log(hours, band, propensities, reward, np.tile(RATES * model_error, (rows, 1)))
    return log, target, float((target * RATES).sum(axis=1).mean())


def by_name(evaluation):
    return {estimate.estimator: estimate for estimate in evaluation.estimates}


def test_a_log_of_four_rows_by_hand():
    log = Log(
        hours=np.arange(4), band=np.array([0, 1, 1, 0]), propensities=np.tile([0.25, 0.75, 0.0], (4, 1)),
        reward=np.array([4.0, 1.0, 3.0, 2.0]), expected=np.tile([2.0, 1.0, 0.0], (4, 1)),
    )  # fmt: skip
    found = by_name(evaluate(log, np.tile([0.5, 0.5, 0.0], (4, 1)), least_effective_hours=0))
    # Weights 2 and 2/3: 8 + 2/3 + 2 + 4 = 14 2/3.
    assert found["ips"].value == pytest.approx(44 / 12)
    assert found["snips"].value == pytest.approx((44 / 3) / (16 / 3))
    assert found["model"].value == pytest.approx(1.5)
    # The model errs by 2, 0, 2, 0: 1.5 + (4 + 0 + 4/3 + 0) / 4.
    assert found["doubly_robust"].value == pytest.approx(1.5 + (4 + 4 / 3) / 4)
    assert found["ips"].uplift == pytest.approx(44 / 12 - 2.5)


def test_the_policy_of_the_log_is_worth_what_it_earned():
    log, _, _ = draw_log(np.random.default_rng(1))
    found = by_name(evaluate(log, log.propensities))
    for name in ("ips", "snips"):
        assert found[name].value == pytest.approx(log.reward.mean())
        assert found[name].uplift_interval == pytest.approx((0, 0), abs=1e-12)


@pytest.mark.parametrize("model_error", [1.0, 1.6])
def test_estimators_are_unbiased_and_their_intervals_hold_the_truth(model_error):
    rng = np.random.default_rng(2)
    errors, covered = {}, {}
    for _ in range(300):
        log, target, truth = draw_log(rng, rows=800, model_error=model_error, noise=0.5)
        for name, each in by_name(evaluate(log, target)).items():
            errors.setdefault(name, []).append(each.value - truth)
            covered.setdefault(name, []).append(each.interval[0] <= truth <= each.interval[1])
    for name in ("ips", "snips", "doubly_robust"):
        standard_error = np.std(errors[name]) / np.sqrt(300)
        assert abs(np.mean(errors[name])) < 4 * standard_error + 1e-3, name
        assert 0.90 <= np.mean(covered[name]) <= 0.99, name
    # A wrong model alone is wrong; a right one has the least spread.
    assert (abs(np.mean(errors["model"])) > 0.5) == (model_error > 1)
    assert np.std(errors["model"]) < np.std(errors["doubly_robust"]) + 1e-9 < np.std(errors["ips"])


def test_cells_of_one_hour_are_one_observation():
    influence = np.repeat(np.random.default_rng(3).normal(size=50), 6)
    alone = clustered_error(influence, np.arange(300))
    together = clustered_error(influence, np.repeat(np.arange(50), 6))
    assert together == pytest.approx(alone * np.sqrt(6), rel=0.02)
    assert clustered_error(influence, np.zeros(300, dtype=int)) == float("inf")


def test_rows_in_which_a_band_had_no_chance_are_left_out():
    log, target, _ = draw_log(np.random.default_rng(4), rows=1200)
    held = np.tile([0.0, 1.0, 0.0], (1200, 1))
    mixed = Log(
        np.concatenate([log.hours, log.hours + 10_000]), np.concatenate([log.band, np.ones(1200, dtype=int)]),
        np.concatenate([log.propensities, held]), np.concatenate([log.reward, np.full(1200, 99.0)]),
        np.concatenate([log.expected, log.expected]),
    )  # fmt: skip
    found = evaluate(mixed, np.concatenate([target, target]))
    assert (found.rows, found.unsupported) == (2400, 1200)
    assert by_name(found)["ips"].value == pytest.approx(by_name(evaluate(log, target))["ips"].value)


def test_few_effective_hours_are_refused():
    log, target, _ = draw_log(np.random.default_rng(5), rows=100)
    found = evaluate(log, target)
    assert found.estimates == ()
    assert "effective hours, fewer than 200" in found.refusal
    nothing = evaluate(log, np.tile([0.0, 0.0, 1.0], (100, 1)), least_effective_hours=0)
    assert nothing.refusal is None
    only_list = Log(log.hours, np.ones(100, dtype=int), np.tile([0.0, 1.0, 0.0], (100, 1)), log.reward)
    assert "had a chance" in evaluate(only_list, np.tile([1.0, 0.0, 0.0], (100, 1))).refusal


def test_a_log_that_cannot_be_is_refused():
    log, target, _ = draw_log(np.random.default_rng(6), rows=8)
    with pytest.raises(ValueError, match="sum to 1"):
        evaluate(log, target * np.nan)
    impossible = Log(log.hours, np.zeros(8, dtype=int), np.tile([0.0, 1.0, 0.0], (8, 1)), log.reward)
    with pytest.raises(ValueError, match="had no chance"):
        evaluate(impossible, target)


@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 100)))
def test_effective_size_is_between_nothing_and_all(weights):
    size = effective_sample_size(weights)
    assert 0 <= size <= len(weights) * (1 + 1e-9)
    assert effective_sample_size(np.full(len(weights), 3.0)) == pytest.approx(len(weights))

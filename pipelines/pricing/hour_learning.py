"""Learning from hours, one after the other: levels drift, a surprise makes room, and sales move the belief.

An update is the mode of Poisson x Gaussian, found by Newton's method in the space of the observations, with the
covariance from the curvature there (West, Harrison & Migon 1985, "Dynamic generalized linear models"). With S the
covariance of the N cells' log rates, noise included, and W the units expected, each step solves

    (S + W^-1) w = eta - start + (sold - W) / W,    eta' = start + S w,

and what an hour leaves of the covariance P of the components with rows R is P - (R P)' (S + W^-1)^-1 (R P).

A decision reads up to 72 hours again, of which each is a few matrices of a dozen rows: calls cost more than sums. So a
drop is learned by itself, in place, by the fewest calls, and a batch is a loop over its drops.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dposv, dtrtrs

from pipelines.pricing.demand_model import Belief, Dynamics
from pipelines.pricing.problem import NotANumberError
from pipelines.pricing.shocks import find_shocks, level_groups, surprise_of

Floats = NDArray[np.float64]

_NEWTON_STEPS = 12
# Newton's error squares with each step: below this the next one would be at rounding.
_NEWTON_TOLERANCE = 1e-4
# A step in log space longer than this leaves the region in which the quadratic is any good.
_LONGEST_STEP = 1.5


def learn_hours(belief: Belief, rows: Floats, exposure: Floats, sold: Floats, dynamics: Dynamics) -> Belief:
    """The belief after T hours in their order.

    An hour without any exposure only lets the levels drift.

    Args:
        belief: What was believed before them.
        rows: (D, T, N, P) predictors of the price shown in each cell.
        exposure: (D, T, N) expected units at level 0 and list price while in stock; 0 where nothing can be learned.
        sold: (D, T, N) units sold; ignored where the exposure is 0.
        dynamics: How levels move, and how noisy an hour is.

    Raises:
        NotANumberError: What should be a covariance is none, so that the mode is no number.
    """
    learned = Belief(belief.layout, belief.mean.copy(), belief.covariance.copy(), belief.surprise.copy())
    for drop in range(len(learned.mean)):
        hours = zip(rows[drop], exposure[drop], sold[drop], strict=True)
        _learn_drop(learned, drop, hours, dynamics)
    return learned


def _learn_drop(belief: Belief, drop: int, hours: Iterable[tuple[Floats, Floats, Floats]], dynamics: Dynamics) -> None:
    """Change what is believed of one drop in place by each hour's (N, P) rows, (N,) exposure and (N,) units sold."""
    layout, mean, covariance = belief.layout, belief.mean[drop], belief.covariance[drop]
    drift = np.zeros(layout.size)
    drift[layout.level] = dynamics.drift_sd**2
    drift[layout.level_by_channel] = dynamics.channel_drift_sd**2
    noise = dynamics.shared_noise_sd**2 + dynamics.cell_noise_sd**2 * np.eye(layout.cells_count)
    levels, groups = level_groups(layout)
    variances = np.einsum("pp->p", covariance)
    for hour in hours:
        variances += drift
        is_known = hour[1] > 0
        known = np.count_nonzero(is_known)
        if known == 0:
            continue
        rows, exposure, sold = hour if known == len(is_known) else (each[is_known] for each in hour)
        members = groups if known == len(is_known) else groups[:, is_known]
        start = rows @ mean
        cross, spread = _look_through(rows, covariance, noise)
        units, surprise = surprise_of(members, exposure * np.exp(start), sold, spread)
        is_shock = find_shocks(units, surprise, belief.surprise[drop], dynamics)
        if is_shock.any():
            variances[levels] += np.where(is_shock, np.maximum(dynamics.shock_sd**2 - variances[levels], 0.0), 0.0)
            cross, spread = _look_through(rows, covariance, noise)
        weights, root = _find_mode(spread, start, exposure, sold)
        mean += weights @ cross
        gain = dtrtrs(root, cross, lower=1)[0]
        covariance -= gain.T @ gain


def _look_through(rows: Floats, covariance: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Covariances of the cells' log rates with the components, (N, P), and with each other, noise included, (N, N)."""
    cross = rows @ covariance
    return cross, cross @ rows.T + noise[: len(rows), : len(rows)]


def _find_mode(spread: Floats, start: Floats, exposure: Floats, sold: Floats) -> tuple[Floats, Floats]:
    """Weights w at the mode, (N,), and the lower Cholesky root of S + W^-1 there, (N, N)."""
    eta = start
    is_near = False
    for _ in range(_NEWTON_STEPS + 1):
        inverse = 1.0 / (exposure * np.exp(eta))
        excess = sold * inverse - 1.0
        inner = spread.copy()
        inner.reshape(-1)[:: len(eta) + 1] += inverse
        root, weights, failed = dposv(inner.T, eta - start + excess, lower=1, overwrite_a=1)
        if failed:
            message = "the covariance of the belief is not positive, nothing can be learned by it"
            raise NotANumberError(message)
        if is_near:
            break
        # start + S w - eta, of which S w is known from the equation just solved.
        step = excess - weights * inverse
        longest = np.abs(step).max()
        eta = eta + (step if longest <= _LONGEST_STEP else np.clip(step, -_LONGEST_STEP, _LONGEST_STEP))
        is_near = longest < _NEWTON_TOLERANCE
    return weights, root

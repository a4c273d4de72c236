"""What another policy would have earned in the hours of a log, from the propensities that were written down.

Row i of a log is one cell's hour: the band b_i shown, the probability p_i(b) that each band had been given before the
draw, and what the hour earned, r_i. With the probability pi_i(b) that another policy gives each band and the weight
w_i = pi_i(b_i) / p_i(b_i), over n rows:

    IPS    sum w r / n                           (Horvitz & Thompson 1952)
    SNIPS  sum w r / sum w                       (Swaminathan & Joachims 2015)
    model  sum_i sum_b pi_i(b) q_i(b) / n
    DR     model + sum w (r - q(b)) / n          (Dudik, Langford & Li 2011)

where q_i(b) is what a model expected of each band before the hour. IPS and DR are unbiased where every band that the
other policy may show had a chance; rows in which one had none say nothing and are left out, counted. Draws of the cells
of one hour share that hour's buyers, so standard errors treat an hour as one observation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Below this many effective hours an interval of a normal is a guess about a few large weights.
LEAST_EFFECTIVE_HOURS = 200.0
_SUM_TOLERANCE = 1e-9
# 97.5 % quantile of the standard normal.
_Z = 1.959963984540054


@dataclass(frozen=True)
class Log:
    """Rows of a log as arrays; n rows, bands in order low, mid, high.

    Attributes:
        hours: (n,) which (drop, hour) a row is of, any integers.
        band: (n,) place of the band shown.
        propensities: (n, 3) chance of each band before the draw; a row sums to 1.
        reward: (n,) what the hour earned.
        expected: (n, 3) reward that a model expected of each band, made without the hour itself; None: no model.
    """

    hours: NDArray[np.int64]
    band: NDArray[np.int64]
    propensities: Floats
    reward: Floats
    expected: Floats | None = None


@dataclass(frozen=True)
class Estimate:
    """Reward a row under the other policy, with its 95 % interval; and how far that is above what was earned."""

    estimator: str
    value: float
    interval: tuple[float, float]
    uplift: float
    uplift_interval: tuple[float, float]


@dataclass(frozen=True)
class Evaluation:
    """What a log says of another policy.

    Attributes:
        rows: Rows with a known reward, before any was left out.
        unsupported: Rows left out: the other policy might show a band that had no chance in them.
        effective_hours: (sum w)^2 / sum w^2 of the rows that count (Kish 1965).
        logged: Mean reward of the rows that count; NaN without one.
        estimates: By estimator; empty when refused.
        refusal: Why nothing is estimated; None when something is.
    """

    rows: int
    unsupported: int
    effective_hours: float
    logged: float
    estimates: tuple[Estimate, ...]
    refusal: str | None


def evaluate(log: Log, target: Floats, least_effective_hours: float = LEAST_EFFECTIVE_HOURS) -> Evaluation:
    """What the policy with probabilities `target`, (n, 3), would have earned in the rows of a log.

    Raises:
        ValueError: Probabilities of a row do not sum to 1, or the band shown had no chance.
    """
    _check(log, target)
    is_supported = ((target == 0) | (log.propensities > 0)).all(axis=1)
    part, aim = _select(log, is_supported), target[is_supported]
    rows = len(part.band)
    left_out = len(log.band) - rows
    if rows == 0:
        reason = "no hour in which every band of this policy had a chance"
        return Evaluation(len(log.band), left_out, 0.0, float("nan"), (), reason)
    each = np.arange(rows)
    weights = aim[each, part.band] / part.propensities[each, part.band]
    effective = effective_sample_size(weights)
    result = Evaluation(len(log.band), left_out, effective, float(part.reward.mean()), (), None)
    if effective < least_effective_hours:
        reason = (
            f"{effective:.0f} effective hours, fewer than {least_effective_hours:.0f}: pool more drops, or explore more"
        )
        return replace(result, refusal=reason)
    return replace(result, estimates=_estimates(part, aim, weights))


def effective_sample_size(weights: Floats) -> float:
    """How many equally weighted rows would say as much; 0 when no row has weight."""
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def clustered_error(influence: Floats, hours: NDArray[np.int64]) -> float:
    """Standard error of the mean of n numbers whose sums by hour are independent (Liang & Zeger 1986)."""
    _, place = np.unique(hours, return_inverse=True)
    sums = np.bincount(place, weights=influence - influence.mean())
    groups = len(sums)
    if groups == 1:
        return float("inf")
    return float(np.sqrt(groups / (groups - 1) * np.square(sums).sum()) / len(influence))


def _estimates(log: Log, target: Floats, weights: Floats) -> tuple[Estimate, ...]:
    """Each estimator's value is the mean of its rows' influences, which also give its error."""
    normalised = float((weights * log.reward).sum() / weights.sum())
    influences = {
        "ips": weights * log.reward,
        # The delta method of a ratio of means.
        "snips": normalised + weights * (log.reward - normalised) / weights.mean(),
    }
    if log.expected is not None:
        model = (target * log.expected).sum(axis=1)
        shown = log.expected[np.arange(len(log.band)), log.band]
        influences["doubly_robust"] = model + weights * (log.reward - shown)
        influences["model"] = model
    return tuple(_estimate(name, each, log) for name, each in influences.items())


def _estimate(name: str, influence: Floats, log: Log) -> Estimate:
    value, uplift = float(influence.mean()), float((influence - log.reward).mean())
    error = clustered_error(influence, log.hours)
    uplift_error = clustered_error(influence - log.reward, log.hours)
    return Estimate(
        name,
        value,
        (value - _Z * error, value + _Z * error),
        uplift,
        (uplift - _Z * uplift_error, uplift + _Z * uplift_error),
    )


def _select(log: Log, is_kept: NDArray[np.bool_]) -> Log:
    expected = None if log.expected is None else log.expected[is_kept]
    return Log(log.hours[is_kept], log.band[is_kept], log.propensities[is_kept], log.reward[is_kept], expected)


def _check(log: Log, target: Floats) -> None:
    for name, shares in (("propensities", log.propensities), ("target", target)):
        # Written with `not all` so that NaN is refused too.
        if not (np.abs(shares.sum(axis=1) - 1.0) <= _SUM_TOLERANCE).all() or not (shares >= 0).all():
            message = f"{name}: probabilities of each row must be at least 0 and sum to 1"
            raise ValueError(message)
    if not (log.propensities[np.arange(len(log.band)), log.band] > 0).all():
        message = "a band was shown that had no chance"
        raise ValueError(message)
